import { Alert, Form, Input, Modal } from 'antd'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { useHref, useUnitCode } from '../address'
import { nowSeconds } from '../detections/clock'
import { time } from '../format'
import { incident_report, record_file_add } from '../gen/api'
import { t, words } from '../language'
import { notifyFailure } from '../parts/notices'
import { explain } from '../parts/loaded'
import * as queries from '../queries'
import { useMe } from '../session'
import type { Fault } from '../send'
import { addressOf, fieldOf, mayRead, mayWrite, registerOf, STALE } from './definitions'
import { faultsOf, Refused, tellFields } from './faults'
import { FieldInput } from './field-input'
import { FileField } from './file-field'
import type { Values } from './form-fields'
import { valueText } from './value'

type Reported = Awaited<ReturnType<typeof incident_report>>

const INCIDENT = registerOf('incident')!
const SECRET = 'secret_leak'
const ASKED = ['title', 'group_of', 'severity', 't0_s', 'text', 'personal_data', 'reporter_contact'] as const

/** The short form: what, since when, how bad, a photograph. What is missing is asked on the incident's own page. */
export default function IncidentForm({ onClose }: { onClose: () => void }) {
  const [form] = Form.useForm<Values>()
  const writes = mayWrite(useMe(), INCIDENT)
  const unit = useUnitCode()
  const [file, setFile] = useState<File>()
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<{ error: unknown; rest: Fault[] } | null>(null)
  const [reported, report] = useState<Reported | null>(null)
  const secret = Form.useWatch('group_of', form) === SECRET

  const send = async (values: Values) => {
    setBusy(true)
    setFailure(null)
    try {
      const made = await incident_report(reportOf(values))
      if (file && !secret) await record_file_add('incident', String(made.id), file, { kind: 'photo', name: file.name }).catch(tellFileFailure)
      for (const key of STALE) void queries.client.invalidateQueries({ queryKey: [key] })
      report(made)
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
  if (reported) return <Told reported={reported} onClose={onClose} />
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
        {!secret && writes && <Form.Item label={t('incident.photo')} htmlFor="incident-photo"><FileField id="incident-photo" accept="image/*,.pdf,.txt,.eml" file={file} onChange={setFile} /></Form.Item>}
      </Form>
    </Modal>
  )
}

/** Of leaked state secrets only that it happened: nothing that was typed before goes along. */
export function reportOf(values: Values): Parameters<typeof incident_report>[0] {
  const { group_of: group, severity, t0_s: found_s, reporter_contact: contact, title, text: what, personal_data } = values
  const about = { group, severity, found_s, contact }
  const all = group === SECRET ? { ...about, title: valueText(fieldOf(INCIDENT, 'group_of')!, SECRET) } : { ...about, title, what, personal_data }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined && value !== null)) as Parameters<typeof incident_report>[0]
}

/** It is reported; who is to be told next, by when, and the number to call. */
function Told({ reported: { id, reports }, onClose }: { reported: Reported; onClose: () => void }) {
  const [, go] = useLocation()
  const href = useHref()
  const reads = mayRead(useMe(), INCIDENT)
  const kind = fieldOf(registerOf('incident_report')!, 'kind')!
  return (
    <Modal open title={t('incident.reported')} width={560} onCancel={onClose} cancelText={t('close')} okText={t('incident.see')} okButtonProps={{ disabled: !reads }} onOk={() => { onClose(); go(href(addressOf('incident', id))) }}>
      {reports.length === 0 ? <p>{t('incident.nobody_to_tell')}</p> : (
        <>
          <p>{t('incident.tell')}</p>
          <ul className="due-list told">
            {reports.map((report, place) => (
              <li key={place}>
                <b>{report.to_whom}</b>
                <span className="due-foot">
                  <span>{valueText(kind, report.kind)}</span>
                  <span>{t('incident.until', { time: time(report.due_s) })}</span>
                  {report.contact && <span>{report.contact}</span>}
                  {report.phone && <a href={`tel:${report.phone.replace(/[^+\d]/g, '')}`}>{report.phone}</a>}
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
    </Modal>
  )
}

/** The incident is reported all the same. */
function tellFileFailure(error: unknown): void {
  const { message, detail } = explain(error)
  notifyFailure(`${t('incident.file_failed')} ${[message, detail].filter(Boolean).join(': ')}`)
}
