import { useQuery } from '@tanstack/react-query'
import { Input } from 'antd'
import { useEffect, useId, useRef } from 'react'
import { t } from '../language'
import * as queries from '../queries'
import type { Entry } from './definitions'

interface Signer { name: string; as: string }

/** Who signs for a unit: whoever its documents name, its head by the assignment, then its other leaders. Each once. */
export function signersOf(offices: Entry[], assignments: Entry[], leaders: Entry[]): Signer[] {
  const all = [
    ...offices.map(({ fields }) => ({ name: String(fields.signer ?? ''), as: String(fields.title ?? '') })),
    ...assignments.map(({ labels }) => ({ name: String(labels.head ?? '').split(' · ')[0]!, as: t('signer.head') })),
    ...leaders.map(({ fields }) => ({ name: String(fields.full_name ?? ''), as: String(fields.title ?? '') })),
  ].filter(one => one.name)
  return all.filter((one, place) => all.findIndex(other => other.name === one.name) === place)
}

interface Props {
  id?: string
  unit: string
  max: number
  begins?: boolean | undefined // an empty field begins with the first of them: where the name is being asked for, never where a record is only corrected
  value: string | null
  onChange?: (value: unknown) => void
}

/** A name of its own is written all the same: a deputy who signs "KT.", whoever signs by order. */
export function SignerField({ id, unit, max, begins, value, onChange }: Props) {
  const list = useId()
  const own = { unit, own: true, limit: 20 }
  const offices = useQuery(queries.records('report_office', own))
  const assignments = useQuery(queries.records('assignment', { ...own, filter: JSON.stringify({ state: ['active'] }) }))
  const leaders = useQuery(queries.records('staff', { ...own, filter: JSON.stringify({ state: ['active'], position: ['leader'] }), sort: 'full_name' }))
  const signers = signersOf(offices.data?.items ?? [], assignments.data?.items ?? [], leaders.data?.items ?? [])
  const first = [offices, assignments, leaders].every(({ isPending }) => !isPending) ? signers[0]?.name : undefined
  const begun = useRef(!begins || !!value)
  useEffect(() => {
    if (begun.current || !first) return
    begun.current = true
    onChange?.(first)
  }, [first, onChange])
  const write = (text: string) => {
    begun.current = true
    onChange?.(text || null)
  }
  return (
    <>
      <Input {...(id && { id })} list={list} maxLength={max} autoComplete="off" placeholder={t('signer.write')} value={value ?? ''} onChange={event => write(event.target.value)} />
      <datalist id={list}>{signers.map(one => <option key={one.name} value={one.name}>{one.as}</option>)}</datalist>
    </>
  )
}
