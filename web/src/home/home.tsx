import { useQueries, useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { useHref, useUnitCode } from '../address'
import { number } from '../format'
import type { Me, Unit, UnitDetail } from '../gen/api'
import { t, word } from '../language'
import { Loaded } from '../parts/loaded'
import { Page, Section, Tabs, useTab } from '../parts/page'
import { Icon } from '../parts/icons'
import { StackedBar, Tally } from '../parts/state'
import * as queries from '../queries'
import { may, useMe } from '../session'
import { DirectiveBars } from '../directives/directive-bars'
import { Duty } from './duty'
import { FirstThings } from './first-things'
import { KeyFigures } from './key-figures'
import { Leader } from './leader'
import { UnitMap } from './map'
import { Today } from './today'
import { Trend } from './trend'
import { Troubles } from './troubles'

type View = 'today' | 'overview' | 'map' | 'leader' | 'duty'

/** What each role sees first; the other views stand beside it. */
const FIRST: { [role: string]: View } = { officer: 'today', leader: 'leader' }

function viewsOf(me: Me, unit: Unit): View[] {
  const all: [View, boolean][] = [
    ['today', may(me, 'register.write')],
    ['overview', true],
    ['map', unit.children > 0],
    ['leader', may(me, 'register.approve')],
    ['duty', may(me, 'register.read') && may(me, 'detection.decide')],
  ]
  const views = all.filter(([, shown]) => shown).map(([view]) => view)
  const first = FIRST[me.role] ?? 'overview'
  return [first, ...views.filter(view => view !== first)]
}

/** The home page: a view for each kind of work, that of the user's role first. */
export default function Home() {
  const code = useUnitCode()
  const me = useMe()
  const unit = useQuery(queries.unit(code))
  useQueries({ queries: [queries.figures(code), queries.posture(code), queries.directives(code)] }) // asked for at once, drawn below
  return (
    <Loaded query={unit} rows={14}>
      {detail => (
        <Page title={detail.unit.name} lead={<Lead detail={detail} />}>
          {may(me, 'register.write') && <Troubles />}
          <Views detail={detail} views={viewsOf(me, detail.unit)} />
        </Page>
      )}
    </Loaded>
  )
}

function Views({ detail, views }: { detail: UnitDetail; views: View[] }) {
  const view = useTab('view', views)
  const code = detail.unit.code
  return (
    <>
      {views.length > 1 && <Tabs param="view" label={t('home.views')} tabs={views.map(id => ({ id, title: t(`home.view.${id}`) }))} />}
      {view === 'today' && <Today code={code} />}
      {view === 'overview' && <Overview detail={detail} />}
      {view === 'map' && <UnitMap code={code} />}
      {view === 'leader' && <Leader code={code} />}
      {view === 'duty' && <Duty code={code} />}
    </>
  )
}

/** The posture of a unit: the few figures that matter, what to do first, and the way to everything behind them. */
function Overview({ detail }: { detail: UnitDetail }) {
  const code = detail.unit.code
  return (
    <>
      <Summary detail={detail} />
      <KeyFigures code={code} />
      <div className="home-grid">
        <FirstThings code={code} />
        <div>
          <Trend code={code} />
          <Section title={t('home.directives')} acts={<All to="/directives" />}>
            <DirectiveBars code={code} />
          </Section>
        </div>
      </div>
    </>
  )
}

const Lead = ({ detail: { unit, path } }: { detail: UnitDetail }) => (
  <>
    {word('unit_kind', unit.kind)}
    {path.length > 1 && <> · {path.slice(0, -1).map(step => step.name).join(' › ')}</>}
    {unit.children > 0 && <> · {t('units.children', { count: unit.children })}</>}
  </>
)

function Summary({ detail: { unit } }: { detail: UnitDetail }) {
  const href = useHref()
  return (
    <section className="card summary" aria-label={t('home.summary')}>
      <div className="summary-controls">
        <h2>{t('home.controls')}</h2>
        {unit.controls && <><StackedBar counts={unit.controls} label={t('home.controls')} /><Tally counts={unit.controls} zeros /></>}
      </div>
      <ul className="summary-machines">
        <li>
          <Link href={href('/endpoints', { state: 'heard' })}>
            <Icon sign="heard" className="contact-heard" />
            <b>{number(unit.endpoints - unit.silent)}</b> {t('home.heard')}
          </Link>
        </li>
        <li className={unit.silent ? 'is-alarm' : ''}>
          <Link href={href('/endpoints', { state: 'silent' })}>
            <Icon sign="silent" className="contact-silent" />
            <b>{number(unit.silent)}</b> {t('home.silent')}
          </Link>
        </li>
      </ul>
    </section>
  )
}

export function All({ to }: { to: string }) {
  const href = useHref()
  return <Link className="all" href={href(to)}>{t('all')}<Icon sign="right" /></Link>
}
