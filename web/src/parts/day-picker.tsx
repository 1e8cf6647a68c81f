import { DatePicker } from 'antd'
import { today } from '../format'
import { currentLanguage, t } from '../language'
import dayjs from './dates'

/** A day as the API writes it ("2026-11-21"), shown as 21/11/2026; none is today. */
export default function DayPicker({ value, onChange }: { value: string | undefined; onChange: (day: string | undefined) => void }) {
  dayjs.locale(currentLanguage())
  return (
    <DatePicker
      aria-label={t('at_day')}
      format={['DD/MM/YYYY', 'D/M/YYYY']}
      value={value ? dayjs(value) : null}
      placeholder={t('today')}
      maxDate={dayjs(today())}
      onChange={day => onChange(day && day.format('YYYY-MM-DD') !== today() ? day.format('YYYY-MM-DD') : undefined)}
    />
  )
}
