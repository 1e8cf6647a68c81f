import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { useHref } from '../address'
import type { Detection, DetectionChange, DetectionDetail } from '../gen/api'
import { bytes, time } from '../format'
import { EndpointLink } from '../figures/endpoint-link'
import { t, word } from '../language'
import { Loaded } from '../parts/loaded'
import { Facts, Page, Section } from '../parts/page'
import * as queries from '../queries'
import { DetectionActs } from './acts'
import { ClockMark, handleClock, nowSeconds, verifyClock } from './clock'
import { AgainMark, DetectionState, DetectionTable, VerdictWord } from './detection-table'

/** One detection: what was found where, the clocks, what was done and by whom, and what may be done now. */
export default function DetectionPage({ params: { id } }: { params: { id?: string } }) {
  const query = useQuery(queries.detection(id!))
  return (
    <Loaded query={query} rows={12}>
      {detail => (
        <Page name={detail.detection.rule} title={<span className="breaks">{detail.detection.rule}</span>} lead={<Lead item={detail.detection} />} acts={<DetectionActs item={detail.detection} />}>
          <Clocks item={detail.detection} />
          <div className="halves">
            <Section title={t('detection.history')}><Timeline changes={detail.changes} /></Section>
            <Section title={t('detection.file')}><What detail={detail} /></Section>
          </div>
          {detail.related.length > 0 && <Section title={t('detection.related')}><DetectionTable items={detail.related} /></Section>}
        </Page>
      )}
    </Loaded>
  )
}

function Lead({ item }: { item: Detection }) {
  const href = useHref()
  return (
    <>
      <EndpointLink id={item.endpoint.id} name={item.endpoint.hostname} /> · <Link href={href('/detections', { unit: item.endpoint.unit.code })}>{item.endpoint.unit.name}</Link> · <VerdictWord verdict={item.verdict} />
    </>
  )
}

function Clocks({ item }: { item: Detection }) {
  const now = nowSeconds()
  const dealtWith = ['quarantined', 'handled'].includes(item.state)
  return (
    <section className="card" aria-label={t('detection.clock')}>
      <Facts
        items={[
          [t('state'), <><DetectionState state={item.state} />{item.again_of !== null && <AgainMark />}</>],
          [t('detection.found'), time(item.found_s)],
          [t('detection.by_verify'), <ClockMark clock={verifyClock(item, now)} />],
          [t('detection.by_handle'), <ClockMark clock={handleClock(item, now)} />],
          [t('detection.by_rescan'), item.cleaned_s !== null ? time(item.cleaned_s) : dealtWith ? t('detection.rescan_wanted') : '–'],
          [t('detection.seen'), time(item.seen_s)],
        ]}
      />
    </section>
  )
}

const Timeline = ({ changes }: { changes: DetectionChange[] }) => (
  <ol className="timeline">
    {changes.map((change, place) => (
      <li key={place}>
        <time>{time(change.at_s)}</time>
        <div>
          <DetectionState state={change.state} /> <span className="soft">· {change.actor ?? t('detection.machine')}</span>
          {change.note && <p className="breaks">{change.note}</p>}
        </div>
      </li>
    ))}
  </ol>
)

function What({ detail: { detection: item, elsewhere } }: { detail: DetectionDetail }) {
  const href = useHref()
  return (
    <Facts
      items={[
        [t('detection.file'), <><span className="code">{item.path}</span>{item.member && <div className="small">{t('detection.member', { member: item.member })}</div>}</>],
        [t('detection.engine'), word('engine', item.engine)],
        [t('detection.size'), item.size === null ? '–' : bytes(item.size)],
        ['SHA-256', item.sha256 ? <span className="hash">{item.sha256}</span> : '–'],
        [t('detection.elsewhere'), elsewhere ? <Link href={href('/detections', { text: item.rule })}>{t('detection.elsewhere.count', { count: elsewhere })}</Link> : t('detection.elsewhere.none')],
      ]}
    />
  )
}
