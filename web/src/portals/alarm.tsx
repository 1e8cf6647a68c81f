import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { useHref } from '../address'
import type { PortalLine } from '../gen/api'
import { duration, time } from '../format'
import { t, word } from '../language'
import { Empty, Loaded } from '../parts/loaded'
import { Facts, Page, Section } from '../parts/page'
import * as queries from '../queries'

/** An alarm: the page before it and after it, line by line. */
export default function AlarmPlace({ params: { id } }: { params: { id?: string } }) {
  const query = useQuery(queries.portalAlarm(id!))
  const href = useHref()
  return (
    <Loaded query={query}>
      {({ alarm, before, after }) => (
        <Page title={word('portal_alarm_kind', alarm.kind)} lead={alarm.detail} acts={<Link href={href(`/registers/portal_alarm/${alarm.id}`)}>{t('portal.conclude')}</Link>}>
          <section className="card" aria-label={t('state')}>
            <Facts items={[
              [t('portal.page'), alarm.page ?? '–'],
              [t('portal.good'), alarm.since_s ? time(alarm.since_s) : '–'],
              [t('portal.seen'), time(alarm.seen_s)],
              [t('portal.confirmed'), alarm.confirmed_s ? time(alarm.confirmed_s) : '–'],
              [t('portal.took'), alarm.since_s && alarm.confirmed_s ? duration(alarm.confirmed_s - alarm.since_s) : '–'],
            ]} />
          </section>
          <div className="two-columns">
            <Section title={t('portal.before')}><Lines lines={before} state="met" /></Section>
            <Section title={t('portal.after')}><Lines lines={after} state="not_met" /></Section>
          </div>
        </Page>
      )}
    </Loaded>
  )
}

/** Lines that stand on this side alone are marked, by a sign too. */
function Lines({ lines, state }: { lines: PortalLine[]; state: 'met' | 'not_met' }) {
  if (lines.length === 0) return <Empty>{t('portal.no_text')}</Empty>
  return (
    <ul className="plain-list">
      {lines.map((line, place) => <li key={place} className={line.alone ? `is-${state} breaks` : 'soft breaks'}>{line.alone ? <b>{state === 'met' ? '− ' : '+ '}{line.text}</b> : line.text}</li>)}
    </ul>
  )
}
