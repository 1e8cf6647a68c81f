import { DatePicker } from 'antd'
import dayjs from 'dayjs'
import 'dayjs/locale/vi'
import { clock, day as dayOf, today } from '../format'
import { currentLanguage, t } from '../language'

interface Props<T> {
  id?: string
  value?: T | null
  onChange?: (value: T | null) => void
  label?: string
}

/** A day as the API writes it ("2026-11-21"), chosen or typed as 21/11/2026; works inside an Ant Design form item. */
export function DayField({ id, value, onChange, label }: Props<string>) {
  dayjs.locale(currentLanguage())
  return (
    <DatePicker {...(id && { id })} {...(label && { 'aria-label': label })} className="day-field" format={['DD/MM/YYYY', 'D/M/YYYY', 'DDMMYYYY']} placeholder={t('day_form')}
      value={value ? dayjs(value) : null} onChange={picked => onChange?.(picked ? picked.format('YYYY-MM-DD') : null)} />
  )
}

const UTC7_S = 7 * 3600

/** A moment in Unix seconds as day and time of UTC+7. */
export function MomentField({ id, value, onChange, label }: Props<number>) {
  const date = value ? today(value * 1000) : null
  const change = (nextDate: string | null, nextClock: string) =>
    onChange?.(nextDate ? Date.parse(`${nextDate}T${nextClock || '00:00'}:00Z`) / 1000 - UTC7_S : null)
  return (
    <span className="moment-field">
      <DayField {...(id && { id })} {...(label && { label })} value={date} onChange={picked => change(picked, value ? clock(value) : '00:00')} />
      <input type="time" className="ant-input time-input" aria-label={date ? t('time_of', { day: dayOf(date) }) : t('time_of.none')} value={value ? clock(value) : ''} disabled={!date}
        onChange={event => change(date, event.target.value)} />
    </span>
  )
}
