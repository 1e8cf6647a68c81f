import { Button, Form, Input, Modal } from 'antd'
import { useState } from 'react'
import { detection_decide, endpoint_order, type Detection } from '../gen/api'
import { t, type Key } from '../language'
import { useAct } from '../parts/act'
import { may, useMe } from '../session'

type Wanted = Parameters<typeof detection_decide>[1]['state']

const STALE = ['detection', 'detections', 'detection weeks', 'endpoint detections', 'endpoint', 'endpoints', 'posture', 'figures', 'directive', 'rows']

/** What may follow on each state (src/server/detection); the first is the one to do. */
const NEXT: Record<string, Wanted[]> = {
  found: ['verified', 'handled', 'false_alarm'],
  verified: ['handled', 'false_alarm'],
  quarantined: ['false_alarm'],
  handled: ['false_alarm'],
  false_alarm: ['found'],
}
const TITLES: Record<Wanted, Key> = { verified: 'detection.act.verify', handled: 'detection.act.handled', false_alarm: 'detection.act.false_alarm', found: 'detection.act.found' }

export function DetectionActs({ item }: { item: Detection }) {
  const me = useMe()
  const [wanted, want] = useState<Wanted | null>(null)
  const acts = may(me, 'detection.decide') ? NEXT[item.state] ?? [] : []
  const rescan = may(me, 'endpoint.order') && ['quarantined', 'handled'].includes(item.state)
  return (
    <>
      {rescan && <Rescan endpoint={item.endpoint.id} />}
      {acts.map((state, place) => <Button key={state} type={place === 0 && state === 'verified' ? 'primary' : 'default'} onClick={() => want(state)}>{t(TITLES[state])}</Button>)}
      {wanted && <Decision item={item} state={wanted} onClose={() => want(null)} />}
    </>
  )
}

function Rescan({ endpoint }: { endpoint: string }) {
  const order = useAct(() => endpoint_order(endpoint, { kind: 'scan', scan: 'full' }), { stale: ['orders', 'endpoint'], done: t('order.given') })
  return <Button type="primary" loading={order.isPending} onClick={() => order.mutate(undefined)}>{t('detection.act.rescan')}</Button>
}

function Decision({ item, state, onClose }: { item: Detection; state: Wanted; onClose: () => void }) {
  const [form] = Form.useForm<{ note?: string }>()
  const decide = useAct(async ({ note }: { note?: string }) => {
    await detection_decide(String(item.id), { state, version: item.version, ...(note && { note }) })
    onClose()
  }, { stale: STALE, done: t('detection.act.done') })
  return (
    <Modal open title={`${t(TITLES[state])}: ${item.rule}`} okText={t(TITLES[state])} onCancel={onClose} onOk={() => form.submit()} confirmLoading={decide.isPending}>
      <p className="code">{item.path}</p>
      <Form form={form} layout="vertical" onFinish={values => decide.mutate(values)}>
        <Form.Item name="note" label={t(`detection.note.${state}`)} rules={state === 'verified' ? [] : [{ required: true, whitespace: true, message: t('required') }]}>
          <Input.TextArea rows={3} maxLength={500} autoFocus />
        </Form.Item>
      </Form>
    </Modal>
  )
}
