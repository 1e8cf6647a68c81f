/** Two bars a week by Apache ECharts on a canvas; screen readers get the numbers as a table. */
import { BarChart } from 'echarts/charts'
import { GridComponent, LegendComponent, TooltipComponent } from 'echarts/components'
import { use } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'
import type { DetectionWeek } from '../gen/api'
import { day } from '../format'
import { t } from '../language'
import { CHART_FONT, useChart } from '../parts/chart'
import { colours } from '../theme'

use([BarChart, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer])

const SERIES = [
  { key: 'found', colour: '#c43a31' },
  { key: 'handled', colour: '#2f8f5b' },
  { key: 'again', colour: '#8d8bb8' },
] as const

export default function WeeksChart({ weeks }: { weeks: DetectionWeek[] }) {
  const place = useChart(() => option(weeks), [weeks])
  return (
    <figure className="trend">
      <div ref={place} className="weeks-canvas" role="img" aria-label={t('weeks.title')} />
      <table className="for-readers">
        <caption>{t('weeks.title')}</caption>
        <thead><tr><th scope="col">{t('weeks.week', { day: '' })}</th>{SERIES.map(({ key }) => <th key={key} scope="col">{t(`weeks.${key}`)}</th>)}</tr></thead>
        <tbody>{weeks.map(week => <tr key={week.week}><th scope="row">{day(week.week)}</th>{SERIES.map(({ key }) => <td key={key}>{week[key]}</td>)}</tr>)}</tbody>
      </table>
    </figure>
  )
}

const option = (weeks: DetectionWeek[]) => ({
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
    data: weeks.map(({ week }) => week),
    axisLabel: { ...CHART_FONT, formatter: (text: string) => day(text).slice(0, 5), hideOverlap: true },
    axisLine: { lineStyle: { color: colours.line } },
    axisTick: { show: false },
  },
  yAxis: { type: 'value', minInterval: 1, splitNumber: 3, axisLabel: CHART_FONT, splitLine: { lineStyle: { color: '#eceae4' } } },
  series: SERIES.map(({ key, colour }) => ({ type: 'bar', name: t(`weeks.${key}`), data: weeks.map(week => week[key]), itemStyle: { color: colour }, barMaxWidth: 18, barGap: '10%' })),
})
