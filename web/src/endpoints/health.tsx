import type { EndpointDetail } from '../gen/api'
import { bytes, duration, number } from '../format'
import { t, word } from '../language'
import { Empty } from '../parts/loaded'
import { Facts, Section } from '../parts/page'
import { StateMark } from '../parts/state'

/** What the agent says of itself (docs/protocol.md, kind `health`); an older agent may leave fields out. */
interface HealthReport {
  version?: string
  uptime_s?: number
  rss_kib?: number
  cpu_ms?: number
  spool_bytes?: number
  spool_records?: number
  dropped?: Record<string, number>
  refused?: number
  sandbox?: Record<string, unknown>
  last_error?: string | null
  isolation?: { since_s: number; stands: boolean } | null
}

/** Since when the machine is cut off from the network by an order; null while it is not. */
export const isolatedSince = (detail: EndpointDetail): number | null => (detail.health as HealthReport | null)?.isolation?.since_s ?? null

export function Health({ detail }: { detail: EndpointDetail }) {
  const health = detail.health as HealthReport | null
  if (!health) return <Empty>{t('health.none')}</Empty>
  const dropped = Object.values(health.dropped ?? {}).reduce((sum, count) => sum + count, 0)
  return (
    <div className="halves">
      <Section title={t('health.work')}>
        <Facts
          items={[
            [t('endpoint.version'), health.version ?? '–'],
            [t('health.uptime'), given(health.uptime_s, duration)],
            [t('health.memory'), given(health.rss_kib, kib => bytes(kib * 1024))],
            [t('health.cpu'), given(health.cpu_ms, ms => duration(ms / 1000))],
            [t('health.clock'), detail.clock_offset_s === 0 ? t('health.clock.right') : t('health.clock.off', { seconds: detail.clock_offset_s })],
            [t('health.error'), health.last_error || t('none')],
          ]}
        />
      </Section>
      <Section title={t('health.link')}>
        <Facts
          items={[
            [t('health.spool'), given(health.spool_records, count => `${number(count)} (${bytes(health.spool_bytes ?? 0)})`)],
            [t('health.dropped'), <StateMark state={dropped ? 'not_met' : 'met'}>{dropped ? droppedText(health.dropped!) : t('health.dropped.none')}</StateMark>],
            [t('health.refused'), given(health.refused, number)],
            ...Object.entries(health.sandbox ?? {}).map(([name, value]) => [word('sandbox', name), sandboxText(value)] as [string, string]),
          ]}
        />
      </Section>
    </div>
  )
}

const given = (value: number | undefined, write: (value: number) => string): string => (value === undefined ? '–' : write(value))

const droppedText = (dropped: Record<string, number>): string =>
  Object.entries(dropped).filter(([, count]) => count > 0).map(([kind, count]) => `${number(count)} ${word('dropped', kind)}`).join(', ')

const sandboxText = (value: unknown): string => (typeof value === 'boolean' ? t(value ? 'yes' : 'no') : String(value))
