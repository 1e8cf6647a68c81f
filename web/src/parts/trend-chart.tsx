/** A line over days, by Apache ECharts on a canvas (only the parts it needs). Screen readers get the numbers as a table. */
import { LineChart } from 'echarts/charts'
import { GridComponent, MarkLineComponent, TooltipComponent } from 'echarts/components'
import { use } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'
import { day } from '../format'
import { t } from '../language'
import { colours } from '../theme'
import { CHART_FONT as FONT, useChart } from './chart'

use([LineChart, GridComponent, TooltipComponent, MarkLineComponent, CanvasRenderer])

export interface Point {
  day: string
  value: number | null
}

interface Props {
  points: Point[]
  target: number | null
  write: (value: number) => string
  share: boolean
  label: string
}

export default function TrendChart(props: Props) {
  const place = useChart(() => option(props), [props])
  const last = props.points.filter(point => point.value !== null).slice(-8)
  return (
    <figure className="trend">
      <div ref={place} className="trend-canvas" role="img" aria-label={props.label} />
      <table className="for-readers">
        <caption>{props.label}</caption>
        <tbody>{last.map(point => <tr key={point.day}><th scope="row">{day(point.day)}</th><td>{props.write(point.value!)}</td></tr>)}</tbody>
      </table>
    </figure>
  )
}

function option({ points, target, write, share }: Props) {
  return {
    animation: false,
    textStyle: FONT,
    grid: { left: 8, right: 16, top: 16, bottom: 4, containLabel: true },
    tooltip: {
      trigger: 'axis',
      renderMode: 'richText', // drawn on the canvas: no markup, nothing for the security policy to refuse
      formatter: ([point]: { name: string; value: number | null }[]) =>
        point ? `${day(point.name)}: ${typeof point.value === 'number' ? write(point.value) : t('state.not_measured')}` : '',
    },
    xAxis: {
      type: 'category',
      boundaryGap: false,
      data: points.map(point => point.day),
      axisLabel: { ...FONT, formatter: (text: string) => day(text).slice(0, 5), hideOverlap: true },
      axisLine: { lineStyle: { color: colours.line } },
      axisTick: { show: false },
    },
    yAxis: {
      type: 'value',
      min: share ? 0 : undefined,
      max: share ? 100 : undefined,
      minInterval: share ? undefined : 1,
      interval: share ? 25 : undefined,
      splitNumber: 4,
      axisLabel: { ...FONT, formatter: (value: number) => write(value) },
      splitLine: { lineStyle: { color: '#eceae4' } },
    },
    series: [
      {
        type: 'line',
        data: points.map(point => point.value),
        step: 'end', // a posture holds until the day it changes
        symbol: points.length > 60 ? 'none' : 'circle',
        symbolSize: 4,
        lineStyle: { width: 2, color: colours.accent },
        itemStyle: { color: colours.accent },
        areaStyle: { color: colours.accent, opacity: 0.08 },
        markLine: target === null ? undefined : {
          silent: true,
          symbol: 'none',
          data: [{ yAxis: target }],
          lineStyle: { color: colours.met, type: 'dashed' },
          label: { ...FONT, color: colours.met, position: 'insideEndBottom', formatter: t('figure.target') },
        },
      },
    ],
  }
}
