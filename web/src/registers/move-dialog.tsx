/** A move of one record or of many: asks the fields it still needs and the files of proof, and what there is to say about it. */
import { useQueryClient } from '@tanstack/react-query'
import { Form, Input, Modal } from 'antd'
import { useState } from 'react'
import { nowSeconds } from '../detections/clock'
import { today } from '../format'
import { record_file_add, record_move, record_move_many, type RecordDetail, type RecordResult, type RegisterDefinition, type RegisterField, type RegisterMove } from '../gen/api'
import { t, word, words } from '../language'
import { notify } from '../parts/notices'
import * as queries from '../queries'
import type { Fault } from '../send'
import { fieldOf, STALE, type Entry } from './definitions'
import { faultsOf, Refused, tellFields } from './faults'
import { FileField } from './file-field'
import { FormFields, type Values } from './form-fields'

const NOTE = 'move note' // no field is called so: names of fields have no spaces
const MAX_NOTE = 2000

interface Shared {
  register: RegisterDefinition
  move: RegisterMove
  onClose: () => void
}

export function MoveDialog({ register, move, detail, onClose }: Shared & { detail: RecordDetail }) {
  const client = useQueryClient()
  const missing = move.proof.filter(kind => !detail.files.some(file => file.kind === kind))
  const [files, setFiles] = useState<{ [kind: string]: File | undefined }>({})
  const run = async (fields: Values, note: string | undefined) => {
    let { version } = detail.record
    const id = String(detail.record.id)
    for (const kind of missing) {
      const file = files[kind]
      if (file) ({ record: { version } } = await record_file_add(register.name, id, file, { kind, name: file.name }))
      setFiles(all => ({ ...all, [kind]: undefined }))
    }
    const moved = await record_move(register.name, id, { move: move.name, version, fields, ...(note && { note }) })
    client.setQueryData(queries.record(register.name, id).queryKey, moved)
    notify(t('move.done', { state: words(register.states.find(state => state.name === move.to)!.label) }))
    onClose()
  }
  return (
    <Dialog register={register} move={move} entry={detail.record} onClose={onClose} run={run} ready={missing.every(kind => files[kind])}>
      {missing.map(kind => (
        <Form.Item key={kind} label={word('file_kind', kind)} required htmlFor={`proof-${kind}`}>
          <FileField id={`proof-${kind}`} file={files[kind]} onChange={file => setFiles({ ...files, [kind]: file })} />
        </Form.Item>
      ))}
    </Dialog>
  )
}

/** `onDone` is given each record's own result. */
export function BulkDialog({ register, move, entries, onClose, onDone }: Shared & { entries: Entry[]; onDone: (results: RecordResult[]) => void }) {
  const run = async (fields: Values, note: string | undefined) => {
    const { items } = await record_move_many(register.name, { move: move.name, records: entries.map(({ id, version }) => ({ id, version })), fields, ...(note && { note }) })
    onDone(items)
    onClose()
  }
  return <Dialog register={register} move={move} count={entries.length} unit={entries[0]?.unit.code ?? ''} onClose={onClose} run={run} ready />
}

interface DialogProps extends Shared {
  entry?: Entry
  unit?: string
  count?: number
  ready: boolean
  run: (fields: Values, note: string | undefined) => Promise<void>
  children?: React.ReactNode
}

/** A move mostly tells what has just been done: its moments and days stand at the present, to be corrected. */
export const happened = (fields: RegisterField[]): Values =>
  Object.fromEntries(fields.filter(field => field.when === 'past').map(({ name, type }) => [name, type === 'time' ? nowSeconds() : today()]))

const filled = (entry: Entry | undefined): Values => Object.fromEntries(Object.entries(entry?.fields ?? {}).filter(([, value]) => value !== null))

function Dialog({ register, move, entry, unit, count, ready, run, onClose, children }: DialogProps) {
  const [form] = Form.useForm<Values>()
  const client = useQueryClient()
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<{ error: unknown; rest: Fault[] } | null>(null)
  const fields = move.needs.map(name => fieldOf(register, name)!)
  const submit = async ({ [NOTE]: note, ...values }: Values) => {
    setBusy(true)
    setFailure(null)
    try {
      await run(values, note as string | undefined)
    } catch (error) {
      setFailure({ error, rest: tellFields(form, faultsOf(error), move.needs) })
    } finally {
      setBusy(false)
      void Promise.all(STALE.map(key => client.invalidateQueries({ queryKey: [key] })))
    }
  }
  const title = count ? t('move.many', { move: words(move.label), count }) : `${words(move.label)}: ${entry!.label}`
  return (
    <Modal open title={title} width={640} okText={words(move.label)} onCancel={onClose} onOk={() => form.submit()} confirmLoading={busy} okButtonProps={{ disabled: !ready }}>
      {failure && <Refused {...failure} />}
      <Form form={form} layout="vertical" initialValues={{ ...happened(fields), ...filled(entry) }} onFinish={values => void submit(values)}>
        <FormFields register={register.name} fields={fields} unit={entry?.unit.code ?? unit ?? ''} entry={entry} required={move.needs} />
        {children}
        <Form.Item name={NOTE} label={t('move.note')}><Input.TextArea rows={2} maxLength={MAX_NOTE} /></Form.Item>
      </Form>
    </Modal>
  )
}
