import { useQuery } from '@tanstack/react-query'
import { Input, Select } from 'antd'
import { useEffect, useState } from 'react'
import type { RegisterField } from '../gen/api'
import { t } from '../language'
import * as queries from '../queries'
import { may, useMe } from '../session'
import { UnitField } from '../units/unit-field'
import { registerOf } from './definitions'

const TYPING_MS = 250
const SHOWN = 20

interface Option {
  value: string | number
  label: string
  more?: string
}

interface Props {
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
  const me = useMe()
  if (field.of === 'unit') return <UnitField {...(id && { id })} {...(value && { value: String(value) })} clearable={!field.required} onChange={code => onChange?.(code || null)} />
  if (field.of === 'user' && !may(me, 'user.manage')) return <Input {...(id && { id })} value={value ?? ''} maxLength={64} autoCapitalize="none" onChange={event => onChange?.(event.target.value || null)} />
  return <Search {...props} />
}

function Search({ field, id, value, label, onChange, unit }: Props) {
  const [text, setText] = useState('')
  const [open, setOpen] = useState(false)
  const asked = usePaused(text)
  const { options, isFetching } = useOptions(field.of!, asked, unit, open)
  const [picked, setPicked] = useState<Option | null>(value ? { value, label: label ?? String(value) } : null)
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
      optionRender={option => <>{option.data.label}{option.data.more && <span className="soft small"> · {option.data.more}</span>}</>}
      onChange={(next, option) => {
        setPicked(next === undefined || next === null ? null : (option as Option))
        onChange?.(next ?? null)
      }}
    />
  )
}

function usePaused(text: string): string {
  const [paused, pause] = useState(text)
  useEffect(() => {
    const timer = setTimeout(() => pause(text), TYPING_MS)
    return () => clearTimeout(timer)
  }, [text])
  return paused
}

/** What may be chosen, found by what was typed. Asked for only when the list is opened. */
function useOptions(of: string, text: string, unit: string, enabled: boolean): { options: Option[]; isFetching: boolean } {
  const search = { text: text || undefined, limit: SHOWN }
  const machines = useQuery({ ...queries.endpoints({ ...search, unit }), enabled: enabled && of === 'endpoint' })
  const users = useQuery({ ...queries.users(search), enabled: enabled && of === 'user' })
  const records = useQuery({ ...queries.records(of, { ...search, ...(registerOf(of)?.share_down ? {} : { unit }) }), enabled: enabled && !!registerOf(of) })
  if (of === 'endpoint') return { options: (machines.data?.items ?? []).map(one => ({ value: one.id, label: one.hostname, more: one.unit.name })), isFetching: machines.isFetching }
  if (of === 'user') return { options: (users.data?.items ?? []).map(one => ({ value: one.name, label: one.full_name || one.name, more: one.name })), isFetching: users.isFetching }
  return { options: (records.data?.items ?? []).map(one => ({ value: one.id, label: one.label, more: one.unit.name })), isFetching: records.isFetching }
}
