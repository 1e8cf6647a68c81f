import { useQuery } from '@tanstack/react-query'
import { Select } from 'antd'
import { useParams, useUnitCode } from '../address'
import { EndpointLink } from '../figures/endpoint-link'
import type { Campaign, campaign_machines, CampaignMachine, SecretSearch } from '../gen/api'
import { ago, bytes, duration, number, time } from '../format'
import { t, word } from '../language'
import { Empty, Loaded } from '../parts/loaded'
import { SearchBox } from '../parts/search-box'
import { DataTable, Pager, type Column } from '../parts/table'
import * as queries from '../queries'
import { CampaignState, CampaignTally, own, STATES, stateWord, workOf, type Work } from './states'

type Query = NonNullable<Parameters<typeof campaign_machines>[1]>
const LIMIT = 50
const FILTERS = ['all', 'not_scanned', 'infected', ...STATES]

/** Machine by machine; those that want attention first. */
export function Machines({ campaign }: { campaign: Campaign }) {
  const [params, change] = useParams()
  const unit = useUnitCode()
  const state = params.get('machines') ?? 'all'
  const text = params.get('text') ?? ''
  const work = workOf(campaign)
  const offset = Number(params.get('first') ?? 0)
  const query = useQuery(queries.campaignMachines(String(campaign.id), { unit, state: state as Query['state'], text: text || undefined, limit: LIMIT, offset }))
  const pick = (value: string) => change({ machines: value === 'all' || value === state ? undefined : value, first: undefined }, { replace: true })
  return (
    <>
      <div className="tools">
        <SearchBox label={t('endpoints.search')} value={text} onSearch={value => change({ text: value || undefined, first: undefined }, { replace: true })} />
        <Select aria-label={t('state')} value={state} onChange={pick} popupMatchSelectWidth={false} options={FILTERS.map(value => ({ value, label: stateWord(work, value) }))} />
        <CampaignTally work={work} counts={campaign.counts} picked={state} onPick={pick} />
      </div>
      <Loaded query={query} rows={8}>
        {({ items, total }) => items.length === 0 ? <Empty>{t('campaign.machines.none')}</Empty> : (
          <>
            <DataTable caption={t('campaign.by_machine')} columns={columns(work)} rows={items} rowKey={machine => machine.endpoint.id} busy={query.isFetching} />
            <Pager offset={offset} limit={LIMIT} total={total} onTurn={first => change({ first: first || undefined })} />
          </>
        )}
      </Loaded>
    </>
  )
}

const columns = (work: Work): Column<CampaignMachine>[] => [
  { id: 'machine', title: t('endpoint'), cell: ({ endpoint }) => <><EndpointLink id={endpoint.id} name={endpoint.hostname} /><div className="soft small clip" title={endpoint.unit.name}>{endpoint.unit.name}</div></> },
  { id: 'state', title: t('state'), cell: machine => <><CampaignState work={work} state={machine.state} />{machine.reason && <div className="soft small breaks">{word('campaign_reason', machine.reason)}</div>}</> },
  { id: 'when', title: t('campaign.machine.when'), tight: true, cell: when },
  { id: 'result', title: t('campaign.machine.result'), wide: true, cell: machine => <Result work={work} machine={machine} /> },
]

function when(machine: CampaignMachine) {
  const at = machine.done_s ?? machine.begun_s ?? machine.sent_s
  return at === null ? <span className="soft">{t('endpoint.seen')}: {ago(machine.seen_s)}</span> : time(at)
}

function Result({ work, machine }: { work: Work; machine: CampaignMachine }) {
  const leftOut = machine.scan ? machine.scan.errors + machine.scan.skipped + machine.scan.partly : 0
  return (
    <>
      {machine.found > 0 ? <span className={machine.open > 0 ? 'is-not_met strong' : 'is-met'}>{t(own(work, 'machine.found'), { found: machine.found, open: machine.open })}</span>
        : machine.scan || machine.search ? t(own(work, 'machine.clean')) : machine.state === 'running' ? <Running progress={machine.progress} /> : <span className="soft">–</span>}
      {machine.scan && (
        <div className="soft small">
          {t('scan.files.of', { files: machine.scan.files, bytes: bytes(machine.scan.bytes) })}
          {machine.scan.stopped && <> · {word('scan.end', machine.scan.stopped)}</>}
          {leftOut > 0 && <> · {t('campaign.machine.left_out', { count: leftOut })}</>}
          {machine.gaps !== null && <div>{gapsText(machine.gaps as Record<string, number>)}</div>}
        </div>
      )}
      {machine.search && <div className="soft small">{searchText(machine.search)}</div>}
    </>
  )
}

/** "1.204 tệp, 310 tài liệu đã đọc · 3 tệp chưa đọc được hết (có mật khẩu: 2)" */
const searchText = (search: SecretSearch): string => {
  const unread = search.encrypted + search.partly + search.unread
  return [t('campaign_search.read', { files: search.files, documents: search.documents }),
    ...(unread ? [t(search.reviewed ? 'campaign_search.reviewed' : 'campaign_search.unread', { count: unread, encrypted: search.encrypted })] : [])].join(' · ')
}

/** Why files were looked at in part, and how many for each reason. */
const gapsText = (gaps: Record<string, number>) => Object.entries(gaps).map(([why, count]) => `${word('scan_gap', why)}: ${number(count)}`).join(' · ')

/** What the agent says while it scans: files, and the time left when it can tell. */
function Running({ progress }: { progress: unknown }) {
  const { files, bytes: read, left_s } = (progress ?? {}) as { files?: number; bytes?: number; left_s?: number | null }
  return (
    <>
      {t('scan.files.of', { files: files ?? 0, bytes: bytes(read ?? 0) })}
      {typeof left_s === 'number' && <span className="soft"> · {t('campaign.machine.left', { time: duration(left_s) })}</span>}
    </>
  )
}

