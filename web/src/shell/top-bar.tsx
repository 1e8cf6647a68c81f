import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useState, type ReactNode } from 'react'
import { Link } from 'wouter'
import { useHref, useParams, useUnitCode } from '../address'
import { me_set_language, type Me } from '../gen/api'
import { t, words } from '../language'
import { Icon } from '../parts/icons'
import { LanguageSwitch } from '../parts/language-switch'
import * as queries from '../queries'
import { leave, may } from '../session'
import { ReportIncident } from './report-incident'

/** Evidence comes in the user's language from the server: it is asked for anew. */
const changeLanguage = (language: 'vi' | 'en') => me_set_language({ language }).then(() => queries.client.invalidateQueries(), () => undefined)

const UnitPicker = lazy(() => import('../units/unit-picker'))

export function TopBar({ me, children }: { me: Me; children: ReactNode }) {
  const href = useHref()
  const { data: about } = useQuery(queries.about)
  return (
    <header className="top">
      {children}
      {about?.demo && <strong className="top-demo">{t('demo.banner')}</strong>}
      <UnitButton me={me} />
      <span className="top-space" />
      <ReportIncident />
      <LanguageSwitch short onChange={language => void changeLanguage(language)} />
      <Link className="top-user" href={href('/account')} title={t('nav.account')}>
        <Icon sign="account" />
        <span><b>{me.full_name || me.name}</b><small>{words(me.role_label)}</small></span>
      </Link>
      <button type="button" className="top-exit" onClick={() => void leave()} title={t('logout')}>
        <Icon sign="exit" />
        <span>{t('logout')}</span>
      </button>
    </header>
  )
}

/** Says which unit the pages are about, and changes it. Somebody with one unit only reads it. */
function UnitButton({ me }: { me: Me }) {
  const code = useUnitCode()
  const [, change] = useParams()
  const [open, setOpen] = useState(false)
  const { data } = useQuery({ ...queries.units(), enabled: may(me, 'unit.read') })
  const name = data?.items.find(unit => unit.code === code)?.name ?? (code === me.unit.code ? me.unit.name : code)
  if (data?.total === 1) return <span className="top-unit">{name}</span>
  return (
    <>
      <button type="button" className="top-unit" aria-haspopup="dialog" onClick={() => setOpen(true)}>
        <Icon sign="units" />
        <span className="for-readers">{t('unit.chosen')}</span>
        <span>{name}</span>
        <Icon sign="down" />
      </button>
      {open && (
        <Suspense>
          <UnitPicker chosen={code} onClose={() => setOpen(false)}
            onPick={picked => { setOpen(false); change({ unit: picked === me.unit.code ? undefined : picked, offset: undefined }) }} />
        </Suspense>
      )}
    </>
  )
}
