import { useQuery } from '@tanstack/react-query'
import { Button } from 'antd'
import { Link } from 'wouter'
import { useHref } from '../address'
import { EndpointLink } from '../figures/endpoint-link'
import { time } from '../format'
import { endpoint_order, type SecretCase, type SecretCaseDetail, type SecretStep } from '../gen/api'
import { t, word } from '../language'
import { useAct } from '../parts/act'
import { Icon } from '../parts/icons'
import { Empty, Loaded } from '../parts/loaded'
import { Facts, Page, Section } from '../parts/page'
import * as queries from '../queries'
import { may, useMe } from '../session'
import { SecretState, SecretTable } from './secret-table'

/** One case: what is known of the document (neither its name nor its text), each step its machine told, what is to be done next, and where else the same content lies. */
export default function CasePage({ params: { id } }: { params: { id?: string } }) {
  const query = useQuery(queries.secretCase(id!))
  return (
    <Loaded query={query} rows={10}>
      {detail => (
        <Page name={shortName(detail.case)} title={shortName(detail.case)} lead={<Lead item={detail.case} />} acts={may(useMe(), 'endpoint.order') && <SearchAgain item={detail.case} />}>
          <div className="halves">
            <Section title={t('secrets.steps')}><Steps detail={detail} /></Section>
            <Section title={t('secrets.known')}><Known item={detail.case} /></Section>
          </div>
          <Section title={t('secrets.next')}><p className="secret-next">{word('secrets.next', detail.case.state ?? '')}</p></Section>
          <Section title={t('secrets.same')}>{detail.same.length === 0 ? <Empty>{t('secrets.same.none')}</Empty> : <SecretTable items={detail.same} machines />}</Section>
        </Page>
      )}
    </Loaded>
  )
}

const shortName = (item: SecretCase) => t('secrets.title', { id: item.id.slice(0, 8) })

function Lead({ item }: { item: SecretCase }) {
  const href = useHref()
  return (
    <>
      <EndpointLink id={item.endpoint.id} name={item.endpoint.hostname} /> · <Link href={href('/secrets', { unit: item.endpoint.unit.code })}>{item.endpoint.unit.name}</Link> · <SecretState state={item.state ?? ''} />
    </>
  )
}

/** So that the machine says what became of it. */
function SearchAgain({ item }: { item: SecretCase }) {
  const order = useAct(() => endpoint_order(item.endpoint.id, { kind: 'search' }), { stale: ['endpoint', 'orders'], done: t('order.given') })
  return <Button icon={<Icon sign="search" />} loading={order.isPending} onClick={() => order.mutate(undefined)}>{t('secrets.search_again')}</Button>
}

/** What a machine told before it had this server is not there: then the two times of the case itself are. */
function Steps({ detail: { case: item, steps } }: { detail: SecretCaseDetail }) {
  const own: SecretStep[] = [{ at_s: item.found_s ?? 0, state: 'found' }, ...(item.state !== 'found' ? [{ at_s: item.since_s ?? 0, state: item.state ?? '' }] : [])]
  return (
    <ol className="timeline">
      {(steps.length ? steps : own).map((step, place) => (
        <li key={place}>
          <time>{time(step.at_s)}</time>
          <div><SecretState state={step.state} /></div>
        </li>
      ))}
    </ol>
  )
}

const Known = ({ item }: { item: SecretCase }) => (
  <Facts
    items={[
      [t('secrets.level'), <b>{item.level && word('secret_level', item.level)}</b>],
      [t('secrets.place'), item.place && word('secret_place', item.place)],
      [t('secrets.found'), item.found_s === null ? '–' : time(item.found_s)],
      [t('secrets.since'), item.since_s === null ? '–' : time(item.since_s)],
      ...(item.reason ? [[t('reason'), word('secret_false_alarm', item.reason)] as [string, string]] : []),
      ['SHA-256', <span className="hash">{item.sha256 ?? '–'}</span>],
      [t('secrets.at_machine'), <span className="code">khien secret-case show {item.id.slice(0, 8)}</span>],
    ]}
  />
)
