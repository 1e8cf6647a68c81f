import { useQuery } from '@tanstack/react-query'
import { Drawer } from 'antd'
import { useParams, useUnitCode } from '../address'
import type { Control, Row } from '../gen/api'
import { t, word, words } from '../language'
import { Empty, Loaded } from '../parts/loaded'
import { Remedy } from '../parts/remedy'
import { SearchBox } from '../parts/search-box'
import { StackedBar, StateMark, Tally, total } from '../parts/state'
import { DataTable, Pager, type Column } from '../parts/table'
import * as queries from '../queries'
import { EndpointLink } from './endpoint-link'
import { RowSubject } from './row-of'

const LIMIT = 50

/** The very rows a number was counted from: subject, machine, answer and what it was answered by. */
export default function DrillDrawer({ control }: { control: string }) {
  const [params, change] = useParams()
  const unit = useUnitCode()
  const of = params.get('of') ?? unit
  const picked = params.get('answers')?.split(',') ?? []
  const text = params.get('find') ?? ''
  const offset = Number(params.get('first') ?? 0)
  const query = useQuery(queries.controlRows(of, control, { states: picked.join(',') || undefined, text: text || undefined, limit: LIMIT, offset }))
  const close = () => change({ rows: undefined, answers: undefined, of: undefined, find: undefined, first: undefined })
  const pick = (state: string) => {
    const next = picked.includes(state) ? picked.filter(other => other !== state) : [...picked, state]
    change({ answers: next.join(',') || undefined, first: undefined }, { replace: true })
  }

  return (
    <Drawer open onClose={close} size={940} className="drill-drawer" title={query.data ? words(query.data.control.title) : t('loading')}
      closable={{ 'aria-label': t('close') }}>
      <Loaded query={query}>
        {data => (
          <>
            <p className="soft">{t('rows.lead', { unit: data.unit.name, count: total({ ...data.counts }) })}</p>
            <StackedBar counts={data.counts} label={words(data.control.title)} />
            <div className="drill-tools">
              <Tally counts={data.counts} picked={picked} onPick={pick} />
              <SearchBox label={t('rows.search')} value={text} onSearch={find => change({ find: find || undefined, first: undefined }, { replace: true })} />
            </div>
            {data.items.length === 0
              ? <Empty>{t('rows.none')}</Empty>
              : <DataTable caption={words(data.control.title)} columns={columns(data.control)} rows={data.items} busy={query.isFetching}
                  rowKey={(row, index) => `${row.endpoint?.id ?? row.unit.code} ${row.subject} ${index}`} />}
            <Pager offset={offset} limit={LIMIT} total={data.total} onTurn={first => change({ first: first || undefined }, { replace: true })} />
            <details className="fold">
              <summary>{t('remedy')}</summary>
              <Remedy text={words(data.control.remedy)} />
            </details>
          </>
        )}
      </Loaded>
    </Drawer>
  )
}

function columns(control: Control): Column<Row>[] {
  const all: Column<Row>[] = [
    { id: 'machine', title: t('endpoint'), cell: row => row.endpoint && <EndpointLink id={row.endpoint.id} name={row.endpoint.hostname} /> },
    { id: 'unit', title: t('unit'), cell: row => <span className="clip" title={row.unit.name}>{row.unit.name}</span> },
    { id: 'subject', title: word('subject', control.subject), cell: row => <RowSubject row={row} /> },
    { id: 'state', title: t('answer'), cell: row => <StateMark state={row.state} /> },
    { id: 'evidence', title: t('evidence'), wide: true, cell: row => row.evidence ?? <span className="soft">{t('unreadable')}</span> },
  ]
  return all.filter(column => (column.id !== 'subject' || control.subject !== control.over) && (column.id !== 'machine' || control.over === 'endpoint'))
}
