import { Alert, Button } from 'antd'
import { useState } from 'react'
import type { RecordResult, RegisterDefinition, RegisterMove } from '../gen/api'
import { t, words } from '../language'
import { notify } from '../parts/notices'
import type { Entry } from './definitions'
import { BulkDialog } from './move-dialog'

interface BarProps {
  register: RegisterDefinition
  moves: RegisterMove[] // that the user's role may make
  picked: Map<number, Entry>
  onClear: () => void
  onDone: (results: RecordResult[]) => void
}

/** What may be done with all records that were picked: the moves that each of their states allows. */
export function BulkBar({ register, moves, picked, onClear, onDone }: BarProps) {
  const [move, choose] = useState<RegisterMove | null>(null)
  if (picked.size === 0) return null
  const entries = [...picked.values()]
  const possible = moves.filter(one => entries.every(entry => one.from.includes(entry.state)))
  const done = (results: RecordResult[]) => {
    if (results.some(result => result.error)) return onDone(results)
    notify(t('bulk.done', { count: results.length }))
    onClear()
  }
  return (
    <div className="bulk" role="region" aria-label={t('bulk')}>
      <b>{t('bulk.picked', { count: picked.size })}</b>
      {possible.map(one => <Button key={one.name} size="small" onClick={() => choose(one)}>{words(one.label)}</Button>)}
      {possible.length === 0 && <span className="soft">{t('bulk.no_move')}</span>}
      <Button size="small" type="text" onClick={onClear}>{t('bulk.clear')}</Button>
      {move && <BulkDialog register={register} move={move} entries={entries} onClose={() => choose(null)} onDone={done} />}
    </div>
  )
}

/** Which records were not moved, and why. */
export function BulkResults({ results, labels, onClose }: { results: RecordResult[]; labels: Map<number, Entry>; onClose: () => void }) {
  const failed = results.filter(result => result.error)
  return (
    <Alert type="warning" showIcon role="alert" className="dialog-note" closable={{ onClose, 'aria-label': t('close') }} title={t('bulk.some', { done: results.length - failed.length, failed: failed.length })}
      description={<ul className="conflicts">{failed.map(({ id, text, detail }) => <li key={id}><b>{labels.get(id)?.label ?? id}</b>: {[text, detail].filter(Boolean).join(': ')}</li>)}</ul>} />
  )
}
