import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useMemo, useState } from 'react'
import { useParams } from '../address'
import type { Figure, FigurePoint } from '../gen/api'
import { amount } from '../figures/figure'
import { t, words } from '../language'
import { Loaded, Waiting } from '../parts/loaded'
import * as queries from '../queries'
import { chosenFigure, keyFigures } from './key-figures'

const TrendChart = lazy(() => import('../parts/trend-chart'))

const DAYS = [30, 90, 365]

/** The chosen figure day by day. */
export function Trend({ code }: { code: string }) {
  const [params] = useParams()
  const { data } = useQuery(queries.figures(code))
  const figure = data && chosenFigure(keyFigures(data.items), params)
  return figure ? <Line key={figure.id} code={code} figure={figure} /> : null
}

function Line({ code, figure }: { code: string; figure: Figure }) {
  const [days, setDays] = useState(90)
  const query = useQuery(queries.figureHistory(code, figure.id, days))
  const write = useMemo(() => (value: number) => amount(figure.kind, value), [figure.kind])
  const title = t('home.trend', { title: words(figure.title) })
  return (
    <section className="card trend-card" aria-label={title}>
      <header className="card-head">
        <h2>{title}</h2>
        <span className="choice" role="group" aria-label={t('home.days')}>
          {DAYS.map(count => (
            <button key={count} type="button" aria-pressed={count === days} onClick={() => setDays(count)}>{t('days', { count })}</button>
          ))}
        </span>
      </header>
      <Loaded query={query} rows={5}>
        {({ items, target }) => {
          const points = measured(items)
          if (points.length === 0) return <p className="soft">{t('home.no_history')}</p>
          return (
            <Suspense fallback={<Waiting rows={5} />}>
              <TrendChart points={points} target={target} write={write} share={figure.kind === 'share'} label={title} />
            </Suspense>
          )
        }}
      </Loaded>
    </section>
  )
}

/** From the first day there is a value. */
function measured(points: FigurePoint[]): FigurePoint[] {
  const first = points.findIndex(point => point.value !== null)
  return first < 0 ? [] : points.slice(first)
}
