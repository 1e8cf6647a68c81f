import { Link } from 'wouter'
import { useHref } from '../address'
import type { SecretCase } from '../gen/api'
import { time } from '../format'
import { t, word } from '../language'
import { EndpointLink } from '../figures/endpoint-link'
import { Icon, type Sign } from '../parts/icons'
import { DataTable, type Column } from '../parts/table'

const SIGNS: Record<string, Sign> = { found: 'not_met', held: 'excepted', false_alarm: 'not_applicable', handed_over: 'met', gone: 'met' }

/** Cases of documents marked secret, latest first; with `machines` also where. The server knows neither a name nor a text of them: they are decided at the machine. */
export function SecretTable({ items, machines, busy }: { items: SecretCase[]; machines?: boolean; busy?: boolean }) {
  const href = useHref()
  const columns: Column<SecretCase>[] = [
    { id: 'case', title: t('secrets.case'), tight: true, cell: item => <Link className="code" href={href(`/secrets/${encodeURIComponent(item.id)}`)}>{item.id.slice(0, 8)}</Link> },
    ...(machines ? [{ id: 'machine', title: t('endpoint'), wide: true, cell: (item: SecretCase) => <><EndpointLink id={item.endpoint.id} name={item.endpoint.hostname} /><div className="soft small">{item.endpoint.unit.name}</div></> }] : []),
    { id: 'level', title: t('secrets.level'), tight: true, cell: item => <span className="strong">{item.level && word('secret_level', item.level)}</span> },
    { id: 'place', title: t('secrets.place'), tight: true, cell: item => item.place && word('secret_place', item.place) },
    { id: 'hash', title: 'SHA-256', tight: true, hideOnPhone: true, cell: item => <span className="hash" title={item.sha256 ?? ''}>{item.sha256?.slice(0, 8)}</span> },
    { id: 'state', title: t('state'), cell: item => <><SecretState state={item.state ?? ''} />{item.reason && <div className="soft small">{word('secret_false_alarm', item.reason)}</div>}</> },
    { id: 'found', title: t('secrets.found'), cell: item => <Moment at={item.found_s} /> },
    { id: 'since', title: t('secrets.since'), cell: item => <Moment at={item.since_s} /> },
  ]
  return <DataTable caption={t('nav.secrets')} columns={columns} rows={items} rowKey={item => item.id} busy={busy} />
}

export const SecretState = ({ state }: { state: string }) => (
  <span className={`mark is-${SIGNS[state] ?? 'not_measured'}`}>
    <Icon sign={SIGNS[state] ?? 'not_measured'} />
    <span>{word('secret_case_state', state)}</span>
  </span>
)

const Moment = ({ at }: { at: number | null }) => <span className="nowrap">{at === null ? '–' : time(at)}</span>
