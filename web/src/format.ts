/** Numbers, times and sizes as people here write them: vi-VN (or en-US), dd/MM/yyyy HH:mm, always UTC+7 whatever the computer says. */
import { locale, t } from './language'

const UTC7_MS = 7 * 3600_000
const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

export const number = (value: number, digits = 0): string =>
  value.toLocaleString(locale(), { maximumFractionDigits: digits })

/** One decimal, and never rounded up to a whole 100 (or down to 0) that is not there. */
export function percent(value: number): string {
  const shown = value > 99.9 && value < 100 ? 99.9 : value > 0 && value < 0.1 ? 0.1 : value
  return `${number(shown, 1)}${locale() === 'vi-VN' ? '\u202f' : ''}%`
}

/** Unix seconds → dd/MM/yyyy HH:mm */
export const time = (seconds: number): string => `${date(seconds)} ${clock(seconds)}`

/** Unix seconds → dd/MM/yyyy */
export function date(seconds: number): string {
  const at = new Date(seconds * 1000 + UTC7_MS)
  return `${two(at.getUTCDate())}/${two(at.getUTCMonth() + 1)}/${at.getUTCFullYear()}`
}

/** Unix seconds → HH:mm */
export const clock = (seconds: number): string => {
  const at = new Date(seconds * 1000 + UTC7_MS)
  return `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`
}

const two = (value: number): string => String(value).padStart(2, '0')

/** "2026-11-21", "2026-11" or "2026" (dispatches do not always give a day) → 21/11/2026, 11/2026, 2026 */
export const day = (text: string): string => text.split('-').reverse().join('/')

/** What reports are about: "2026-11" → Tháng 11/2026, "2026-Q4" → Quý 4/2026, "2026" → Năm 2026; another text as it is. */
export function period(text: string): string {
  const [, year = '', quarter, month] = /^(\d{4})(?:-Q([1-4])|-(0[1-9]|1[0-2]))?$/.exec(text) ?? []
  if (!year) return text
  return quarter ? t('reports.quarter', { quarter, year }) : month ? t('reports.month', { month: Number(month), year }) : t('reports.year', { year })
}

/** The day in UTC+7 as the API writes it: "2026-11-21" */
export const today = (now = Date.now()): string => new Date(now + UTC7_MS).toISOString().slice(0, 10)

/** How long ago, in the largest whole unit: "3 ngày trước". */
export function ago(seconds: number, now = Date.now() / 1000): string {
  const passed = Math.max(0, now - seconds)
  if (passed < MINUTE) return t('time.just_now')
  const relative = new Intl.RelativeTimeFormat(locale(), { numeric: 'always' })
  if (passed < HOUR) return relative.format(-Math.floor(passed / MINUTE), 'minute')
  if (passed < DAY) return relative.format(-Math.floor(passed / HOUR), 'hour')
  return relative.format(-Math.floor(passed / DAY), 'day')
}

/** A length of time in its two largest units: "2 giờ 5 phút", "2 giờ". */
export function duration(seconds: number): string {
  if (seconds < MINUTE) return t('time.seconds', { count: Math.round(seconds) })
  if (seconds < HOUR) return t('time.minutes', { count: Math.floor(seconds / MINUTE) })
  const days = Math.floor(seconds / DAY)
  const hours = Math.floor((seconds % DAY) / HOUR)
  const minutes = Math.floor((seconds % HOUR) / MINUTE)
  if (days === 0) return minutes ? t('time.hours', { hours, minutes }) : t('time.only_hours', { hours })
  return hours ? t('time.days', { days, hours }) : t('time.only_days', { days })
}

const SIZES = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']

export function bytes(value: number): string {
  const step = value < 1 ? 0 : Math.min(SIZES.length - 1, Math.floor(Math.log2(value) / 10))
  return `${number(value / 1024 ** step, step ? 1 : 0)}\u00a0${SIZES[step]}`
}
