/** Adding a record and changing one. A record that somebody else changed meanwhile is never overwritten unseen. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Button, Form } from 'antd'
import { useRef, useState } from 'react'
import { Link, useLocation } from 'wouter'
import { useHref, useParams, useUnitCode } from '../address'
import { record_change, record_create, type RecordDetail, type RegisterDefinition } from '../gen/api'
import { t, words } from '../language'
import { Empty, Loaded } from '../parts/loaded'
import { notify } from '../parts/notices'
import { NotHere } from '../parts/not-here'
import { Page } from '../parts/page'
import * as queries from '../queries'
import type { Fault } from '../send'
import { useMe } from '../session'
import { UnitField } from '../units/unit-field'
import { addressOf, fieldOf, mayWrite, oneOf, ownFields, registerOf, STALE, type Entry } from './definitions'
import { faultsOf, isStale, Refused, tellFields } from './faults'
import { FormFields, type Values } from './form-fields'
import { Stale } from './stale'

interface Params {
  params: { register?: string; id?: string }
}

/** /registers/REGISTER/new; `set.FIELD=VALUE` in the address fills a field in. */
export function NewRecord({ params }: Params) {
  const register = registerOf(params.register!)
  if (!register || !mayWrite(useMe(), register)) return <NotHere />
  return (
    <Page title={t('record.add.title', { one: oneOf(register) })} lead={<BackToList register={register} />}>
      <RecordForm register={register} />
    </Page>
  )
}

/** /registers/REGISTER/ID/edit */
export function EditRecord({ params }: Params) {
  const register = registerOf(params.register!)
  const query = useQuery({ ...queries.record(params.register!, params.id!), staleTime: 0, refetchOnMount: 'always' })
  if (!register) return <NotHere />
  return (
    <Loaded query={query} rows={12}>
      {detail => (
        <Page title={t('record.edit.title', { label: detail.record.label })} lead={<BackToList register={register} />}>
          {detail.can_change ? <RecordForm key={detail.record.id} register={register} entry={detail.record} /> : <Empty>{t('record.frozen')}</Empty>}
        </Page>
      )}
    </Loaded>
  )
}

function BackToList({ register }: { register: RegisterDefinition }) {
  const href = useHref()
  return <Link href={href(`/registers/${register.name}`)}>{words(register.label)}</Link>
}

/** `entry`: the record as it was read; without one a new record is made. */
function RecordForm({ register, entry }: { register: RegisterDefinition; entry?: Entry }) {
  const [form] = Form.useForm<Values>()
  const [, go] = useLocation()
  const href = useHref()
  const client = useQueryClient()
  const [base, setBase] = useState(entry)
  const [failure, setFailure] = useState<{ error: unknown; rest: Fault[] } | null>(null)
  const [busy, setBusy] = useState(false)
  const once = useRef(crypto.randomUUID())
  const own = useUnitCode()
  const [unit, setUnit] = useState(own)
  const fields = ownFields(register)
  const shown = fields.map(field => field.name)
  const initial = useInitial(register, entry)

  const send = async (values: Values): Promise<RecordDetail> =>
    base ? record_change(register.name, String(base.id), { version: base.version, fields: changed(base, values, shown) }) : record_create(register.name, { unit, fields: filled(values), once: once.current })

  const save = async (values: Values) => {
    setBusy(true)
    setFailure(null)
    try {
      const detail = await send(values)
      notify(t(base ? 'saved' : 'record.added'))
      client.setQueryData(queries.record(register.name, String(detail.record.id)).queryKey, detail)
      void Promise.all(STALE.filter(key => key !== 'record').map(key => client.invalidateQueries({ queryKey: [key] })))
      go(href(addressOf(register.name, detail.record.id)))
    } catch (error) {
      setFailure({ error, rest: tellFields(form, faultsOf(error), shown) })
    } finally {
      setBusy(false)
    }
  }

  return (
    <section className="card">
      {failure && (isStale(failure.error) && base
        ? <Stale register={register} base={base} mine={form.getFieldsValue()} error={failure.error} onTake={(fresh, values) => { setBase(fresh); form.setFieldsValue(values); setFailure(null) }} />
        : <Refused {...failure} />)}
      <Form form={form} layout="vertical" initialValues={initial} onFinish={values => void save(values)} scrollToFirstError={{ block: 'center', focus: true }}>
        {!entry && <WhoseRecord unit={unit} onChange={setUnit} />}
        <FormFields register={register.name} fields={fields} unit={entry?.unit.code ?? unit} entry={entry} />
        <div className="form-acts">
          <Button type="primary" htmlType="submit" loading={busy}>{t('save')}</Button>
          <Button onClick={() => history.back()}>{t('cancel')}</Button>
        </div>
      </Form>
    </section>
  )
}

/** Whoever looks after one unit only is not asked. */
function WhoseRecord({ unit, onChange }: { unit: string; onChange: (code: string) => void }) {
  const { data } = useQuery(queries.units())
  if (!data || data.total < 2) return null
  return <Form.Item label={t('record.unit')} className="form-unit"><UnitField value={unit} onChange={onChange} /></Form.Item>
}

function useInitial(register: RegisterDefinition, entry: Entry | undefined): Values {
  const [params] = useParams()
  if (entry) return entry.fields
  const given = [...params].filter(([name]) => name.startsWith('set.')).map(([name, value]) => [name.slice(4), value] as const)
  return Object.fromEntries(given.map(([name, value]) => [name, typed(register, name, value)]))
}

/** A value of the address as the type of its field: ids of records and times are numbers. */
function typed(register: RegisterDefinition, name: string, value: string): unknown {
  const field = fieldOf(register, name)
  const isNumber = field && (field.type === 'int' || field.type === 'time' || (field.type === 'ref' && !!registerOf(field.of!)))
  return isNumber ? Number(value) : value
}

const filled = (values: Values): Values => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== null))

/** Only what differs from what was read. */
export const changed = (base: Entry, values: Values, names: readonly string[]): Values =>
  Object.fromEntries(names.filter(name => (values[name] ?? null) !== (base.fields[name] ?? null)).map(name => [name, values[name] ?? null]))
