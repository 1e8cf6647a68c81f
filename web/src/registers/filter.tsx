/** A filter per field, kept in the address as the server reads it (`filter` of record_list), and told in words. */
import { Button, Drawer, Form, Input, InputNumber, Select } from 'antd'
import { useState } from 'react'
import { day, number, time, today } from '../format'
import type { RegisterDefinition, RegisterField } from '../gen/api'
import { t, words } from '../language'
import { Icon } from '../parts/icons'
import { DayField, MomentField } from '../parts/moment-field'
import { periodsOf } from '../reports/periods'
import { fieldOf } from './definitions'
import { ReferenceField } from './reference-field'
import { valueText } from './value'

interface Range { from?: string | number | null; to?: string | number | null }
type Condition = string | number | boolean | null | (string | number)[] | Range | { contains: string }
export type Filter = { [field: string]: Condition }

/** What stands in the address; something that is no filter is none. */
export function readFilter(text: string | null): Filter {
  try {
    const value: unknown = JSON.parse(text ?? '{}')
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Filter) : {}
  } catch {
    return {}
  }
}

export const writeFilter = (filter: Filter): string | undefined => (Object.keys(filter).length ? JSON.stringify(filter) : undefined)

const isRange = (condition: Condition): condition is Range => typeof condition === 'object' && condition !== null && !Array.isArray(condition) && !('contains' in condition)

export function conditionText(field: RegisterField, condition: Condition): string {
  if (condition === null) return t('filter.none')
  if (Array.isArray(condition)) return condition.map(value => valueText(field, value)).join(', ')
  if (typeof condition !== 'object') return valueText(field, condition)
  if (!isRange(condition)) return t('filter.contains', { text: (condition as { contains: string }).contains })
  const write = (value: string | number) => (field.type === 'date' ? day(String(value)) : field.type === 'time' ? time(Number(value)) : number(Number(value)))
  return [condition.from != null && t('filter.from', { value: write(condition.from) }), condition.to != null && t('filter.to', { value: write(condition.to) })].filter(Boolean).join(' ')
}

/** The conditions in force, each to be taken away. */
export function FilterChips({ register, filter, onChange }: { register: RegisterDefinition; filter: Filter; onChange: (filter: Filter) => void }) {
  const fields = Object.keys(filter).map(name => fieldOf(register, name)).filter(field => field !== undefined)
  if (fields.length === 0) return null
  return (
    <p className="chips">
      {fields.map(field => (
        <span key={field.name} className="filter">
          <span>{words(field.label)}: {conditionText(field, filter[field.name]!)}</span>
          <button type="button" aria-label={t('filter.remove', { name: words(field.label) })} onClick={() => onChange(without(filter, field.name))}><Icon sign="close" /></button>
        </span>
      ))}
    </p>
  )
}

const without = (filter: Filter, name: string): Filter => Object.fromEntries(Object.entries(filter).filter(([key]) => key !== name))

export function FilterDrawer({ register, filter, unit, onChange, onClose }: { register: RegisterDefinition; filter: Filter; unit: string; onChange: (filter: Filter) => void; onClose: () => void }) {
  const [draft, setDraft] = useState(filter)
  const set = (name: string, condition: Condition | undefined) => setDraft(condition === undefined ? without(draft, name) : { ...draft, [name]: condition })
  return (
    <Drawer open onClose={onClose} size={440} title={t('filter.title')} closable={{ 'aria-label': t('close') }}
      footer={<div className="form-acts"><Button type="primary" onClick={() => onChange(draft)}>{t('filter.apply')}</Button><Button onClick={() => onChange({})}>{t('filter.clear')}</Button></div>}>
      <Form layout="vertical" onFinish={() => onChange(draft)}>
        {register.fields.map(field => (
          <Form.Item key={field.name} label={words(field.label)} htmlFor={`filter-${field.name}`}>
            <ConditionInput register={register.name} field={field} unit={unit} condition={draft[field.name]} onChange={condition => set(field.name, condition)} />
          </Form.Item>
        ))}
        <button type="submit" className="for-readers">{t('filter.apply')}</button>
      </Form>
    </Drawer>
  )
}

interface InputProps {
  register: string
  field: RegisterField
  unit: string
  condition: Condition | undefined
  onChange: (condition: Condition | undefined) => void
}

function ConditionInput({ register, field, unit, condition, onChange }: InputProps) {
  const id = `filter-${field.name}`
  switch (field.type) {
    case 'code': return (
      <Select id={id} mode="multiple" allowClear value={Array.isArray(condition) ? condition : []} placeholder={t('filter.any')} onChange={next => onChange(next.length ? next : undefined)}
        options={field.values.map(one => ({ value: one.code, label: words(one.label) }))} optionFilterProp="label" />
    )
    case 'bool': return (
      <Select id={id} allowClear value={condition === undefined ? null : String(condition)} placeholder={t('filter.any')}
        onChange={next => onChange(next === undefined || next === null ? undefined : next === 'null' ? null : next === 'true')}
        options={[{ value: 'true', label: t('yes') }, { value: 'false', label: t('no') }, { value: 'null', label: t('not_said') }]} />
    )
    case 'ref': return <ReferenceField register={register} id={id} field={{ ...field, required: false }} unit={unit} value={(condition as string | number | undefined) ?? null} onChange={next => onChange(next ?? undefined)} />
    case 'int': case 'date': case 'time': return <RangeInput field={field} id={id} range={condition && isRange(condition) ? condition : {}} onChange={onChange} />
    default: {
      const periods = periodsOf(field, today())
      if (periods) return <Select id={id} allowClear value={typeof condition === 'string' ? condition : null} placeholder={t('filter.any')} onChange={next => onChange(next || undefined)} options={periods} />
      const text = condition && typeof condition === 'object' && 'contains' in condition ? condition.contains : ''
      return <Input id={id} allowClear value={text} placeholder={t('filter.contains_any')} onChange={event => onChange(event.target.value ? { contains: event.target.value } : undefined)} />
    }
  }
}

function RangeInput({ field, id, range, onChange }: { field: RegisterField; id: string; range: Range; onChange: (condition: Condition | undefined) => void }) {
  const set = (part: Range) => {
    const { from, to } = { ...range, ...part }
    onChange(from == null && to == null ? undefined : { ...(from != null && { from }), ...(to != null && { to }) })
  }
  const one = (end: 'from' | 'to') => {
    const shared = { label: `${words(field.label)}: ${t(`filter.${end}.label`)}`, ...(end === 'from' && { id }) }
    if (field.type === 'date') return <DayField {...shared} value={(range[end] as string) ?? null} onChange={value => set({ [end]: value })} />
    if (field.type === 'time') return <MomentField {...shared} value={(range[end] as number) ?? null} onChange={value => set({ [end]: value })} />
    return <InputNumber {...(shared.id && { id: shared.id })} aria-label={shared.label} value={(range[end] as number) ?? null} onChange={value => set({ [end]: value })} />
  }
  return (
    <div className={`range range-${field.type}`}>
      <span className="soft small">{t('filter.from.label')}</span>{one('from')}
      <span className="soft small">{t('filter.to.label')}</span>{one('to')}
    </div>
  )
}
