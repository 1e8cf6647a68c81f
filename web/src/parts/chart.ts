/** A chart of Apache ECharts in its place: made once, as wide as the place is, drawn anew when what it shows or the language changes. */
import { init, type EChartsType } from 'echarts/core'
import { useEffect, useRef, type DependencyList } from 'react'
import { useLanguage } from '../language'
import { colours } from '../theme'

export const CHART_FONT = { fontFamily: '"Source Sans 3 Variable", "Segoe UI", sans-serif', fontSize: 13, color: colours.inkSoft }

/** `onClick`: is given the name of what was clicked on. */
export function useChart(option: () => Parameters<EChartsType['setOption']>[0], shown: DependencyList, onClick?: (name: string) => void) {
  const place = useRef<HTMLDivElement>(null)
  const chart = useRef<EChartsType>(null)
  const click = useRef(onClick)
  click.current = onClick
  const language = useLanguage()
  useEffect(() => {
    const drawn = (chart.current = init(place.current!))
    const watch = new ResizeObserver(() => drawn.resize())
    watch.observe(place.current!)
    drawn.on('click', ({ name }) => click.current?.(name))
    return () => {
      watch.disconnect()
      drawn.dispose()
    }
  }, [])
  useEffect(() => chart.current?.setOption(option(), true), [...shown, language])
  return place
}
