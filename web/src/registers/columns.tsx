/** Which columns a list shows: those of the register's file until the reader chooses others, kept on this computer. */
import { Checkbox, Modal } from 'antd'
import { useState, type ReactNode } from 'react'
import { Link } from 'wouter'
import { useHref } from '../address'
import type { RegisterDefinition } from '../gen/api'
import { t, word, words } from '../language'
import type { Column } from '../parts/table'
import { time } from '../format'
import { addressOf, fieldOf, OWN_COLUMNS, type Entry } from './definitions'
import { FieldValue, RecordState } from './value'

const stored = (register: string): string => `khien.columns.${register}`

export function useColumns(register: RegisterDefinition): [string[], (names: string[] | null) => void] {
  const [changes, changed] = useState(0)
  void changes
  const change = (names: string[] | null) => {
    if (names) localStorage.setItem(stored(register.name), names.join(','))
    else localStorage.removeItem(stored(register.name))
    changed(n => n + 1)
  }
  return [columnsOf(register, localStorage.getItem(stored(register.name))), change]
}

/** Names that the register no longer has are left out. */
export function columnsOf(register: RegisterDefinition, kept: string | null): string[] {
  const names = (kept?.split(',') ?? []).filter(name => allColumns(register).includes(name))
  if (names.length) return names
  const own = register.states.length > 1 && !register.columns.includes('state') ? ['state'] : []
  return [...register.columns, ...own]
}

const allColumns = (register: RegisterDefinition): string[] => [...register.fields.map(field => field.name), ...OWN_COLUMNS]

export const columnTitle = (register: RegisterDefinition, name: string): string => {
  const field = fieldOf(register, name)
  return field ? words(field.label) : word('record_column', name)
}

export function tableColumns(register: RegisterDefinition, names: string[], units: boolean): Column<Entry>[] {
  const all = units && !names.includes('unit') ? [...names, 'unit'] : names
  const leading = leadingColumn(register, all)
  return all.map(name => {
    const cell = cellOf(register, name)
    return { id: name, title: columnTitle(register, name), sort: name, cell: name === leading ? (entry: Entry) => <ToRecord register={register} entry={entry}>{cell(entry)}</ToRecord> : cell, ...alignOf(register, name) }
  })
}

/** The column that leads to the record: the first that is no link of its own. */
export const leadingColumn = (register: RegisterDefinition, names: string[]): string | undefined =>
  names.find(name => {
    const field = fieldOf(register, name)
    return field?.type !== 'ref' && field?.form !== 'phone'
  })

function ToRecord({ register, entry, children }: { register: RegisterDefinition; entry: Entry; children: ReactNode }) {
  const href = useHref()
  return <Link href={href(addressOf(register.name, entry.id))}>{children}</Link>
}

const alignOf = (register: RegisterDefinition, name: string): { align?: 'end' } => (fieldOf(register, name)?.type === 'int' ? { align: 'end' } : {})

function cellOf(register: RegisterDefinition, name: string): Column<Entry>['cell'] {
  const field = fieldOf(register, name)
  if (field) return entry => field.type === 'long' ? <span className="clip-lines"><FieldValue field={field} entry={entry} /></span> : <FieldValue field={field} entry={entry} />
  switch (name) {
    case 'state': return entry => <RecordState register={register} state={entry.state} />
    case 'unit': return entry => <span className="clip" title={entry.unit.name}>{entry.unit.name}</span>
    default: return entry => <span className="nowrap">{time(entry[name as 'state_s' | 'created_s' | 'changed_s'])}</span>
  }
}

export function ColumnDialog({ register, names, onChange, onClose }: { register: RegisterDefinition; names: string[]; onChange: (names: string[] | null) => void; onClose: () => void }) {
  const [chosen, choose] = useState(names)
  const toggle = (name: string) => choose(chosen.includes(name) ? chosen.filter(other => other !== name) : [...chosen, name])
  return (
    <Modal open title={t('columns.choose')} okText={t('columns.show')} cancelText={t('columns.reset')} okButtonProps={{ disabled: chosen.length === 0 }}
      onOk={() => { onChange(chosen); onClose() }} onCancel={onClose} cancelButtonProps={{ onClick: () => { onChange(null); onClose() } }}>
      <ul className="column-choice">
        {allColumns(register).map(name => (
          <li key={name}><Checkbox checked={chosen.includes(name)} onChange={() => toggle(name)}>{columnTitle(register, name)}</Checkbox></li>
        ))}
      </ul>
    </Modal>
  )
}
