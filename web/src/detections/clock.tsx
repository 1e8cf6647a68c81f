import type { Detection } from '../gen/api'
import { duration } from '../format'
import { t } from '../language'
import { Icon, type Sign } from '../parts/icons'

type Urgency = 'over' | 'soon' | 'running' | 'done' | 'none'

interface Clock {
  urgency: Urgency
  text: string
}

const SOON = 0.25 // of the time given
const VERIFY_S = 12 * 3600
const HANDLE_S = 24 * 3600
const SIGNS: Record<Urgency, Sign> = { over: 'not_met', soon: 'clock', running: 'clock', done: 'met', none: 'not_applicable' }

/** One clock: until when, and how long it was given. */
function clockOf(by: number, given: number, now: number, left: 'detection.verify_left' | 'detection.handle_left', over: 'detection.verify_over' | 'detection.handle_over'): Clock {
  const rest = by - now
  if (rest < 0) return { urgency: 'over', text: t(over, { time: duration(-rest) }) }
  return { urgency: rest < given * SOON ? 'soon' : 'running', text: t(left, { time: duration(rest) }) }
}

/** The clock of 12 hours to verify a detection, and how it went. */
export function verifyClock(item: Detection, now: number): Clock {
  if (item.verify_by_s !== null) return clockOf(item.verify_by_s, VERIFY_S, now, 'detection.verify_left', 'detection.verify_over')
  const at = item.verified_s ?? item.handled_s
  return at === null ? { urgency: 'none', text: t('detection.no_clock') } : { urgency: at - item.found_s > VERIFY_S ? 'soon' : 'done', text: t('detection.verified_after', { time: duration(at - item.found_s) }) }
}

/** The clock of 24 hours to deal with it. */
export function handleClock(item: Detection, now: number): Clock {
  if (item.handle_by_s !== null) return clockOf(item.handle_by_s, HANDLE_S, now, 'detection.handle_left', 'detection.handle_over')
  if (item.handled_s === null) return { urgency: 'none', text: t('detection.no_clock') }
  return { urgency: item.handled_s - item.found_s > HANDLE_S ? 'soon' : 'done', text: t('detection.handled_after', { time: duration(item.handled_s - item.found_s) }) }
}

/** The one that wants attention: overdue before running, handling before verifying. */
export function nextClock(item: Detection, now: number): Clock {
  const verify = verifyClock(item, now)
  const handle = handleClock(item, now)
  if (handle.urgency === 'over' || item.verify_by_s === null) return handle
  return verify
}

export const ClockMark = ({ clock }: { clock: Clock }) => (
  <span className={`mark clock clock-${clock.urgency}`}>
    <Icon sign={SIGNS[clock.urgency]} />
    <span>{clock.text}</span>
  </span>
)

export const nowSeconds = (): number => Math.floor(Date.now() / 1000)
