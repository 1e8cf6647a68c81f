import { useQuery } from '@tanstack/react-query'
import { useParams } from '../address'
import type { Order } from '../gen/api'
import { time } from '../format'
import { t, word } from '../language'
import { Empty, Loaded } from '../parts/loaded'
import { DataTable, Pager, type Column } from '../parts/table'
import * as queries from '../queries'

const LIMIT = 50

export function Orders({ id }: { id: string }) {
  const [params, change] = useParams()
  const offset = Number(params.get('first') ?? 0)
  const query = useQuery(queries.endpointOrders(id, offset))
  const columns: Column<Order>[] = [
    { id: 'created', title: t('order.created'), tight: true, cell: order => time(order.created_s) },
    { id: 'kind', title: t('order'), wide: true, cell: orderText },
    { id: 'by', title: t('order.by'), tight: true, cell: order => order.created_by },
    { id: 'state', title: t('state'), tight: true, cell: order => <><span className={`order-state order-${order.state}`}>{word('order_state', order.state)}</span>{order.reason && <div className="soft small breaks">{order.reason}</div>}</> },
    { id: 'done', title: t('order.done'), cell: order => order.done_s ? time(order.done_s) : <span className="soft">{t('order.expires', { time: time(order.expires_s) })}</span> },
  ]
  return (
    <Loaded query={query}>
      {({ items, total }) => items.length === 0 ? <Empty>{t('orders.none')}</Empty> : (
        <>
          <DataTable caption={t('endpoint.tab.orders')} columns={columns} rows={items} rowKey={order => order.id} />
          <Pager offset={offset} limit={LIMIT} total={total} onTurn={first => change({ first: first || undefined })} />
        </>
      )}
    </Loaded>
  )
}

/** "Quét mã độc (nhanh)" */
export function orderText(order: Order): string {
  const extent = (order.args as { scan?: string } | null)?.scan
  return order.kind === 'scan' && extent ? word('order_kind.scan', extent) : word('order_kind', order.kind)
}
