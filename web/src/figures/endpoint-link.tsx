import { Link } from 'wouter'
import { useHref } from '../address'

export function EndpointLink({ id, name }: { id: string; name: string }) {
  const href = useHref()
  return <Link className="nowrap" href={href(`/endpoints/${id}`)}>{name}</Link>
}
