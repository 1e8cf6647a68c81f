/** What may be done with records of some registers besides their moves: flows of the server that a register cannot say. */
import { Button, Checkbox, Form, Input, Modal } from 'antd'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { useHref } from '../address'
import { dispatch_send, incident_hand_over, incident_release, incident_suspend, lan_assessment_fill, system_checklist } from '../gen/api'
import { t } from '../language'
import { useAct } from '../parts/act'
import { Icon } from '../parts/icons'
import { Menu } from '../parts/menu'
import { notify } from '../parts/notices'
import { DayField } from '../parts/moment-field'
import { addressOfDue } from '../reports/periods'
import { useMe } from '../session'
import { UnitField } from '../units/unit-field'
import { mayWrite, registerOf, STALE, type Entry } from './definitions'
import { FirewallImportAct } from './list-import'

const ACTS: { [register: string]: (props: { entry: Entry; writes: boolean }) => React.ReactNode } = {
  incident: IncidentActs,
  quiz: QuizActs,
  report_due: ReportActs,
  dispatch: DispatchActs,
  lan_assessment: AssessmentActs,
  device: FirewallImportAct,
  information_system: SystemActs,
}

export function SpecialActs({ register, entry }: { register: string; entry: Entry }) {
  const Acts = ACTS[register]
  const writes = mayWrite(useMe(), registerOf(register)!)
  return Acts ? <Acts entry={entry} writes={writes} /> : null
}

function IncidentActs({ entry, writes }: { entry: Entry; writes: boolean }) {
  const id = String(entry.id)
  const [handing, hand] = useState(false)
  const suspend = useAct(() => incident_suspend(id), { stale: STALE, done: t('incident.suspended') })
  const release = useAct(() => incident_release(id), { stale: STALE, done: t('incident.released') })
  const suspended = entry.fields.suspended_s !== null && entry.fields.released_s === null
  const hasThing = entry.fields.device !== null || entry.fields.endpoint !== null
  return (
    <>
      {writes && hasThing && !suspended && <Button danger loading={suspend.isPending} onClick={() => suspend.mutate(undefined)}>{t('incident.suspend')}</Button>}
      {writes && suspended && <Button loading={release.isPending} onClick={() => release.mutate(undefined)}>{t('incident.release')}</Button>}
      <Menu title={t('incident.papers')}>
        <a href={`/api/v1/incidents/${id}/form.docx`} download><Icon sign="download" />{t('incident.form')}</a>
        <a href={`/api/v1/incidents/${id}/evidence.zip`} download><Icon sign="download" />{t('incident.evidence')}</a>
        {writes && <button type="button" className="plain-button" onClick={() => hand(true)}>{t('incident.hand_over')}</button>}
      </Menu>
      {handing && <HandOver id={id} onClose={() => hand(false)} />}
    </>
  )
}

function HandOver({ id, onClose }: { id: string; onClose: () => void }) {
  const [form] = Form.useForm<{ to_whom: string }>()
  const send = useAct(async (values: { to_whom: string }) => {
    await incident_hand_over(id, values)
    onClose()
  }, { stale: STALE, done: t('incident.handed_over') })
  return (
    <Modal open title={t('incident.hand_over')} okText={t('incident.hand_over')} onCancel={onClose} onOk={() => form.submit()} confirmLoading={send.isPending}>
      <Form form={form} layout="vertical" onFinish={values => send.mutate(values)}>
        <Form.Item name="to_whom" label={t('incident.to_whom')} rules={[{ required: true, whitespace: true, message: t('required') }]}><Input maxLength={200} autoFocus /></Form.Item>
      </Form>
    </Modal>
  )
}

function QuizActs({ entry }: { entry: Entry }) {
  const [, go] = useLocation()
  const href = useHref()
  return entry.state === 'open' ? <Button type="primary" onClick={() => go(href(`/quiz/${entry.id}`))}>{t('quiz.take')}</Button> : null
}

function ReportActs({ entry }: { entry: Entry }) {
  const [, go] = useLocation()
  const href = useHref()
  const about = addressOfDue(entry)
  return about && <Button onClick={() => go(href('/reports', about))}>{t('leader.read')}</Button>
}

function AssessmentActs({ entry, writes }: { entry: Entry; writes: boolean }) {
  const fill = useAct(() => lan_assessment_fill({ assessment: entry.id, version: entry.version }), { stale: STALE, done: t('assessment.filled') })
  return writes ? <Button loading={fill.isPending} onClick={() => fill.mutate(undefined)}>{t('assessment.fill')}</Button> : null
}

function SystemActs({ entry, writes }: { entry: Entry; writes: boolean }) {
  const make = useAct(async () => { notify(t('system.made', { count: (await system_checklist({ system: entry.id })).made })) }, { stale: STALE })
  return writes ? <Button loading={make.isPending} onClick={() => make.mutate(undefined)}>{t('system.checklist')}</Button> : null
}

function DispatchActs({ entry, writes }: { entry: Entry; writes: boolean }) {
  const [sending, send] = useState(false)
  if (!writes) return null
  return (
    <>
      <Button onClick={() => send(true)}>{t('dispatch.send')}</Button>
      {sending && <SendDispatch entry={entry} onClose={() => send(false)} />}
    </>
  )
}

interface Sending { unit: string; below: boolean; due_on: string; readings: boolean; task?: string }

function SendDispatch({ entry, onClose }: { entry: Entry; onClose: () => void }) {
  const [form] = Form.useForm<Sending>()
  const send = useAct(async ({ unit, task, ...rest }: Sending) => {
    await dispatch_send({ dispatch: entry.id, units: [unit], ...rest, ...(task && { task }) })
    onClose()
  }, { stale: STALE, done: t('dispatch.sent') })
  return (
    <Modal open title={t('dispatch.send')} okText={t('dispatch.send')} onCancel={onClose} onOk={() => form.submit()} confirmLoading={send.isPending}>
      <Form form={form} layout="vertical" initialValues={{ unit: entry.unit.code, below: true, readings: false }} onFinish={values => send.mutate(values)}>
        <Form.Item name="unit" label={t('dispatch.to')} rules={[{ required: true, message: t('required') }]}><UnitField /></Form.Item>
        <Form.Item name="below" valuePropName="checked"><Checkbox>{t('dispatch.below')}</Checkbox></Form.Item>
        <Form.Item name="due_on" label={t('dispatch.due')} rules={[{ required: true, message: t('required') }]}><DayField /></Form.Item>
        <Form.Item name="readings" valuePropName="checked"><Checkbox>{t('dispatch.readings')}</Checkbox></Form.Item>
        <Form.Item name="task" label={t('dispatch.task')}><Input maxLength={300} /></Form.Item>
      </Form>
    </Modal>
  )
}
