import { Form } from 'antd'
import type { RegisterField } from '../gen/api'
import { t, words } from '../language'
import { FieldInput } from './field-input'
import type { Entry } from './definitions'

export type Values = { [field: string]: unknown }

/** Inputs of some fields, one under the other or two beside each other, each with its own message. */
export const FormFields = ({ register, fields, unit, entry, required }: { register: string; fields: RegisterField[]; unit: string; entry?: Entry | undefined; required?: readonly string[] }) => (
  <div className="form-fields">
    {fields.map(field => (
      <Form.Item
        key={field.name}
        name={field.name}
        label={words(field.label)}
        extra={field.note && words(field.note)}
        className={isWide(field) ? 'form-wide' : ''}
        rules={field.required || required?.includes(field.name) ? [{ required: true, message: t('required') }] : []}
      >
        <FieldInput register={register} field={field} unit={unit} label={entry?.labels[field.name]} begins={required ? required.includes(field.name) : !entry && field.required} />
      </Form.Item>
    ))}
  </div>
)

const LONG_TEXT = 400

const isWide = (field: RegisterField): boolean => field.type === 'long' || (field.type === 'text' && field.max > LONG_TEXT)
