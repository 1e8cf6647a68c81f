import { Alert, Button, Form, Input, Modal, Select } from 'antd'
import { lazy, Suspense, useState, type ReactNode } from 'react'
import { unit_add, unit_end, unit_merge, unit_move, unit_rename, type Unit } from '../gen/api'
import { fold } from '../fold'
import { t, word } from '../language'
import { useAct } from '../parts/act'
import { Icon } from '../parts/icons'
import { useDecide, type Decided } from './decide'
import { UnitField } from './unit-field'

const DecisionFields = lazy(() => import('./decision-fields'))
const SplitDialog = lazy(() => import('./split'))

export const STALE = ['units', 'unit', 'comparison', 'posture', 'figures', 'directives', 'endpoints']
export const KINDS = ['province', 'ward', 'department', 'agency', 'school', 'health', 'centre', 'police', 'other']

type Dialog = 'add' | 'rename' | 'move' | 'merge' | 'split' | 'end'

/** What an administrator does to a unit. History is kept: nothing here deletes. */
export function UnitActs({ unit }: { unit: Unit }) {
  const [open, setOpen] = useState<Dialog | null>(null)
  const close = () => setOpen(null)
  return (
    <span className="page-acts">
      <Button type="primary" icon={<Icon sign="add" />} onClick={() => setOpen('add')}>{t('unit.add')}</Button>
      <Button onClick={() => setOpen('rename')}>{t('unit.rename')}</Button>
      {unit.parent !== null && (
        <>
          <Button onClick={() => setOpen('move')}>{t('unit.move')}</Button>
          <Button onClick={() => setOpen('merge')}>{t('unit.merge')}</Button>
          <Button onClick={() => setOpen('split')}>{t('unit.split')}</Button>
          <Button danger onClick={() => setOpen('end')}>{t('unit.end')}</Button>
        </>
      )}
      {open === 'add' && <AddDialog parent={unit} onClose={close} />}
      {open === 'rename' && <RenameDialog unit={unit} onClose={close} />}
      {open === 'move' && <MoveDialog unit={unit} onClose={close} />}
      {open === 'merge' && <MergeDialog unit={unit} onClose={close} />}
      {open === 'split' && <Suspense><SplitDialog unit={unit} onClose={close} /></Suspense>}
      {open === 'end' && <EndDialog unit={unit} onClose={close} />}
    </span>
  )
}

interface FormDialogProps<Values> {
  title: string
  ok: string
  danger?: boolean
  explain?: string
  initial?: Partial<Values>
  act: (values: Values) => Promise<unknown>
  done: string
  onClose: () => void
  onChange?: (changed: Partial<Values>, set: (values: Partial<Values>) => void) => void
  children: ReactNode
}

function FormDialog<Values extends object>({ title, ok, danger, explain, initial, act, done, onClose, onChange, children }: FormDialogProps<Values>) {
  const [form] = Form.useForm<Values>()
  const run = useAct(async (values: Values) => {
    await act(values)
    onClose()
  }, { stale: STALE, done })
  return (
    <Modal open title={title} okText={ok} okButtonProps={{ danger: !!danger }} onOk={() => form.submit()} onCancel={onClose} confirmLoading={run.isPending}>
      {explain && <Alert type={danger ? 'warning' : 'info'} showIcon title={explain} className="dialog-note" />}
      <Form form={form} layout="vertical" initialValues={initial ?? {}} onFinish={values => run.mutate(values)}
        onValuesChange={changed => onChange?.(changed as Partial<Values>, values => form.setFieldsValue(values as Parameters<typeof form.setFieldsValue>[0]))}>
        {children}
      </Form>
    </Modal>
  )
}

const required = () => [{ required: true, message: t('required') }]

type Addition = Parameters<typeof unit_add>[0]

