/** Values of records in words: codes by their label, days and times as people here write them, references as links. */
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { useHref } from '../address'
import { EndpointLink } from '../figures/endpoint-link'
import { day, number, period, time } from '../format'
import type { RegisterDefinition, RegisterField } from '../gen/api'
import { t, words } from '../language'
import { Icon, type Sign } from '../parts/icons'
import { addressOf, stateOf, type Entry } from './definitions'

const TONES: Record<string, Sign> = { good: 'met', wait: 'clock', bad: 'not_met', quiet: 'not_applicable' }

export function RecordState({ register, state }: { register: RegisterDefinition; state: string }) {
  const { label, tone } = stateOf(register, state)
  return (
    <span className={`mark tone-${tone}`}>
      <Icon sign={TONES[tone] ?? 'not_applicable'} />
      <span>{words(label)}</span>
    </span>
  )
}

/** A value without links: for sentences. `label`: what a reference, or the id of a pack, is called. */
export function valueText(field: RegisterField, value: unknown, label?: string): string {
  if (value === null || value === undefined || value === '') return '–'
  switch (field.type) {
    case 'code': {
      const known = field.values.find(one => one.code === value)
      return known ? words(known.label) : String(value)
    }
    case 'date': return day(String(value))
    case 'time': return time(Number(value))
    case 'bool': return t(value ? 'yes' : 'no')
    case 'int': return number(Number(value))
    case 'ref': return label ?? String(value)
    default: return field.shown === 'period' || field.shown === 'month' ? period(String(value)) : label ?? String(value)
  }
}

export function FieldValue({ field, entry }: { field: RegisterField; entry: Entry }): ReactNode {
  const value = entry.fields[field.name]
  const text = valueText(field, value, entry.labels[field.name])
  if (value === null || value === undefined) return <span className="soft">{text}</span>
  if (field.type === 'ref') return <Reference of={field.of!} id={value as string | number} label={text} />
  if (field.type === 'long') return <span className="lines">{text}</span>
  if (field.form === 'phone') return <a href={`tel:${text.replace(/[^+\d]/g, '')}`}>{text}</a>
  if (field.form === 'sha256') return <span className="hash">{text}</span>
  return <span className={field.type === 'date' || field.type === 'time' || field.type === 'int' || field.shown === 'month' || field.shown === 'period' ? 'nowrap' : 'value'}>{text}</span>
}

function Reference({ of, id, label }: { of: string; id: string | number; label: string }) {
  const href = useHref()
  if (of === 'endpoint') return <EndpointLink id={String(id)} name={label} />
  if (of === 'unit' || of === 'user') return <span>{label}</span>
  return <Link href={href(addressOf(of, id))}>{label}</Link>
}
