import { DatePicker, Input } from 'antd'
import { useState } from 'react'
import { clock, day as dayOf, today } from '../format'
import { currentLanguage, t } from '../language'
import dayjs from './dates'

interface Props<T> {
  id?: string
  value?: T | null
  onChange?: (value: T | null) => void
  label?: string
  when?: string | null // past: no day after today can be chosen; ahead: none before
}

/** The days that can be chosen. */
export const boundsOf = (when: string | null | undefined) => (when === 'past' ? { maxDate: dayjs(today()) } : when === 'ahead' ? { minDate: dayjs(today()) } : {})

/** A day as the API writes it ("2026-11-21"), chosen or typed as 21/11/2026; works inside an Ant Design form item. */
export function DayField({ id, value, onChange, label, when }: Props<string>) {
  dayjs.locale(currentLanguage())
  return (
    <DatePicker {...boundsOf(when)} {...(id && { id })} {...(label && { 'aria-label': label })} className="day-field" format={['DD/MM/YYYY', 'D/M/YYYY', 'DDMMYYYY']} placeholder={t('day_form')}
      value={value ? dayjs(value) : null} onChange={picked => onChange?.(picked ? picked.format('YYYY-MM-DD') : null)} />
  )
}

const UTC7_S = 7 * 3600

/** A moment in Unix seconds as day and time of UTC+7. */
export function MomentField({ id, value, onChange, label, when }: Props<number>) {
  const date = value ? today(value * 1000) : null
  const change = (nextDate: string | null, nextClock: string) =>
    onChange?.(nextDate ? Date.parse(`${nextDate}T${nextClock || '00:00'}:00Z`) / 1000 - UTC7_S : null)
  return (
    <span className="moment-field">
      <DayField {...(id && { id })} {...(label && { label })} when={when ?? null} value={date} onChange={picked => change(picked, value ? clock(value) : picked === today() ? clock(Date.now() / 1000) : '00:00')} />
      <ClockInput label={date ? t('time_of', { day: dayOf(date) }) : t('time_of.none')} value={value ? clock(value) : ''} disabled={!date} onChange={next => change(date, next)} />
    </span>
  )
}

/** Hours and minutes, 24 hours whatever the computer is set to; "7:5", "0705" and "7h05" are understood. What is no time is put back. */
function ClockInput({ label, value, disabled, onChange }: { label: string; value: string; disabled: boolean; onChange: (clock: string) => void }) {
  const [text, setText] = useState<string | null>(null)
  const leave = () => {
    const read = text === null ? null : readClock(text)
    if (read && read !== value) onChange(read)
    setText(null)
  }
  return (
    <Input className="time-input" aria-label={label} inputMode="numeric" maxLength={5} placeholder={t('clock_form')} disabled={disabled} value={text ?? value}
      onChange={event => setText(event.target.value)} onBlur={leave} onPressEnter={leave} />
  )
}

export function readClock(text: string): string | null {
  const [, hours, minutes = '00'] = /^(\d{1,2})(?:[:.hg ]?(\d{1,2}))?$/.exec(text.trim()) ?? []
  if (hours === undefined || Number(hours) > 23 || Number(minutes) > 59) return null
  return `${hours.padStart(2, '0')}:${minutes.padStart(2, '0')}`
}