/** The code is made from the name until somebody writes one. */
const AddDialog = ({ parent, onClose }: { parent: Unit; onClose: () => void }) => (
  <FormDialog<Addition> title={t('unit.add.title')} ok={t('unit.add')} done={t('unit.added')} onClose={onClose} initial={{ parent: parent.code, kind: 'school' }} act={unit_add}
    onChange={({ name }, set) => name !== undefined && set({ code: codeOf(name) })}>
    <Form.Item name="name" label={t('unit.name')} rules={required()}><Input maxLength={200} autoFocus /></Form.Item>
    <Form.Item name="code" label={t('unit.code')} extra={t('unit.code.explain')} rules={[...required(), { pattern: /^[a-z0-9.-]+$/, message: t('unit.code.explain') }]}><Input maxLength={64} /></Form.Item>
    <Form.Item name="kind" label={t('unit.kind')} rules={required()}><Select options={KINDS.map(value => ({ value, label: word('unit_kind', value) }))} /></Form.Item>
    <Form.Item name="parent" label={t('unit.parent')} rules={required()}><UnitField /></Form.Item>
  </FormDialog>
)

export const codeOf = (name: string): string => fold(name).replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '').slice(0, 64)

const RenameDialog = ({ unit, onClose }: { unit: Unit; onClose: () => void }) => (
  <FormDialog<{ name: string }> title={t('unit.rename.title', { name: unit.name })} ok={t('unit.rename')} done={t('saved')} onClose={onClose} initial={{ name: unit.name }}
    act={values => unit_rename(unit.code, { ...values, version: unit.version })}>
    <Form.Item name="name" label={t('unit.name')} rules={required()}><Input maxLength={200} autoFocus /></Form.Item>
  </FormDialog>
)

const Decision = () => <Suspense fallback={<div className="decision-wait" />}><DecisionFields /></Suspense>

/** What a dialog by decision gives: its own values, and the number of the decision. */
function useDecided<Own extends object>(unit: Unit, act: (own: Own & { decision: number; version: number }) => Promise<unknown>) {
  const decide = useDecide(unit.code)
  return async ({ number, decided_on, proof, ...own }: Own & Decided) => act({ ...(own as unknown as Own), decision: await decide({ number, decided_on, proof }), version: unit.version })
}

type Move = Pick<Parameters<typeof unit_move>[1], 'parent' | 'line'>

const MoveDialog = ({ unit, onClose }: { unit: Unit; onClose: () => void }) => (
  <FormDialog<Move & Decided> title={t('unit.move.title', { name: unit.name })} ok={t('unit.move')} done={t('unit.moved')} explain={t('unit.move.explain')} onClose={onClose}
    initial={{ parent: unit.parent ?? '', line: 'admin' }} act={useDecided<Move>(unit, body => unit_move(unit.code, body))}>
    <Form.Item name="line" label={t('unit.line')}><Select options={[{ value: 'admin', label: t('unit.line.admin') }, { value: 'police', label: t('unit.line.police') }]} /></Form.Item>
    <Form.Item name="parent" label={t('unit.parent')} rules={required()}><UnitField /></Form.Item>
    <Decision />
  </FormDialog>
)

const MergeDialog = ({ unit, onClose }: { unit: Unit; onClose: () => void }) => (
  <FormDialog<{ into: string } & Decided> title={t('unit.merge.title', { name: unit.name })} ok={t('unit.merge')} danger done={t('unit.merged')} explain={t('unit.merge.explain')} onClose={onClose}
    act={useDecided<{ into: string }>(unit, body => unit_merge(unit.code, body))}>
    <Form.Item name="into" label={t('unit.into')} rules={required()}><UnitField /></Form.Item>
    <Decision />
  </FormDialog>
)

const EndDialog = ({ unit, onClose }: { unit: Unit; onClose: () => void }) => (
  <FormDialog<Decided> title={t('unit.end.title', { name: unit.name })} ok={t('unit.end')} danger done={t('unit.is_ended')} explain={t('unit.end.explain')} onClose={onClose} act={useDecided<object>(unit, body => unit_end(unit.code, body))}>
    <Decision />
  </FormDialog>
)
