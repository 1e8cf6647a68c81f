/** Bars for each week by Apache ECharts on a canvas, beside each other or, with `stacked`, one above the other; screen readers get the numbers as a table. */
import { BarChart } from 'echarts/charts'
import { GridComponent, LegendComponent, TooltipComponent } from 'echarts/components'
import { use } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'
import { day } from '../format'
import { t } from '../language'
import { colours } from '../theme'
import { CHART_FONT, useChart } from './chart'

use([BarChart, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer])

export interface WeekSeries {
  name: string
  colour: string
  values: number[] // one for each week
}

interface Bars {
  title: string
  weeks: string[] // their Mondays
  series: WeekSeries[]
  stacked?: boolean
}

export default function WeekBars({ title, weeks, series, stacked }: Bars) {
  const place = useChart(() => option(weeks, series, stacked), [weeks, series])
  return (
    <figure className="trend">
      <div ref={place} className="weeks-canvas" role="img" aria-label={title} />
      <table className="for-readers">
        <caption>{title}</caption>
        <thead><tr><th scope="col">{t('weeks.week', { day: '' })}</th>{series.map(({ name }) => <th key={name} scope="col">{name}</th>)}</tr></thead>
        <tbody>{weeks.map((week, place) => <tr key={week}><th scope="row">{day(week)}</th>{series.map(({ name, values }) => <td key={name}>{values[place]}</td>)}</tr>)}</tbody>
      </table>
    </figure>
  )
}

const option = (weeks: string[], series: WeekSeries[], stacked?: boolean) => ({
  animation: false,
  textStyle: CHART_FONT,
  grid: { left: 8, right: 16, top: 34, bottom: 4, containLabel: true },
  legend: { top: 0, left: 0, itemWidth: 14, itemHeight: 10, textStyle: CHART_FONT },
  tooltip: {
    trigger: 'axis',
    renderMode: 'richText',
    formatter: (points: { name: string; seriesName: string; value: number }[]) =>
      points[0] ? [t('weeks.week', { day: day(points[0].name) }), ...points.map(point => `${point.seriesName}: ${point.value}`)].join('\n') : '',
  },
  xAxis: {
    type: 'category',
    data: weeks,
    axisLabel: { ...CHART_FONT, formatter: (text: string) => day(text).slice(0, 5), hideOverlap: true },
    axisLine: { lineStyle: { color: colours.line } },
    axisTick: { show: false },
  },
  yAxis: { type: 'value', minInterval: 1, splitNumber: 3, axisLabel: CHART_FONT, splitLine: { lineStyle: { color: '#eceae4' } } },
  series: series.map(({ name, colour, values }) => ({ type: 'bar', name, data: values, itemStyle: { color: colour }, barMaxWidth: stacked ? 32 : 18, barGap: '10%', ...(stacked && { stack: 'all' }) })),
})
