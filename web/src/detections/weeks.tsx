import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense } from 'react'
import { t } from '../language'
import { Loaded, Waiting } from '../parts/loaded'
import { Section } from '../parts/page'
import * as queries from '../queries'

const WeeksChart = lazy(() => import('./weeks-chart'))
const WEEKS = 12

/** Found and dealt with, week by week: whether the work keeps up. */
export function Weeks({ code }: { code: string }) {
  const query = useQuery(queries.detectionWeeks(code, WEEKS))
  return (
    <Section title={t('weeks.title')} className="weeks">
      <Loaded query={query} rows={4}>
        {({ items }) => items.every(week => week.found + week.handled === 0) ? <p className="soft">{t('weeks.none', { count: WEEKS })}</p> : (
          <Suspense fallback={<Waiting rows={4} />}><WeeksChart weeks={items} /></Suspense>
        )}
      </Loaded>
    </Section>
  )
}
