import { useQuery } from '@tanstack/react-query'
import { Button } from 'antd'
import { Link } from 'wouter'
import { useHref } from '../address'
import { portal_fetch, type Portal, type PortalAlarm, type PortalDay, type PortalFetch, type PortalPage } from '../gen/api'
import { bytes, date, number, percent, time } from '../format'
import { t, word } from '../language'
import { useAct } from '../parts/act'
import { Empty, Loaded } from '../parts/loaded'
import { Facts, Page, Section } from '../parts/page'
import { StateMark } from '../parts/state'
import { DataTable, type Column } from '../parts/table'
import * as queries from '../queries'
import { may, useMe } from '../session'
import { PortalMark } from './portals'

/** One portal: how it stands, its alarms, and what came of the last fetches. */
export default function PortalPlace({ params: { id } }: { params: { id?: string } }) {
  const query = useQuery(queries.portal(id!))
  return (
    <Loaded query={query}>
      {({ portal, pages, fetches, days, alarms }) => (
        <Page name={portal.name} title={portal.name} lead={<>{portal.url} · {portal.unit.name}</>} acts={<FetchNow portal={portal} />}>
          <Standing portal={portal} days={days} />
          <Section title={t('portal.alarm_list')}>
            {alarms.length === 0 ? <Empty sign="met">{t('portal.no_alarms')}</Empty> : <Alarms alarms={alarms} />}
          </Section>
          <Section title={t('portal.pages')}><DataTable caption={t('portal.pages')} columns={pageColumns()} rows={pages} rowKey={page => page.url} /></Section>
          <Section title={t('portal.fetches')}><DataTable caption={t('portal.fetches')} columns={fetchColumns()} rows={fetches} rowKey={fetch => fetch.at_s} /></Section>
        </Page>
      )}
    </Loaded>
  )
}

function FetchNow({ portal }: { portal: Portal }) {
  const fetch = useAct(() => portal_fetch(String(portal.id)), { stale: ['portal', 'portals'], done: t('portal.will_fetch') })
  if (!may(useMe(), 'register.write') || portal.state !== 'active') return null
  return <Button loading={fetch.isPending} onClick={() => fetch.mutate(undefined)}>{t('portal.fetch_now')}</Button>
}

function Standing({ portal, days }: { portal: Portal; days: PortalDay[] }) {
  const { certificate } = portal
  const down = days.filter(day => day.up < day.fetches).length
  return (
    <section className="card" aria-label={t('state')}>
      <Facts items={[
        [t('state'), <PortalMark portal={portal} />],
        [t('portal.checked'), portal.checked_s ? time(portal.checked_s) : '–'],
        [t('portal.good'), portal.good_s ? time(portal.good_s) : '–'],
        [t('portal.uptime'), portal.uptime === null ? '–' : <>{percent(portal.uptime)} {down > 0 && <span className="soft">· {t('portal.days_down', { count: number(down) })}</span>}</>],
        [t('portal.leads_to'), portal.leads_to ?? '–'],
        [t('portal.ms'), portal.ms === null ? '–' : `${number(portal.ms)} ms`],
        [t('portal.certificate'), certificate ? <>{certificate.issuer} · {t('portal.until', { date: date(certificate.until_s) })} {(!certificate.trusted || !certificate.name_fits) && <StateMark state="not_met">{t('portal.certificate_bad')}</StateMark>}</> : portal.url.startsWith('https:') ? '–' : t('portal.no_tls')],
        [t('portal.headers'), portal.headers.length ? <ul className="plain-list">{portal.headers.map(({ name, there }) => <li key={name}><StateMark state={there ? 'met' : 'not_met'}>{name}</StateMark></li>)}</ul> : '–'],
        [t('portal.addresses'), portal.addresses.join(', ') || '–'],
        [t('portal.servers'), portal.servers.join(', ') || '–'],
      ]} />
    </section>
  )
}

function Alarms({ alarms }: { alarms: PortalAlarm[] }) {
  const href = useHref()
  const columns: Column<PortalAlarm>[] = [
    { id: 'kind', title: t('portal.alarm'), wide: true, cell: alarm => <><Link href={href(`/portals/alarms/${alarm.id}`)}>{word('portal_alarm_kind', alarm.kind)}</Link><div className="small breaks">{alarm.detail}</div></> },
    { id: 'seen', title: t('portal.seen'), cell: alarm => time(alarm.seen_s) },
    { id: 'state', title: t('state'), cell: alarm => <StateMark state={alarm.closed_s === null ? 'not_met' : 'not_applicable'}>{alarm.closed_s === null ? t('portal.open') : t('portal.closed', { date: date(alarm.closed_s) })}</StateMark> },
  ]
  return <DataTable caption={t('portal.alarm_list')} columns={columns} rows={alarms} rowKey={alarm => alarm.id} />
}

const pageColumns = (): Column<PortalPage>[] => [
  { id: 'url', title: t('portal.page'), wide: true, cell: ({ url }) => <span className="breaks">{url}</span> },
  { id: 'fetches', title: t('portal.learned'), align: 'end', cell: ({ fetches }) => number(fetches) },
  { id: 'changing', title: t('portal.changing'), align: 'end', cell: ({ changing }) => number(changing) },
]

const fetchColumns = (): Column<PortalFetch>[] => [
  { id: 'at', title: t('portal.at'), cell: ({ at_s }) => time(at_s) },
  { id: 'status', title: t('state'), wide: true, cell: fetch => <StateMark state={fetch.good ? 'met' : fetch.status === 'up' ? 'not_met' : 'partly'}>{fetch.status === 'up' && !fetch.good ? t('portal.strange') : word('portal_status', fetch.status)}{fetch.status === 'http_error' ? ` ${fetch.http}` : ''}</StateMark> },
  { id: 'change', title: t('portal.change'), align: 'end', cell: ({ text_change, shape_change }) => `${text_change}% / ${shape_change}%` },
  { id: 'size', title: t('portal.size'), align: 'end', cell: fetch => bytes(fetch.bytes) },
  { id: 'ms', title: t('portal.ms'), align: 'end', cell: ({ ms }) => `${number(ms)} ms` },
]
