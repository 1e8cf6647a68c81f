import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { useHref } from '../address'
import { aim, figureState, FigureValue } from '../figures/figure'
import type { Figure } from '../gen/api'
import { t, words } from '../language'
import { Empty, Loaded } from '../parts/loaded'
import { Section } from '../parts/page'
import { StateMark } from '../parts/state'
import { DataTable, type Column } from '../parts/table'
import * as queries from '../queries'
import { addressOfDue } from '../reports/periods'
import type { Entry } from '../registers/definitions'
import { DirectiveBars } from '../directives/directive-bars'
import { DueList } from './due-list'
import { All } from './home'

const SHOWN = 10

/** What a leader answers for: figures against their targets, reports to be signed, incidents, dispatches. */
export function Leader({ code }: { code: string }) {
  return (
    <div className="home-grid">
      <Targets code={code} />
      <div>
        <DueList register="report_due" unit={code} move="sign" title={t('leader.reports')} none={t('leader.no_reports')} more={entry => <ReadReport entry={entry} />} />
        <DueList register="incident" unit={code} title={t('leader.incidents')} none={t('leader.no_incidents')} />
        <Section title={t('home.directives')} acts={<All to="/directives" />}><DirectiveBars code={code} /></Section>
      </div>
    </div>
  )
}

/** The way to the report itself, of its unit and period. */
export function ReadReport({ entry }: { entry: Entry }) {
  const href = useHref()
  const about = addressOfDue(entry)
  return about && <Link href={href('/reports', about)}>{t('leader.read')}</Link>
}

/** What is below its target stands first; what is not measured is said in one number, not hidden. */
export function againstTarget(figures: Figure[]): { shown: Figure[]; met: number; missed: number; unmeasured: number } {
  const aimed = figures.filter(figure => figure.target !== null)
  const of = (state: string) => aimed.filter(figure => figureState(figure) === state)
  const missed = of('not_met')
  const met = of('met')
  return { shown: [...missed, ...met].slice(0, SHOWN), met: met.length, missed: missed.length, unmeasured: of('not_measured').length }
}

function Targets({ code }: { code: string }) {
  const query = useQuery(queries.figures(code))
  return (
    <Section title={t('leader.figures')} acts={<All to="/figures" />}>
      <Loaded query={query} rows={8}>
        {({ items }) => {
          const { shown, met, missed, unmeasured } = againstTarget(items)
          if (shown.length === 0) return <Empty sign="not_measured">{t('leader.nothing_measured')}</Empty>
          return (
            <>
              <ul className="tally leader-tally">
                <li><StateMark state="not_met">{t('leader.missed', { count: missed })}</StateMark></li>
                <li><StateMark state="met">{t('leader.met', { count: met })}</StateMark></li>
                <li><StateMark state="not_measured">{t('leader.unmeasured', { count: unmeasured })}</StateMark></li>
              </ul>
              <DataTable caption={t('leader.figures')} columns={columns()} rows={shown} rowKey={figure => figure.id} />
            </>
          )
        }}
      </Loaded>
    </Section>
  )
}

const columns = (): Column<Figure>[] => [
  { id: 'title', title: t('figure'), wide: true, cell: figure => <><span className="figure-id">{figure.id}</span> {words(figure.title)}</> },
  { id: 'value', title: t('figure.value'), align: 'end', tight: true, cell: figure => <FigureValue figure={figure} /> },
  { id: 'target', title: t('figure.target'), tight: true, cell: figure => <span className="soft">{aim(figure)}</span> },
  { id: 'state', title: t('state'), tight: true, cell: figure => <StateMark state={figureState(figure)} /> },
]
