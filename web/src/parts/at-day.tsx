import { lazy, Suspense } from 'react'
import { useParams } from '../address'
import { t } from '../language'

const DayPicker = lazy(() => import('./day-picker'))

/** The day the page is about, when it is not today. */
export function useAtDay(): string | undefined {
  return useParams()[0].get('at') ?? undefined
}

/** Chooses the day; its calendar is heavy and comes by itself. */
export function AtDay() {
  const [, change] = useParams()
  const at = useAtDay()
  return (
    <span className="at-day">
      <span>{t('at_day')}</span>
      <Suspense fallback={<span className="at-day-place" />}>
        <DayPicker value={at} onChange={day => change({ at: day })} />
      </Suspense>
    </span>
  )
}
