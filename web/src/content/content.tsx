import { useQuery } from '@tanstack/react-query'
import { Select } from 'antd'
import { useParams, useUnitCode } from '../address'
import { EndpointLink } from '../figures/endpoint-link'
import type { Bundle, Content, content_machines, ContentMachine } from '../gen/api'
import { ago, bytes, number, percent, time } from '../format'
import { t, word } from '../language'
import { Icon, type Sign } from '../parts/icons'
import { Empty, Loaded } from '../parts/loaded'
import { Facts, Page, Section } from '../parts/page'
import { SearchBox } from '../parts/search-box'
import { StackedBar } from '../parts/state'
import { DataTable, Pager, type Column } from '../parts/table'
import * as queries from '../queries'

type Query = NonNullable<Parameters<typeof content_machines>[0]>

const LIMIT = 50
const STATES = ['all', 'current', 'older', 'never_said']
const SIGNS: Record<string, Sign> = { current: 'met', older: 'partly', never_said: 'not_measured' }

/** The malware content that the server hands out, and how old it is on each machine. */
export default function ContentPage() {
  const unit = useUnitCode()
  const query = useQuery(queries.content(unit))
  return (
    <Page title={t('nav.content')} lead={t('content.lead')}>
      <Loaded query={query}>{content => <Section title={t('content.bundle')}><Handed content={content} /></Section>}</Loaded>
      <Machines unit={unit} />
    </Page>
  )
}

function Handed({ content: { bundle, counts } }: { content: Content }) {
  if (!bundle) return <Empty sign="not_measured">{t('content.none')}<br /><code className="code">{t('content.none.how')}</code></Empty>
  const states = { met: counts.current, partly: counts.older, not_met: 0, not_measured: counts.never_said, not_applicable: 0 }
  return (
    <>
      <Facts items={bundleFacts(bundle).concat([[t('content.share'), counts.machines ? <b>{percent((100 * counts.current) / counts.machines)} ({number(counts.current)}/{number(counts.machines)})</b> : '–']])} />
      {counts.machines > 0 && <div className="campaign-progress"><StackedBar counts={states} label={t('content.share')} /></div>}
    </>
  )
}

const bundleFacts = (bundle: Bundle): [string, React.ReactNode][] => [
  [t('content.made'), <>{time(bundle.made_s)} <span className="soft">· {ago(bundle.made_s)}</span></>],
  [t('content.added'), time(bundle.added_s)],
  [t('content.files'), number(bundle.files)],
  [t('content.size'), bytes(bundle.size)],
  ['SHA-256', <span className="hash" title={bundle.sha256}>{bundle.sha256.slice(0, 16)}…</span>],
]

function Machines({ unit }: { unit: string }) {
  const [params, change] = useParams()
  const state = params.get('state') ?? 'all'
  const text = params.get('text') ?? ''
  const offset = Number(params.get('offset') ?? 0)
  const query = useQuery(queries.contentMachines({ unit, state: state as Query['state'], text: text || undefined, limit: LIMIT, offset }))
  const set = (name: string) => (value: string) => change({ [name]: value || undefined, offset: undefined }, { replace: true })
  return (
    <>
      <div className="tools">
        <SearchBox label={t('endpoints.search')} value={text} onSearch={set('text')} />
        <Select aria-label={t('state')} value={state} onChange={set('state')} options={STATES.map(value => ({ value, label: word('content_state', value) }))} />
      </div>
      <Loaded query={query}>
        {({ items, total }) => items.length === 0 ? <Empty>{t('campaign.machines.none')}</Empty> : (
          <>
            <DataTable caption={t('content.machine')} columns={columns()} rows={items} rowKey={machine => machine.endpoint.id} busy={query.isFetching} />
            <Pager offset={offset} limit={LIMIT} total={total} onTurn={first => change({ offset: first || undefined })} />
          </>
        )}
      </Loaded>
    </>
  )
}

const columns = (): Column<ContentMachine>[] => [
  { id: 'machine', title: t('endpoint'), wide: true, cell: ({ endpoint }) => <><EndpointLink id={endpoint.id} name={endpoint.hostname} /><div className="soft small clip" title={endpoint.unit.name}>{endpoint.unit.name}</div></> },
  { id: 'state', title: t('state'), cell: machine => <><ContentMark machine={machine} />{machine.error && <div className="is-not_met small breaks">{t('content.refused', { reason: machine.error })}</div>}</> },
  { id: 'age', title: t('content.age'), tight: true, cell: machine => machine.newest_s === null ? '–' : <>{time(machine.newest_s)} <span className="soft">· {ago(machine.newest_s)}</span></> },
  { id: 'counts', title: t('content.counts'), tight: true, cell: machine => machine.rules === null ? '–' : [machine.rules, machine.signatures ?? 0, machine.hashes ?? 0].map(count => number(count)).join(' / ') },
  { id: 'said', title: t('content.said'), tight: true, cell: machine => machine.said_s === null ? '–' : time(machine.said_s) },
]

export function ContentMark({ machine }: { machine: ContentMachine }) {
  const sign = SIGNS[machine.state] ?? 'not_measured'
  return <span className={`mark is-${sign}`}><Icon sign={sign} /><span>{word('content_state', machine.state)}{machine.newest_s !== null && <span className="soft"> · {ago(machine.newest_s)}</span>}</span></span>
}
