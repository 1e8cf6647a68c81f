import 'virtual:antd.css'
import '../style/shell.css'
import '../style/parts.css'
import '../style/home.css'
import '../style/figures.css'
import '../style/directives.css'
import '../style/units.css'
import '../style/endpoints.css'
import '../style/enrolment.css'
import '../style/detections.css'
import '../style/campaigns.css'
import '../style/portals.css'
import '../style/secrets.css'
import '../style/paper.css'
import '../style/registers.css'
import '../style/work.css'
import '../style/print.css'
import { QueryClientProvider } from '@tanstack/react-query'
import { ConfigProvider } from 'antd'
import { useEffect, useRef, useState, type ReactNode } from 'react'
import { useLocation } from 'wouter'
import { antdLocale } from './antd-locale'
import { t, useLanguage } from '../language'
import { ErrorBoundary } from '../parts/error-boundary'
import { Icon } from '../parts/icons'
import { Notices } from '../parts/notices'
import { client } from '../queries'
import { useMe } from '../session'
import { theme } from '../theme'
import { Drill } from './drill-link'
import { Places } from './places'
import { Rail } from './rail'
import { useKeys } from './keys'
import { TopBar } from './top-bar'

export default function Shell() {
  return (
    <Providers>
      <Frame />
    </Providers>
  )
}

function Providers({ children }: { children: ReactNode }) {
  const language = useLanguage()
  return (
    <ConfigProvider theme={theme} locale={antdLocale(language)} wave={{ disabled: true }} button={{ autoInsertSpace: false }}>
      <QueryClientProvider client={client}>
        {children}
      </QueryClientProvider>
    </ConfigProvider>
  )
}

/** Rail of places at the left, bar at the top, the page in the middle; on a phone the rail opens over the page. */
function Frame() {
  const me = useMe()
  const [path] = useLocation()
  const [railOpen, openRail] = useState(false)
  const main = useRef<HTMLElement>(null)
  useKeys()
  useEffect(() => openRail(false), [path])
  useTopOfPage(path)
  useForgetOnUserChange(me.name)

  return (
    <div className="frame">
      <a className="skip" href="#main" onClick={event => { event.preventDefault(); main.current?.focus() }}>{t('skip')}</a>
      <Rail me={me} open={railOpen} onClose={() => openRail(false)} />
      <div className="frame-body">
        <TopBar me={me}>
          <button type="button" className="rail-button" aria-expanded={railOpen} aria-controls="rail" onClick={() => openRail(!railOpen)}>
            <Icon sign="menu" />
            <span className="for-readers">{t('nav')}</span>
          </button>
        </TopBar>
        <main id="main" ref={main} tabIndex={-1}>
          <ErrorBoundary key={path}>
            <Places me={me} />
          </ErrorBoundary>
        </main>
      </div>
      <Drill />
      <Notices />
    </div>
  )
}

/** A page that was gone to begins at its top; one that was gone back to stays where the browser puts it. */
function useTopOfPage(path: string): void {
  const back = useRef(false)
  useEffect(() => {
    const onBack = () => (back.current = true)
    addEventListener('popstate', onBack)
    return () => removeEventListener('popstate', onBack)
  }, [])
  useEffect(() => {
    if (!back.current) scrollTo(0, 0)
    back.current = false
  }, [path])
}

/** What one user's questions were answered is not shown to the next. */
function useForgetOnUserChange(name: string): void {
  useEffect(() => () => client.clear(), [name])
}
