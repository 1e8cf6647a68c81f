import { useQuery } from '@tanstack/react-query'
import { Select } from 'antd'
import { found } from '../fold'
import { t, words } from '../language'
import * as queries from '../queries'

/** Chooses one of the directives that Khiên knows. What is kept is its id; one that no pack has any more stays what it is. */
export function DirectiveField({ id, unit, label, value, onChange }: { id?: string; unit: string; label?: string | undefined; value: string | null; onChange?: (value: unknown) => void }) {
  const { data, isFetching } = useQuery(queries.directives(unit))
  const offered = (data?.items ?? []).map(one => ({ value: one.id, label: one.number ? `${one.number} · ${one.issuer}` : words(one.title) }))
  const kept = value && !offered.some(one => one.value === value) ? [{ value, label: label ?? value }] : []
  return (
    <Select {...(id && { id })} value={value ?? null} allowClear placeholder={t('choose')} loading={isFetching} options={[...kept, ...offered]}
      showSearch={{ filterOption: (typed, option) => found(String(option?.label ?? ''), typed) }} onChange={next => onChange?.(next ?? null)} />
  )
}
