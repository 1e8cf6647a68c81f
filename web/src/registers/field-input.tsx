import { Input, InputNumber, Select } from 'antd'
import type { RegisterField } from '../gen/api'
import { found } from '../fold'
import { period, today } from '../format'
import { t, words } from '../language'
import { DayField, MomentField } from '../parts/moment-field'
import { YesNo } from '../parts/yes-no'
import { periodsOf } from '../reports/periods'
import { DirectiveField } from './directive-field'
import { ReferenceField } from './reference-field'
import { SignerField } from './signer-field'

export interface FieldInputProps {
  register: string
  field: RegisterField
  unit: string // of the record
  label?: string | undefined // what a reference is called that is there already
  begins?: boolean // the form asks for it now: what is most likely may stand there already
  id?: string
  value?: unknown
  onChange?: (value: unknown) => void
}

const KEYBOARDS: Record<string, 'email' | 'tel' | 'url'> = { email: 'email', phone: 'tel', url: 'url', domain: 'url' }

/** The input of one field by its type; works inside an Ant Design form item. Empty is null. */
export function FieldInput({ register, field, unit, label, begins, id, value, onChange }: FieldInputProps) {
  const own = { ...(id && { id }), ...(onChange && { onChange }) }
  const text = { ...(id && { id }), value: (value as string | null) ?? '', onChange: (event: { target: { value: string } }) => onChange?.(event.target.value || null) }
  switch (field.type) {
    case 'long': return <Input.TextArea {...text} rows={3} maxLength={field.max} />
    case 'int': return <InputNumber {...own} className="number-field" value={value as number | null} min={field.min} max={field.max} precision={0} />
    case 'bool': return <YesNo {...own} value={value as boolean | null} required={field.required} />
    case 'date': return <DayField {...own} when={field.when} value={value as string | null} />
    case 'time': return <MomentField {...own} when={field.when} value={value as number | null} />
    case 'code': return <CodeField {...own} field={field} value={value as string | null} />
    case 'ref': return <ReferenceField {...own} register={register} field={field} unit={unit} label={label} value={value as string | number | null} />
    default:
      if (periodsOf(field, today())) return <PeriodField {...own} field={field} value={value as string | null} />
      if (field.shown === 'directive') return <DirectiveField {...own} unit={unit} label={label} value={value as string | null} />
      if (field.offer === 'signers') return <SignerField {...own} unit={unit} max={field.max} begins={begins} value={value as string | null} />
      return <Input {...text} maxLength={field.max} inputMode={KEYBOARDS[field.form ?? ''] ?? 'text'} />
  }
}

/** The period it holds already may be older than those offered. */
function PeriodField({ field, id, value, onChange }: { field: RegisterField; id?: string; value: string | null; onChange?: (value: unknown) => void }) {
  const offered = periodsOf(field, today())!
  const kept = value && !offered.some(one => one.value === value) ? [{ value, label: period(value) }] : []
  return (
    <Select {...(id && { id })} value={value ?? null} allowClear={!field.required} placeholder={t('choose')} options={[...kept, ...offered]}
      showSearch={{ filterOption: (typed, option) => found(String(option?.label ?? ''), typed) }} onChange={next => onChange?.(next ?? null)} />
  )
}

const MANY = 8

function CodeField({ field, id, value, onChange }: { field: RegisterField; id?: string; value: string | null; onChange?: (value: unknown) => void }) {
  return (
    <Select
      {...(id && { id })}
      value={value ?? null}
      allowClear={!field.required}
      placeholder={t('choose')}
      showSearch={field.values.length > MANY && { filterOption: (typed, option) => found(String(option?.label ?? ''), typed) }}
      onChange={next => onChange?.(next ?? null)}
      options={field.values.map(one => ({ value: one.code, label: words(one.label) }))}
    />
  )
}
