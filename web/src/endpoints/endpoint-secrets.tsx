import { useQuery } from '@tanstack/react-query'
import { t } from '../language'
import { Empty, Loaded } from '../parts/loaded'
import * as queries from '../queries'
import { SecretTable } from '../secrets/secret-table'

/** Documents marked secret on one machine. */
export function EndpointSecrets({ id }: { id: string }) {
  const query = useQuery(queries.secretCases({ endpoint: id, limit: 500 }))
  return <Loaded query={query}>{({ items }) => (items.length === 0 ? <Empty>{t('secrets.none_here')}</Empty> : <SecretTable items={items} />)}</Loaded>
}
