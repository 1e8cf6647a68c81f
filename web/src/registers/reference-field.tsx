import { useQuery } from '@tanstack/react-query'
import { Select } from 'antd'
import { useEffect, useState } from 'react'
import type { RegisterField } from '../gen/api'
import { t } from '../language'
import * as queries from '../queries'
import { registerOf } from './definitions'
import { UnitField } from '../units/unit-field'

const TYPING_MS = 250

interface Option {
  value: string | number
  label: string
}

interface Props {
  register: string
  field: RegisterField
  id?: string
  value?: string | number | null
  label?: string | undefined // what the value is called
  onChange?: (value: string | number | null) => void
  unit: string // whose things are looked for: what a record of this unit can name
}

/** Chooses what a field refers to: a record, a machine, a unit or a user, searched on the server. */
export function ReferenceField(props: Props) {
  const { field, id, value, onChange } = props
  if (field.of === 'unit') return <UnitField {...(id && { id })} {...(value && { value: String(value) })} clearable={!field.required} onChange={code => onChange?.(code || null)} />
  return <Search {...props} />
}

function Search({ register, field, id, value, label, onChange, unit }: Props) {
  const [text, setText] = useState('')
  const [open, setOpen] = useState(false)
  const asked = usePaused(text)
  const { data, isFetching } = useQuery({ ...queries.recordChoices(register, { field: field.name, unit: unit || undefined, text: asked || undefined }), enabled: open })
  const options = (data?.items ?? []) as Option[]
  const [given] = useState(value)
  const name = useName(field.of!, label === undefined ? given : null)
  const [chosen, setPicked] = useState<Option | null>(null)
  const picked = chosen ?? (given ? { value: given, label: label ?? name } : null)
  const known = picked && picked.value === value && !options.some(option => option.value === value) ? [picked, ...options] : options
  return (
    <Select
      {...(id && { id })}
      value={value ?? null}
      showSearch={{ filterOption: false, searchValue: text, onSearch: setText }}
      allowClear={!field.required}
      placeholder={t('reference.search')}
      loading={isFetching}
      notFoundContent={isFetching ? t('loading') : t('reference.none')}
      onOpenChange={setOpen}
      options={known}
      onChange={(next, option) => {
        setPicked(next === undefined || next === null ? null : (option as Option))
        onChange?.(next ?? null)
      }}
    />
  )
}

/** What is called so in a link that fills in a form: the address has only its id. */
function useName(of: string, id: string | number | null | undefined): string {
  const asked = id ?? ''
  const record = useQuery({ ...queries.record(of, String(asked)), enabled: !!id && !!registerOf(of) })
  const machine = useQuery({ ...queries.endpoint(String(asked)), enabled: !!id && of === 'endpoint' })
  return record.data?.record.label ?? machine.data?.endpoint.hostname ?? String(asked)
}

function usePaused(text: string): string {
  const [paused, pause] = useState(text)
  useEffect(() => {
    const timer = setTimeout(() => pause(text), TYPING_MS)
    return () => clearTimeout(timer)
  }, [text])
  return paused
}
