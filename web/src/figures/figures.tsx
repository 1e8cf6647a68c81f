import { useQuery } from '@tanstack/react-query'
import { Select } from 'antd'
import { useState } from 'react'
import { useParams, useUnitCode } from '../address'
import type { ControlPosture, Figure } from '../gen/api'
import { number, percent } from '../format'
import { found } from '../fold'
import { t, word, words } from '../language'
import { AtDay, useAtDay } from '../parts/at-day'
import { Icon } from '../parts/icons'
import { Empty, Loaded } from '../parts/loaded'
import { Page, Tabs, useTab } from '../parts/page'
import { SearchBox } from '../parts/search-box'
import { StackedBar, StateMark, STATES, stateWord } from '../parts/state'
import { DataTable, type Column } from '../parts/table'
import * as queries from '../queries'
import { DrillLink } from '../shell/drill-link'
import { amount, figureState, FigureParts, FigureValue, why } from './figure'
import { LawTable } from './law'

const TABS = ['figures', 'controls', 'law']

/** K01–K40, every control of the unit, and the rules they go by. */
export default function Figures() {
  const tab = useTab('tab', TABS)
  return (
    <Page title={t('nav.figures')} lead={t('figures.lead')} acts={<AtDay />}>
      <Tabs param="tab" label={t('nav.figures')} tabs={[{ id: 'figures', title: t('figures.tab') }, { id: 'controls', title: t('controls.tab') }, { id: 'law', title: t('law.tab') }]} />
      {tab === 'law' ? <LawTable /> : tab === 'controls' ? <ControlTable /> : <FigureTable />}
    </Page>
  )
}

function FigureTable() {
  const query = useQuery(queries.figures(useUnitCode(), useAtDay()))
  const columns: Column<Figure>[] = [
    { id: 'id', title: t('figure.id'), cell: figure => <span className="figure-id">{figure.id}</span> },
    { id: 'title', title: t('figure'), wide: true, cell: figure => <>{words(figure.title)}{figure.value === null && <div className="soft small">{why(figure)}</div>}
      {!figure.waits_for && <FigureParts figure={figure} />}{figure.note && <div className="soft small">{words(figure.note)}</div>}</> },
    { id: 'value', title: t('figure.value'), align: 'end', cell: figure => <FigureValue figure={figure} /> },
    { id: 'target', title: t('figure.target'), align: 'end', cell: figure => <span className="soft nowrap">{figure.value === null || figure.target === null ? '' : `${figure.better === 'low' ? '≤' : '≥'} ${amount(figure.kind, figure.target)}`}</span> },
    { id: 'state', title: t('state'), cell: figure => <FigureState figure={figure} /> },
  ]
  return (
    <Loaded query={query} rows={14}>
      {({ items }) => <DataTable caption={t('figures.tab')} columns={columns} rows={items} rowKey={figure => figure.id} />}
    </Loaded>
  )
}

const FigureState = ({ figure }: { figure: Figure }) =>
  figureState(figure) === 'partly' ? <span className="soft">{t('figure.no_target')}</span> : <StateMark state={figureState(figure)} />

function ControlTable() {
  const query = useQuery(queries.posture(useUnitCode(), useAtDay()))
  const [params, change] = useParams()
  const [question, ask] = useState('')
  const state = params.get('state') ?? undefined
  const of = useFigure(params.get('figure'))
  const columns: Column<ControlPosture>[] = [
    { id: 'title', title: t('control'), wide: true, cell: posture => words(posture.title) },
    { id: 'subject', title: t('control.subject'), tight: true, cell: posture => word('subject', posture.subject), hideOnPhone: true },
    { id: 'bar', title: t('answers'), cell: posture => <DrillLink control={posture.control} className="bar-link" label={t('control.rows', { title: words(posture.title) })}><StackedBar counts={posture.counts} /></DrillLink> },
    { id: 'share', title: t('figure.share'), align: 'end', cell: posture => (posture.share === null ? '–' : percent(posture.share)) },
    { id: 'fail', title: t('state.fail'), align: 'end', cell: posture => count(posture, 'fail') },
    { id: 'unknown', title: t('state.unknown'), align: 'end', cell: posture => count(posture, 'unknown') },
    { id: 'state', title: t('state'), cell: posture => <StateMark state={posture.state} /> },
  ]
  return (
    <Loaded query={query} rows={14}>
      {({ items }) => {
        const shown = items.filter(item => (!of || of.controls.includes(item.control)) && (!state || item.state === state) && found(words(item.title), question))
        return (
          <>
            <div className="tools">
              <SearchBox label={t('controls.search')} value={question} onSearch={ask} />
              <Select aria-label={t('state')} value={state ?? ''} onChange={value => change({ state: value || undefined }, { replace: true })}
                options={[{ value: '', label: t('state.all') }, ...STATES.map(value => ({ value, label: stateWord(value) }))]} />
              {of && <span className="filter">{of.id}: {words(of.title)}<button type="button" onClick={() => change({ figure: undefined }, { replace: true })} aria-label={t('filter.drop')}><Icon sign="close" /></button></span>}
              <span className="soft">{t('controls.shown', { shown: number(shown.length), total: number(items.length) })}</span>
            </div>
            {shown.length ? <DataTable caption={t('controls.tab')} columns={columns} rows={shown} rowKey={item => item.control} /> : <Empty>{t('controls.none')}</Empty>}
          </>
        )
      }}
    </Loaded>
  )
}

/** The figure whose controls alone are shown. */
function useFigure(id: string | null): Figure | undefined {
  const { data } = useQuery({ ...queries.figures(useUnitCode(), useAtDay()), enabled: id !== null })
  return data?.items.find(figure => figure.id === id)
}

function count(posture: ControlPosture, state: 'fail' | 'unknown') {
  const value = posture.counts[state]
  return value ? <DrillLink control={posture.control} states={[state]}>{amount('count', value)}</DrillLink> : <span className="soft">0</span>
}
