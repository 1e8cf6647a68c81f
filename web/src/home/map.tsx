import { useQuery } from '@tanstack/react-query'
import { Select } from 'antd'
import { lazy, Suspense } from 'react'
import { Link } from 'wouter'
import { useHref, useParams } from '../address'
import { number } from '../format'
import type { Figure, Unit } from '../gen/api'
import { t, words } from '../language'
import { Icon } from '../parts/icons'
import { Empty, Loaded, Waiting } from '../parts/loaded'
import { Section } from '../parts/page'
import { StateMark } from '../parts/state'
import * as queries from '../queries'
import type { Compared } from '../units/compared'
import { All } from './home'
import { chosenFigure, keyFigures } from './key-figures'
import { Trend } from './trend'
import type { Tile } from './tree-map'

const TreeMap = lazy(() => import('./tree-map'))

const SILENT_SHOWN = 8
const LEGEND = ['met', 'partly', 'not_met', 'not_measured'] as const

/** The tree below by one figure, that figure over time, and who is silent. */
export function UnitMap({ code }: { code: string }) {
  return (
    <>
      <Map code={code} />
      <div className="halves">
        <Trend code={code} />
        <Silent code={code} />
      </div>
    </>
  )
}

function Map({ code }: { code: string }) {
  const [params, change] = useParams()
  const figures = useQuery(queries.figures(code))
  const compared = useQuery(queries.comparison(code))
  const choices = keyFigures(figures.data?.items ?? []).filter(figure => figure.control !== null)
  const figure = choices.find(one => one.id === params.get('figure')) ?? chosenFigure(choices, params)
  return (
    <Section title={t('map.title')} acts={(
      <Select aria-label={t('figure')} value={figure?.id ?? null} popupMatchSelectWidth={false} onChange={id => change({ figure: id ?? undefined }, { replace: true })}
        options={choices.map(one => ({ value: one.id, label: `${one.id} ${words(one.title)}` }))} />
    )}>
      <Loaded query={compared} rows={8}>
        {({ items }) => {
          const tiles = tilesOf(items, figure)
          if (tiles.length === 0) return <Empty>{t('units.no_children')}</Empty>
          return <Suspense fallback={<Waiting rows={8} />}><TreeMap tiles={tiles} label={figure ? words(figure.title) : t('map.title')} onOpen={unit => change({ unit })} /></Suspense>
        }}
      </Loaded>
      <p className="legend">{LEGEND.map(state => <StateMark key={state} state={state} />)}</p>
    </Section>
  )
}

/** A unit is as large as it has machines (one that has none can still be seen), and has the state of the figure's control. */
export const tilesOf = (units: Compared[], figure: Figure | undefined): Tile[] =>
  units.filter(item => !item.own).map(({ unit, endpoints, cells }) => {
    const cell = figure?.control ? cells[figure.control] : undefined
    return { code: unit.code, name: unit.name, size: Math.max(1, endpoints), state: cell?.state ?? 'not_measured', share: cell?.share ?? null }
  })

/** Units of which machines do not report, the largest part of its machines first. */
export const silentUnits = (units: Unit[]): Unit[] =>
  units.filter(unit => unit.silent > 0 && unit.own_endpoints > 0).sort((a, b) => b.silent / b.endpoints - a.silent / a.endpoints || b.silent - a.silent)

function Silent({ code }: { code: string }) {
  const query = useQuery(queries.units())
  const href = useHref()
  return (
    <Section title={t('map.silent')} acts={<All to="/units" />}>
      <Loaded query={query} rows={5}>
        {({ items }) => {
          const silent = silentUnits(inside(items, code))
          const none = inside(items, code).filter(unit => unit.endpoints === 0).length
          return (
            <>
              {silent.length === 0 ? <Empty sign="met">{t('map.none_silent')}</Empty> : (
                <ul className="due-list">
                  {silent.slice(0, SILENT_SHOWN).map(unit => (
                    <li key={unit.code} className="silent-unit">
                      <Link href={href('/endpoints', { unit: unit.code, state: 'silent' })}>{unit.name}</Link>
                      <span className="unit-silent"><Icon sign="silent" />{t('map.silent_of', { silent: number(unit.silent), all: number(unit.endpoints) })}</span>
                    </li>
                  ))}
                </ul>
              )}
              {none > 0 && <p className="soft small">{t('map.no_machines', { count: none })}</p>}
            </>
          )
        }}
      </Loaded>
    </Section>
  )
}

/** The unit and everything below it; the list stands in tree order. */
export function inside(units: Unit[], code: string): Unit[] {
  const kept = new Set([code])
  for (const unit of units) if (unit.parent && kept.has(unit.parent)) kept.add(unit.code)
  return units.filter(unit => kept.has(unit.code))
}
