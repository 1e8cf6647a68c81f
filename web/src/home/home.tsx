import { useQueries, useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { useHref, useUnitCode } from '../address'
import { number } from '../format'
import type { UnitDetail } from '../gen/api'
import { t, word } from '../language'
import { Loaded } from '../parts/loaded'
import { Page, Section } from '../parts/page'
import { Icon } from '../parts/icons'
import { StackedBar, Tally } from '../parts/state'
import * as queries from '../queries'
import { DirectiveBars } from '../directives/directive-bars'
import { FirstThings } from './first-things'
import { KeyFigures } from './key-figures'
import { Trend } from './trend'

/** The posture of a unit on one page: the few figures that matter, what to do first, and the way to everything behind them. */
export default function Home() {
  const code = useUnitCode()
  const unit = useQuery(queries.unit(code))
  useQueries({ queries: [queries.figures(code), queries.posture(code), queries.directives(code)] }) // asked for at once, drawn below
  return (
    <Loaded query={unit} rows={14}>
      {detail => (
        <Page title={detail.unit.name} lead={<Lead detail={detail} />}>
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
        </Page>
      )}
    </Loaded>
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
        <StackedBar counts={unit.controls} label={t('home.controls')} />
        <Tally counts={unit.controls} zeros />
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
