import type { Detection } from '../gen/api'
import { bytes, time } from '../format'
import { t, word } from '../language'
import { Icon, type Sign } from '../parts/icons'
import { DataTable, type Column } from '../parts/table'
import { EndpointLink } from '../figures/endpoint-link'

const SIGNS: Record<string, Sign> = { found: 'not_met', verified: 'not_met', quarantined: 'excepted', cleaned: 'met', false_alarm: 'not_applicable' }

/** Detections, latest first; with `machines` also where. */
export function DetectionTable({ items, machines, busy }: { items: Detection[]; machines?: boolean; busy?: boolean }) {
  const columns: Column<Detection>[] = [
    { id: 'found', title: t('detection.found'), cell: item => <span className="nowrap">{time(item.found_s)}</span> },
    ...(machines ? [{ id: 'machine', title: t('endpoint'), cell: (item: Detection) => <><EndpointLink id={item.endpoint.id} name={item.endpoint.hostname} /><div className="soft small clip" title={item.endpoint.unit.name}>{item.endpoint.unit.name}</div></> }] : []),
    { id: 'verdict', title: t('detection.verdict'), tight: true, cell: item => <span className={`verdict verdict-${item.verdict}`}>{word('verdict', item.verdict)}</span> },
    { id: 'rule', title: t('detection.rule'), cell: item => <><span className="strong">{item.rule}</span><div className="soft small">{word('engine', item.engine)}</div></> },
    { id: 'file', title: t('detection.file'), wide: true, cell: item => <File item={item} /> },
    { id: 'state', title: t('state'), cell: item => <DetectionState state={item.state} /> },
  ]
  return <DataTable caption={t('nav.detections')} columns={columns} rows={items} rowKey={item => item.id} busy={busy} />
}

const File = ({ item }: { item: Detection }) => (
  <>
    <span className="code">{item.path}</span>
    {item.member && <div className="small">{t('detection.member', { member: item.member })}</div>}
    <div className="soft small">
      {item.size !== null && bytes(item.size)}
      {item.sha256 && <> · SHA-256 <span className="hash" title={item.sha256}>{item.sha256.slice(0, 16)}…</span></>}
    </div>
  </>
)

const DetectionState = ({ state }: { state: string }) => (
  <span className={`mark is-${SIGNS[state] ?? 'not_measured'}`}>
    <Icon sign={SIGNS[state] ?? 'not_measured'} />
    <span>{word('detection_state', state)}</span>
  </span>
)
