import { Alert } from 'antd'
import type { FormInstance } from 'antd/es/form'
import { ApiError, type Fault } from '../send'
import { explain } from '../parts/loaded'
import type { Values } from './form-fields'

/** Puts what the server found wrong at the fields it is about; gives back what belongs to none of those that are shown. */
export function tellFields(form: FormInstance<Values>, faults: Fault[], shown: readonly string[]): Fault[] {
  const at = faults.filter(fault => fault.field !== null && shown.includes(fault.field))
  form.setFields(at.map(fault => ({ name: fault.field!, errors: [fault.text] })))
  if (at[0]) form.scrollToField(at[0].field!, { block: 'center', focus: true })
  return faults.filter(fault => !at.includes(fault))
}

/** Why something was not written: the rules it breaks, or the server's own sentence. */
export function Refused({ error, rest }: { error: unknown; rest?: Fault[] }) {
  const { message, detail } = explain(error)
  const texts = rest?.map(fault => fault.text) ?? []
  return <Alert type="error" showIcon role="alert" className="dialog-note" title={message} description={texts.length ? <ul>{texts.map(text => <li key={text}>{text}</li>)}</ul> : detail || undefined} />
}

export const faultsOf = (error: unknown): Fault[] => (error instanceof ApiError ? error.faults : [])

export const isStale = (error: unknown): boolean => error instanceof ApiError && error.code === 'stale_version'
