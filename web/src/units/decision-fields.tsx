import { Form, Input } from 'antd'
import { bytes } from '../format'
import { t } from '../language'
import { DayField } from '../parts/moment-field'
import { FileField } from '../registers/file-field'

const MAX_BYTES = 25 * 1024 * 1024 // of unit_decision_add

const Proof = ({ id, value, onChange }: { id?: string; value?: File; onChange?: (file: File | undefined) => void }) =>
  <FileField id={id ?? 'proof'} file={value} label={t('unit.decision.proof')} onChange={file => onChange?.(file)} />

/** Number, date and file: the same for every act that goes by decision. Inside a form; the values are those of Decided. */
export default function DecisionFields() {
  const required = [{ required: true, message: t('required') }]
  const small = { validator: (_: unknown, file: File | undefined) => (file && file.size > MAX_BYTES ? Promise.reject(new Error(t('files.too_large', { max: bytes(MAX_BYTES) }))) : Promise.resolve()) }
  return (
    <>
      <div className="decision-line">
        <Form.Item name="number" label={t('unit.decision.number')} rules={[{ ...required[0]!, whitespace: true }]}><Input maxLength={100} placeholder="12/QĐ-UBND" /></Form.Item>
        <Form.Item name="decided_on" label={t('unit.decision.date')} rules={required}><DayField when="past" /></Form.Item>
      </div>
      <Form.Item name="proof" label={t('unit.decision.proof')} rules={[...required, small]}><Proof /></Form.Item>
    </>
  )
}
