import { useLocation } from 'wouter'
import { useHref } from '../address'
import type { Detection } from '../gen/api'
import { bytes, time } from '../format'
import { t, word } from '../language'
import { Icon, type Sign } from '../parts/icons'
import { DataTable, type Column } from '../parts/table'
import { EndpointLink } from '../figures/endpoint-link'
import { ClockMark, nextClock, nowSeconds } from './clock'

const SIGNS: Record<string, Sign> = {
  found: 'not_met', verified: 'not_met', quarantined: 'excepted', handled: 'excepted', cleaned: 'met', false_alarm: 'not_applicable', not_confirmed: 'not_measured', left: 'not_met', restored: 'not_met',
}

/** Detections, latest first; with `machines` also where. Each opens its own page. */
export function DetectionTable({ items, machines, busy }: { items: Detection[]; machines?: boolean; busy?: boolean }) {
  const [, go] = useLocation()
  const href = useHref()
  const now = nowSeconds()
  const columns: Column<Detection>[] = [
    { id: 'found', title: t('detection.found'), cell: item => <><span className="nowrap">{time(item.found_s)}</span>{item.again_of !== null && <AgainMark />}</> },
    ...(machines ? [{ id: 'machine', title: t('endpoint'), cell: (item: Detection) => <><EndpointLink id={item.endpoint.id} name={item.endpoint.hostname} /><div className="soft small clip" title={item.endpoint.unit.name}>{item.endpoint.unit.name}</div></> }] : []),
    { id: 'rule', title: t('detection.rule'), cell: item => <><span className="strong rule-name">{item.rule}</span><div className="small"><VerdictWord verdict={item.verdict} /> <span className="soft">· {word('engine', item.engine)}</span></div></> },
    { id: 'file', title: t('detection.file'), wide: true, cell: item => <File item={item} /> },
    { id: 'state', title: t('state'), cell: item => <><DetectionState state={item.state} /><div className="small"><ClockMark clock={nextClock(item, now)} /></div></> },
  ]
  return <DataTable caption={t('nav.detections')} columns={columns} rows={items} rowKey={item => item.id} busy={busy} onOpen={item => go(href(`/detections/${item.id}`))} />
}

export const VerdictWord = ({ verdict }: { verdict: string }) => <span className={`verdict verdict-${verdict}`}>{word('verdict', verdict)}</span>

export const AgainMark = () => <div className="small"><span className="mark again"><Icon sign="collect" /><span>{t('detection.again')}</span></span></div>

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

export const DetectionState = ({ state }: { state: string }) => (
  <span className={`mark is-${SIGNS[state] ?? 'not_measured'}`}>
    <Icon sign={SIGNS[state] ?? 'not_measured'} />
    <span>{word('detection_state', state)}</span>
  </span>
)
