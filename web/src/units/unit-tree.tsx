import { Tree } from 'antd'
import { useMemo, useState, type ReactNode } from 'react'
import type { Unit } from '../gen/api'
import { t } from '../language'
import { Empty } from '../parts/loaded'
import { SearchBox } from '../parts/search-box'
import { branches, matching, pathTo } from './tree'

/** The tree with a search that knows no marks; arrow keys move, Enter chooses. Only the rows in view are drawn. */
export function UnitTree({ units, chosen, onChoose, height, row }: {
  units: Unit[]
  chosen: string
  onChoose: (code: string) => void
  height: number
  row: (unit: Unit) => ReactNode
}) {
  const [question, ask] = useState('')
  const [open, setOpen] = useState(() => [...units.filter(unit => unit.depth === 0).map(unit => unit.code), ...pathTo(units, chosen).slice(0, -1)])
  const { shown, hits } = useMemo(() => matching(units, question), [units, question])
  const tree = useMemo(() => branches(shown), [shown])
  return (
    <div className="unit-tree">
      <SearchBox value={question} onSearch={ask} label={t('units.search')} />
      {question && <p className="for-readers" role="status">{t('units.found', { count: hits.size })}</p>}
      {tree.length === 0 ? <Empty>{t('units.none')}</Empty> : (
        <Tree
          aria-label={t('nav.units')}
          blockNode
          showLine={{ showLeafIcon: false }}
          height={height}
          treeData={tree}
          selectedKeys={[chosen]}
          expandedKeys={question ? shown.map(unit => unit.code) : open}
          onExpand={keys => setOpen(keys as string[])}
          onSelect={(_, { node }) => onChoose(node.unit.code)}
          titleRender={({ unit }) => <span className={`unit-row${unit.to_s ? ' unit-ended' : ''}${question && hits.has(unit.code) ? ' unit-hit' : ''}`}>{row(unit)}</span>}
        />
      )}
    </div>
  )
}
