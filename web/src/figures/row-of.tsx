import { Link } from 'wouter'
import { useHref } from '../address'
import type { Row } from '../gen/api'
import { EndpointLink } from './endpoint-link'

/** Whose row it is: the machine, of a control over units the unit itself. */
export const RowOf = ({ row }: { row: Row }) =>
  row.endpoint
    ? <><EndpointLink id={row.endpoint.id} name={row.endpoint.hostname} /><span className="soft"> · {row.unit.name}</span></>
    : <span>{row.unit.name}</span>

/** What the row is about, and the way to the record it was read from. */
export function RowSubject({ row }: { row: Row }) {
  const href = useHref()
  if (!row.record) return <span className="code">{row.subject}</span>
  return <Link className="code" href={href(`/registers/${row.record.register}/${row.record.id}`)}>{row.subject}</Link>
}
