import { Button, Form, Input, Modal, Select } from 'antd'
import { useState } from 'react'
import { endpoint_move, endpoint_order, endpoint_revoke, endpoint_set_role, type Endpoint } from '../gen/api'
import { t, word } from '../language'
import { useAct } from '../parts/act'
import { Icon } from '../parts/icons'
import { may, useMe } from '../session'
import { UnitField } from '../units/unit-field'

const STALE = ['endpoint', 'endpoints', 'orders', 'units', 'unit']

/** What may be done to a machine: orders, and (rarely) its role, its unit, its right to connect. */
export function EndpointActs({ endpoint }: { endpoint: Endpoint }) {
  const me = useMe()
  if (endpoint.state !== 'active') return null
  return (
    <>
      {may(me, 'endpoint.order') && !endpoint.offline && <OrderButtons id={endpoint.id} />}
      {may(me, 'endpoint.manage') && <Manage endpoint={endpoint} />}
    </>
  )
}

function OrderButtons({ id }: { id: string }) {
  const order = useAct((body: Parameters<typeof endpoint_order>[1]) => endpoint_order(id, body), { stale: STALE, done: t('order.given') })
  return (
    <>
      <Button icon={<Icon sign="collect" />} loading={order.isPending} onClick={() => order.mutate({ kind: 'collect' })}>{t('order_kind.collect')}</Button>
      <Button icon={<Icon sign="search" />} loading={order.isPending} onClick={() => order.mutate({ kind: 'scan', scan: 'quick' })}>{t('order_kind.scan.quick')}</Button>
      <Button loading={order.isPending} onClick={() => order.mutate({ kind: 'scan', scan: 'full' })}>{t('order_kind.scan.full')}</Button>
      <Button loading={order.isPending} onClick={() => order.mutate({ kind: 'search' })}>{t('order_kind.search')}</Button>
    </>
  )
}

interface Changes {
  role: Endpoint['role']
  unit: string
}

function Manage({ endpoint }: { endpoint: Endpoint }) {
  const [open, setOpen] = useState<'change' | 'revoke' | null>(null)
  return (
    <>
      <Button onClick={() => setOpen('change')}>{t('endpoint.change')}</Button>
      <Button danger onClick={() => setOpen('revoke')}>{t('endpoint.revoke')}</Button>
      {open === 'change' && <ChangeDialog endpoint={endpoint} onClose={() => setOpen(null)} />}
      {open === 'revoke' && <RevokeDialog endpoint={endpoint} onClose={() => setOpen(null)} />}
    </>
  )
}

function ChangeDialog({ endpoint, onClose }: { endpoint: Endpoint; onClose: () => void }) {
  const [form] = Form.useForm<Changes>()
  const change = useAct(async ({ role, unit }: Changes) => {
    let { version } = endpoint
    if (role !== endpoint.role) version = (await endpoint_set_role(endpoint.id, { role: role as 'internet', version })).version
    if (unit !== endpoint.unit.code) await endpoint_move(endpoint.id, { unit, version })
    onClose()
  }, { stale: [...STALE, 'posture', 'figures', 'directive'], done: t('saved') })
  return (
    <Modal open title={t('endpoint.change.title', { name: endpoint.hostname })} onCancel={onClose} okText={t('save')} onOk={() => form.submit()} confirmLoading={change.isPending}>
      <Form form={form} layout="vertical" initialValues={{ role: endpoint.role, unit: endpoint.unit.code }} onFinish={values => change.mutate(values)}>
        <Form.Item name="role" label={t('endpoint.role')} extra={t('endpoint.role.explain')}>
          <Select options={['internet', 'internal', 'secret'].map(value => ({ value, label: word('role', value) }))} />
        </Form.Item>
        <Form.Item name="unit" label={t('unit')}><UnitField /></Form.Item>
      </Form>
    </Modal>
  )
}

function RevokeDialog({ endpoint, onClose }: { endpoint: Endpoint; onClose: () => void }) {
  const [form] = Form.useForm<{ reason: string }>()
  const revoke = useAct(async ({ reason }: { reason: string }) => {
    await endpoint_revoke(endpoint.id, { reason, version: endpoint.version })
    onClose()
  }, { stale: [...STALE, 'posture', 'figures', 'directive'], done: t('endpoint.revoked') })
  return (
    <Modal open title={t('endpoint.revoke.title', { name: endpoint.hostname })} onCancel={onClose} okText={t('endpoint.revoke')} okButtonProps={{ danger: true }}
      onOk={() => form.submit()} confirmLoading={revoke.isPending}>
      <p>{t('endpoint.revoke.explain')}</p>
      <Form form={form} layout="vertical" onFinish={values => revoke.mutate(values)}>
        <Form.Item name="reason" label={t('reason')} rules={[{ required: true, whitespace: true, message: t('required') }]}><Input.TextArea rows={3} maxLength={500} autoFocus /></Form.Item>
      </Form>
    </Modal>
  )
}
