import { useQuery } from '@tanstack/react-query'
import { Select } from 'antd'
import { Link, useLocation } from 'wouter'
import { useHref, useParams, useUnitCode } from '../address'
import type { Endpoint, endpoint_list } from '../gen/api'
import { time } from '../format'
import { t, word, words } from '../language'
import { Icon } from '../parts/icons'
import { Empty, Loaded } from '../parts/loaded'
import { Page } from '../parts/page'
import { SearchBox } from '../parts/search-box'
import { ContactMark, StackedBar, stateWord } from '../parts/state'
import { DataTable, Pager, type Column } from '../parts/table'
import * as queries from '../queries'

type Query = NonNullable<Parameters<typeof endpoint_list>[0]>

const STATES = ['active', 'heard', 'silent', 'revoked', 'replaced', 'all']
const ROLES = ['internet', 'internal', 'secret']
const LIMITS = [25, 50, 100]

export default function Endpoints() {
  const [params, change] = useParams()
  const query = useQuestion(params)
  const answer = useQuery(queries.endpoints(query))
  const href = useHref()
  const [, go] = useLocation()
  const sorting = { by: query.sort!, desc: !!query.desc, change: (sort: string, desc: boolean) => change({ sort, desc: desc ? 1 : undefined, offset: undefined }, { replace: true }) }
  return (
    <Page title={t('nav.endpoints')} lead={t('endpoints.lead')}>
      <Filters params={params} change={change} />
      <Loaded query={answer} rows={12}>
        {({ items, total }) => (
          <>
            {items.length === 0
              ? <Empty>{t('endpoints.none')}</Empty>
              : <DataTable caption={t('nav.endpoints')} columns={columns(href)} rows={items} rowKey={row => row.id} busy={answer.isFetching} sorting={sorting}
                  onOpen={row => go(href(`/endpoints/${row.id}`))} />}
            <div className="table-foot">
              <Pager offset={query.offset!} limit={query.limit!} total={total} onTurn={offset => change({ offset: offset || undefined })} />
              <label className="limit">{t('pager.limit')}
                <Select aria-label={t('pager.limit')} value={query.limit} onChange={limit => change({ limit, offset: undefined })} options={LIMITS.map(value => ({ value, label: value }))} />
              </label>
            </div>
          </>
        )}
      </Loaded>
    </Page>
  )
}

function useQuestion(params: URLSearchParams): Query {
  const text = (name: string) => params.get(name) ?? undefined
  return {
    unit: useUnitCode(),
    text: text('text'),
    role: text('role') as Query['role'],
    state: (text('state') ?? 'active') as Query['state'],
    control: text('control'),
    answer: text('control') ? (text('answer') as Query['answer']) : undefined,
    sort: (text('sort') ?? 'hostname') as Query['sort'],
    desc: params.get('desc') === '1',
    limit: Number(text('limit') ?? 50),
    offset: Number(text('offset') ?? 0),
  }
}

function Filters({ params, change }: { params: URLSearchParams; change: ReturnType<typeof useParams>[1] }) {
  const set = (name: string) => (value: string) => change({ [name]: value || undefined, offset: undefined }, { replace: true })
  return (
    <div className="tools">
      <SearchBox label={t('endpoints.search')} value={params.get('text') ?? ''} onSearch={set('text')} />
      <Select aria-label={t('endpoints.state')} value={params.get('state') ?? 'active'} onChange={set('state')}
        options={STATES.map(value => ({ value, label: word('endpoints.state', value) }))} />
      <Select aria-label={t('endpoint.role')} value={params.get('role') ?? ''} onChange={set('role')}
        options={[{ value: '', label: t('endpoints.role.all') }, ...ROLES.map(value => ({ value, label: word('role', value) }))]} />
      {params.get('control') && <ControlFilter control={params.get('control')!} answer={params.get('answer') ?? 'fail'} onDrop={() => change({ control: undefined, answer: undefined, offset: undefined })} />}
    </div>
  )
}

/** "Chưa đạt: Máy có …" when the list was reached from a control; it can be dropped. */
function ControlFilter({ control, answer, onDrop }: { control: string; answer: string; onDrop: () => void }) {
  const { data } = useQuery(queries.controls)
  const title = data?.items.find(item => item.name === control)?.title
  return (
    <span className="filter">
      {stateWord(answer)}: {title ? words(title) : control}
      <button type="button" onClick={onDrop} aria-label={t('filter.drop')}><Icon sign="close" /></button>
    </span>
  )
}

function columns(href: ReturnType<typeof useHref>): Column<Endpoint>[] {
  return [
    {
      id: 'hostname', title: t('endpoint'), sort: 'hostname',
      cell: row => <><Link href={href(`/endpoints/${row.id}`)} className="strong">{row.hostname}</Link><div className="soft small clip" title={row.os}>{row.os}</div></>,
    },
    { id: 'unit', title: t('unit'), sort: 'unit', cell: row => <span className="clip clip-wide" title={row.unit.name}>{row.unit.name}</span> },
    { id: 'role', title: t('endpoint.role'), tight: true, cell: row => <span className={`role role-${row.role}`}>{word('role', row.role)}</span> },
    { id: 'seen', title: t('endpoint.contact'), sort: 'seen', cell: row => <span title={time(row.seen_s)}><ContactMark endpoint={row} /></span> },
    { id: 'answers', title: t('endpoint.answers'), sort: 'fail', cell: row => <Answers row={row} /> },
  ]
}

const Answers = ({ row: { answers } }: { row: Endpoint }) => (
  <div className="bar-cell">
    <StackedBar counts={answers} />
    <span className="small">{answers.fail ? <b className="is-not_met">{t('endpoints.fail', { count: answers.fail })}</b> : <span className="soft">{t('endpoints.fail', { count: 0 })}</span>}
      {answers.unknown > 0 && <span className="soft"> · {t('endpoints.unknown', { count: answers.unknown })}</span>}</span>
  </div>
)
