import { useQuery } from '@tanstack/react-query'
import { Link, useLocation } from 'wouter'
import { useHref, useParams, useUnitCode } from '../address'
import type { Portal } from '../gen/api'
import { ago, number, percent } from '../format'
import { t, word } from '../language'
import { Empty, Loaded } from '../parts/loaded'
import { Page } from '../parts/page'
import { StateMark } from '../parts/state'
import { DataTable, Pager, type Column } from '../parts/table'
import * as queries from '../queries'

const LIMIT = 100

/** The portals of the chosen unit and below, as the watcher sees them. */
export default function Portals() {
  const [params, change] = useParams()
  const unit = useUnitCode()
  const href = useHref()
  const [, go] = useLocation()
  const offset = Number(params.get('offset') ?? 0)
  const query = useQuery(queries.portals({ unit, limit: LIMIT, offset }))
  return (
    <Page title={t('nav.portals')} lead={t('portals.lead')} acts={<Link href={href('/registers/portal')}>{t('portals.register')}</Link>}>
      <Loaded query={query}>
        {({ items, total }) => items.length === 0 ? <Empty>{t('portals.none')}</Empty> : (
          <>
            <DataTable caption={t('nav.portals')} columns={columns(href)} rows={items} rowKey={portal => portal.id} onOpen={portal => go(href(`/portals/${portal.id}`))} busy={query.isFetching} />
            <Pager offset={offset} limit={LIMIT} total={total} onTurn={first => change({ offset: first || undefined })} />
          </>
        )}
      </Loaded>
    </Page>
  )
}

const columns = (href: (path: string) => string): Column<Portal>[] => [
  { id: 'name', title: t('portal.name'), wide: true, cell: portal => <><Link href={href(`/portals/${portal.id}`)}>{portal.name}</Link><div className="soft small clip" title={portal.url}>{portal.url} · {portal.unit.name}</div></> },
  { id: 'state', title: t('state'), cell: portal => <PortalMark portal={portal} /> },
  { id: 'checked', title: t('portal.checked'), cell: ({ checked_s }) => checked_s ? ago(checked_s) : '–' },
  { id: 'uptime', title: t('portal.uptime'), align: 'end', cell: ({ uptime }) => uptime === null ? '–' : percent(uptime) },
  { id: 'certificate', title: t('portal.certificate_days'), align: 'end', cell: ({ certificate }) => certificate ? number(certificate.days) : '–' },
  { id: 'headers', title: t('portal.headers'), align: 'end', cell: ({ headers }) => headers.length ? `${headers.filter(header => header.there).length}/${headers.length}` : '–' },
]

/** An alarm first, then whether it can be reached; without a fetch it is not known. */
export function PortalMark({ portal }: { portal: Portal }) {
  if (portal.alarms > 0) return <StateMark state="not_met">{t('portal.alarms', { count: number(portal.alarms) })}</StateMark>
  if (portal.status === null) return <StateMark state="not_measured">{t('portal.never')}</StateMark>
  return <StateMark state={portal.status === 'up' ? 'met' : 'partly'}>{word('portal_status', portal.status)}</StateMark>
}
