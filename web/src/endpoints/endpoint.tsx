import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { useHref } from '../address'
import { number, time } from '../format'
import type { EndpointDetail } from '../gen/api'
import { t, word } from '../language'
import { Loaded } from '../parts/loaded'
import { Facts, Page, Tabs, useTab } from '../parts/page'
import { Icon } from '../parts/icons'
import { ContactMark, StateMark } from '../parts/state'
import * as queries from '../queries'
import { may, useMe } from '../session'
import { ContentMark } from '../content/content'
import { Answers } from './answers'
import { EndpointActs } from './acts'
import { EndpointDetections } from './endpoint-detections'
import { EndpointSecrets } from './endpoint-secrets'
import { FactTables } from './facts'
import { Health, isolatedSince } from './health'
import { Orders } from './orders'
import { ScanMark } from './scan'

/** One machine: what was concluded, what was measured, what was found, how the agent does, what it was told. */
export default function EndpointPage({ params: { id } }: { params: { id?: string } }) {
  const query = useQuery(queries.endpoint(id!))
  return (
    <Loaded query={query} rows={14}>
      {detail => (
        <Page name={detail.endpoint.hostname} title={<><Icon sign="endpoints" /> {detail.endpoint.hostname}</>} lead={<Lead detail={detail} />} acts={<EndpointActs endpoint={detail.endpoint} />}>
          {detail.endpoint.linked && <p className="alarm" role="alert"><Icon sign="linked" /><span><b>{t('endpoint.linked')}</b> {t('endpoint.linked.explain')}</span></p>}
          <Overview detail={detail} />
          <Detail detail={detail} />
        </Page>
      )}
    </Loaded>
  )
}

function Lead({ detail: { endpoint } }: { detail: EndpointDetail }) {
  const href = useHref()
  return <><Link href={href('/endpoints', { unit: endpoint.unit.code })}>{endpoint.unit.name}</Link> · {endpoint.os}</>
}

function Overview({ detail }: { detail: EndpointDetail }) {
  const { endpoint } = detail
  const isolated = isolatedSince(detail)
  return (
    <section className="card" aria-label={t('endpoint.overview')}>
      <Facts
        items={[
          [t('endpoint.contact'), <ContactMark endpoint={endpoint} />],
          [t('endpoint.seen'), time(endpoint.seen_s)],
          ...(isolated ? [[t('endpoint.isolation'), <StateMark state="not_met">{t('endpoint.isolated', { time: time(isolated) })}</StateMark>] as [string, React.ReactNode]] : []),
          [t('endpoint.role'), <span className={`role role-${endpoint.role}`}>{word('role', endpoint.role)}</span>],
          [t('endpoint.scan'), <ScanMark scan={detail.last_scan} open={detail.open_detections} />],
          ...(detail.content ? [[t('content.machine'), <ContentMark machine={detail.content} />] as [string, React.ReactNode]] : []),
          [t('endpoint.address'), endpoint.address || '–'],
          [t('endpoint.version'), endpoint.agent_version],
          [t('endpoint.enrolled'), time(endpoint.enrolled_s)],
          [t('endpoint.certificate'), detail.certificate ? t('endpoint.certificate.until', { date: time(detail.certificate.expires_s) }) : t('endpoint.certificate.none')],
        ]}
      />
    </section>
  )
}

function Detail({ detail }: { detail: EndpointDetail }) {
  const evidence = may(useMe(), 'evidence.read')
  const id = detail.endpoint.id
  const measured = detail.facts.filter(fact => fact.state === 'measured').length
  const tabs = [
    { id: 'answers', title: <>{t('endpoint.tab.answers')} <Count value={detail.endpoint.answers.fail} alarm /></> },
    ...(evidence ? [
      { id: 'facts', title: <>{t('endpoint.tab.facts')} <span className="count">{t('of', { some: measured, all: detail.facts.length })}</span></> },
      { id: 'secrets', title: t('nav.secrets') },
      { id: 'detections', title: <>{t('endpoint.tab.detections')} <Count value={detail.open_detections} alarm /></> },
    ] : []),
    { id: 'orders', title: <>{t('endpoint.tab.orders')} <Count value={detail.waiting_orders} /></> },
    { id: 'health', title: t('endpoint.tab.health') },
  ]
  const tab = useTab('tab', tabs.map(item => item.id))
  return (
    <>
      <Tabs param="tab" tabs={tabs} label={detail.endpoint.hostname} />
      {tab === 'answers' && <Answers id={id} answers={detail.answers} />}
      {tab === 'facts' && <FactTables id={id} tables={detail.facts} />}
      {tab === 'detections' && <EndpointDetections id={id} scan={detail.last_scan} />}
      {tab === 'secrets' && <EndpointSecrets id={id} />}
      {tab === 'orders' && <Orders id={id} />}
      {tab === 'health' && <Health detail={detail} />}
    </>
  )
}

const Count = ({ value, alarm }: { value: number; alarm?: boolean }) => (value ? <span className={alarm ? 'count count-alarm' : 'count'}>{number(value)}</span> : null)
