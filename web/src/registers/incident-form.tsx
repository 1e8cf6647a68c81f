import { Alert, Form, Input, Modal } from 'antd'
import { useRef, useState } from 'react'
import { useLocation } from 'wouter'
import { useHref, useUnitCode } from '../address'
import { nowSeconds } from '../detections/clock'
import { record_create, record_file_add } from '../gen/api'
import { t, words } from '../language'
import { notify, notifyFailure } from '../parts/notices'
import { explain } from '../parts/loaded'
import * as queries from '../queries'
import { useMe } from '../session'
import type { Fault } from '../send'
import { addressOf, fieldOf, registerOf, STALE } from './definitions'
import { faultsOf, Refused, tellFields } from './faults'
import { FieldInput } from './field-input'
import { FileField } from './file-field'
import type { Values } from './form-fields'

const INCIDENT = registerOf('incident')!
const SECRET = 'secret_leak'
const ASKED = ['title', 'group_of', 'severity', 't0_s', 'text', 'personal_data', 'reporter_contact'] as const

/** The short form: what, since when, how bad, a photograph. What is missing is asked on the incident's own page. */
export default function IncidentForm({ onClose }: { onClose: () => void }) {
  const [form] = Form.useForm<Values>()
  const me = useMe()
  const unit = useUnitCode()
  const [, go] = useLocation()
  const href = useHref()
  const [file, setFile] = useState<File>()
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<{ error: unknown; rest: Fault[] } | null>(null)
  const once = useRef(crypto.randomUUID())
  const secret = Form.useWatch('group_of', form) === SECRET

  const send = async (values: Values) => {
    setBusy(true)
    setFailure(null)
    try {
      const { record } = await record_create('incident', { unit, fields: fieldsOf(values, me.full_name || me.name), once: once.current })
      if (file && !secret) await record_file_add('incident', String(record.id), file, { kind: 'photo', name: file.name }).catch(tellFileFailure)
      for (const key of STALE) void queries.client.invalidateQueries({ queryKey: [key] })
      notify(t('incident.reported'))
      onClose()
      go(href(addressOf('incident', record.id)))
    } catch (error) {
      setFailure({ error, rest: tellFields(form, faultsOf(error), ASKED) })
    } finally {
      setBusy(false)
    }
  }

  const item = (name: (typeof ASKED)[number], required = false) => {
    const field = fieldOf(INCIDENT, name)!
    return (
      <Form.Item key={name} name={name} label={words(field.label)} rules={required ? [{ required: true, message: t('required') }] : []}>
        <FieldInput register={INCIDENT.name} field={field} unit={unit} />
      </Form.Item>
    )
  }
  return (
    <Modal open title={t('incident.report')} okText={t('incident.send')} okButtonProps={{ danger: true }} width={560} onCancel={onClose} onOk={() => form.submit()} confirmLoading={busy}>
      {failure && <Refused {...failure} />}
      <Form form={form} layout="vertical" initialValues={{ t0_s: nowSeconds(), severity: 'low' }} onFinish={values => void send(values)}>
        {item('group_of', true)}
        {secret ? <Alert type="warning" showIcon className="dialog-note" title={t('incident.secret')} /> : item('title', true)}
        {item('t0_s', true)}
        {item('severity', true)}
        {!secret && item('text')}
        {!secret && item('personal_data')}
        <Form.Item name="reporter_contact" label={t('incident.call_back')}><Input maxLength={200} inputMode="tel" /></Form.Item>
        {!secret && <Form.Item label={t('incident.photo')} htmlFor="incident-photo"><FileField id="incident-photo" accept="image/*,.pdf,.txt,.eml" file={file} onChange={setFile} /></Form.Item>}
      </Form>
    </Modal>
  )
}

/** Of leaked state secrets only that it was reported: nothing that was typed before goes along. */
export function fieldsOf(values: Values, reporter: string): Values {
  const { group_of, severity, t0_s, reporter_contact } = values
  const all = group_of === SECRET ? { title: words(fieldOf(INCIDENT, 'group_of')!.values.find(({ code }) => code === SECRET)!.label), group_of, severity, t0_s, reporter_contact } : values
  return Object.fromEntries(Object.entries({ ...all, reporter }).filter(([, value]) => value !== undefined && value !== null))
}

/** The incident is reported all the same. */
function tellFileFailure(error: unknown): void {
  const { message, detail } = explain(error)
  notifyFailure(`${t('incident.file_failed')} ${[message, detail].filter(Boolean).join(': ')}`)
}
