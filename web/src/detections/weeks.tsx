import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense } from 'react'
import { t } from '../language'
import { Loaded, Waiting } from '../parts/loaded'
import { Section } from '../parts/page'
import * as queries from '../queries'

const WeekBars = lazy(() => import('../parts/week-bars'))
const WEEKS = 12

const SERIES = [
  { key: 'found', colour: '#c43a31' },
  { key: 'handled', colour: '#2f8f5b' },
  { key: 'again', colour: '#8d8bb8' },
] as const

/** Found and dealt with, week by week: whether the work keeps up. */
export function Weeks({ code }: { code: string }) {
  const query = useQuery(queries.detectionWeeks(code, WEEKS))
  return (
    <Section title={t('weeks.title')} className="weeks">
      <Loaded query={query} rows={4}>
        {({ items }) => items.every(week => week.found + week.handled === 0) ? <p className="soft">{t('weeks.none', { count: WEEKS })}</p> : (
          <Suspense fallback={<Waiting rows={4} />}><WeekBars title={t('weeks.title')} weeks={items.map(({ week }) => week)} series={SERIES.map(({ key, colour }) => ({ name: t(`weeks.${key}`), colour, values: items.map(week => week[key]) }))} /></Suspense>
        )}
      </Loaded>
    </Section>
  )
}
