/** Units as areas: as large as they have machines, in the colour of their state. By Apache ECharts on a canvas; everybody else gets links in a table. */
import { TreemapChart } from 'echarts/charts'
import { TooltipComponent } from 'echarts/components'
import { use } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'
import { percent } from '../format'
import { t } from '../language'
import { CHART_FONT, useChart } from '../parts/chart'
import { StateSign, stateWord } from '../parts/state'
import { colours } from '../theme'

use([TreemapChart, TooltipComponent, CanvasRenderer])

export interface Tile {
  code: string
  name: string
  size: number
  state: string
  share: number | null
}

/** Light enough for dark words; the same hues as the states have elsewhere. */
const FILLS: Record<string, string> = { met: '#bfe0cb', partly: '#f3dca6', not_met: '#f2b9b2', not_measured: '#d6d5e6', not_applicable: '#e2e2de' }

const said = ({ state, share }: Tile): string => (share === null ? stateWord(state) : `${stateWord(state)}, ${percent(share)}`)

export default function TreeMap({ tiles, label, onOpen }: { tiles: Tile[]; label: string; onOpen: (code: string) => void }) {
  const place = useChart(() => option(tiles), [tiles], name => { const tile = tiles.find(one => one.name === name); if (tile) onOpen(tile.code) })
  return (
    <figure>
      <div ref={place} className="map-canvas" role="img" aria-label={label} />
      <details className="fold">
        <summary>{t('map.as_list')}</summary>
        <ul className="due-list">
          {[...tiles].sort((a, b) => (a.share ?? 101) - (b.share ?? 101)).map(tile => (
            <li key={tile.code} className="silent-unit">
              <button type="button" className="plain-button" onClick={() => onOpen(tile.code)}>{tile.name}</button>
              <span className="nowrap"><StateSign state={tile.state} /> {tile.share === null ? '–' : percent(tile.share)}</span>
            </li>
          ))}
        </ul>
      </details>
    </figure>
  )
}

const option = (tiles: Tile[]) => ({
  animation: false,
  textStyle: CHART_FONT,
  tooltip: { renderMode: 'richText', formatter: ({ dataIndex, name }: { dataIndex: number; name: string }) => { const tile = tiles.find(one => one.name === name) ?? tiles[dataIndex]; return tile ? `${tile.name}\n${said(tile)}` : '' } },
  series: [
    {
      type: 'treemap',
      roam: false,
      nodeClick: false,
      breadcrumb: { show: false },
      left: 0, right: 0, top: 0, bottom: 0,
      itemStyle: { borderColor: '#fff', borderWidth: 2, gapWidth: 2 },
      label: { ...CHART_FONT, fontSize: 14, lineHeight: 18, color: colours.ink, overflow: 'truncate', formatter: ({ name }: { name: string }) => { const tile = tiles.find(one => one.name === name); return tile ? `${name}\n${tile.share === null ? '–' : percent(tile.share)}` : name } },
      data: tiles.map(tile => ({ name: tile.name, value: tile.size, itemStyle: { color: FILLS[tile.state] ?? FILLS.not_measured } })),
    },
  ],
})
