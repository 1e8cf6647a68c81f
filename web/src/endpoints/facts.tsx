import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { useHere, useParams } from '../address'
import type { FactColumn, FactRows, FactState } from '../gen/api'
import { bytes, date, number, time } from '../format'
import { t, word, words } from '../language'
import { Empty, Loaded } from '../parts/loaded'
import { Facts } from '../parts/page'
import { SearchBox } from '../parts/search-box'
import { StateSign } from '../parts/state'
import { DataTable, Pager, type Column } from '../parts/table'
import * as queries from '../queries'

type Cells = (string | number | boolean | null)[]

const LIMIT = 50
const DAY = 86400
const SHORT = 36 // a text of so many letters stays on one line

/** The fact tables at the left, the rows of one at the right, as the machine reported them. */
export function FactTables({ id, tables }: { id: string; tables: FactState[] }) {
  const [params] = useParams()
  const here = useHere()
  const sorted = [...tables].sort((a, b) => words(a.label).localeCompare(words(b.label), 'vi'))
  const chosen = sorted.find(table => table.table === params.get('table')) ?? sorted.find(table => table.rows > 0) ?? sorted[0]
  if (!chosen) return <Empty>{t('facts.none')}</Empty>
  return (
    <div className="fact-tables">
      <nav className="fact-list" aria-label={t('endpoint.tab.facts')}>
        {sorted.map(table => (
          <Link key={table.table} href={here({ table: table.table, find: undefined, sort: undefined, desc: undefined, first: undefined })}
            aria-current={table === chosen ? 'page' : undefined}>
            <span>{words(table.label)}</span>
            {table.state === 'measured' ? <span className="count">{number(table.rows)}</span> : <StateSign state="not_measured" />}
          </Link>
        ))}
      </nav>
      <section className="card fact-shown" aria-label={words(chosen.label)}>
        {chosen.state === 'measured' ? <Rows key={chosen.table} id={id} table={chosen} /> : <NotMeasured table={chosen} />}
      </section>
    </div>
  )
}

/** Not measured is no answer at all; the reason is the agent's own. */
const NotMeasured = ({ table }: { table: FactState }) => (
  <>
    <h2>{words(table.label)}</h2>
    <Empty>
      {t(table.state === 'not_received' ? 'facts.not_received' : 'facts.not_measured')}
      {table.reason && <><br />{word('fact_reason', table.reason)}</>}
      {table.privileged && <><br />{t('facts.privileged')}</>}
    </Empty>
  </>
)

function Rows({ id, table }: { id: string; table: FactState }) {
  const [params, change] = useParams()
  const text = params.get('find') ?? ''
  const offset = Number(params.get('first') ?? 0)
  const sort = params.get('sort') ?? undefined
  const desc = params.get('desc') === '1'
  const query = useQuery(queries.facts(id, table.table, { text: text || undefined, sort, desc, limit: LIMIT, offset }))
  const single = table.rows === 1 && !text
  return (
    <>
      <header className="card-head">
        <h2>{words(table.label)}</h2>
        <span className="soft small">{table.collected_s !== null && t('facts.collected', { time: time(table.collected_s) })}</span>
      </header>
      {!single && <div className="tools"><SearchBox label={t('facts.search')} value={text} onSearch={find => change({ find: find || undefined, first: undefined }, { replace: true })} /></div>}
      <Loaded query={query}>
        {data => single && data.items.length === 1 ? <Single data={data} /> : data.items.length === 0 ? <Empty>{t(text ? 'facts.no_match' : 'facts.no_rows')}</Empty> : (
          <>
            <DataTable caption={words(data.label)} columns={columns(data)} rows={data.items as Cells[]} rowKey={(_, index) => offset + index} busy={query.isFetching}
              sorting={{ by: sort ?? '', desc, change: (by, down) => change({ sort: by, desc: down ? 1 : undefined, first: undefined }, { replace: true }) }} />
            <Pager offset={offset} limit={LIMIT} total={data.total} onTurn={first => change({ first: first || undefined })} />
          </>
        )}
      </Loaded>
    </>
  )
}

const Single = ({ data }: { data: FactRows }) => (
  <Facts items={data.columns.map((column, place) => [words(column.label), <Cell column={column} value={(data.items[0] as Cells)[place] ?? null} />])} />
)

const columns = (data: FactRows): Column<Cells>[] =>
  data.columns.map((column, place) => ({
    id: column.name,
    title: words(column.label),
    sort: column.name,
    ...(column.type === 'int' && { align: 'end' as const }),
    cell: row => <Cell column={column} value={row[place] ?? null} />,
  }))

/** A cell in the way its type is read; what could not be read says so. Units stand in the column's name. */
function Cell({ column, value }: { column: FactColumn; value: Cells[number] }) {
  if (value === null) return <span className="soft" title={t('unreadable')} aria-label={t('unreadable')}>–</span>
  if (column.type === 'bool') return <>{t(value ? 'yes' : 'no')}</>
  if (column.type === 'time') return <span className="nowrap">{Number(value) % DAY === 0 ? date(Number(value)) : time(Number(value))}</span>
  if (column.type === 'int') return <span className="nowrap">{column.name.endsWith('_bytes') ? bytes(Number(value)) : /(^|_)(uid|pid|port)$/.test(column.name) ? value : number(Number(value))}</span>
  const looks = [column.key && 'strong', String(value).length <= SHORT && 'nowrap'].filter(Boolean).join(' ')
  return <span className={looks}>{value}</span>
}
