import { useQuery } from '@tanstack/react-query'
import { Alert, Button } from 'antd'
import type { RegisterDefinition, RegisterField } from '../gen/api'
import { t, words } from '../language'
import { explain } from '../parts/loaded'
import * as queries from '../queries'
import { ownFields, type Entry } from './definitions'
import type { Values } from './form-fields'
import { valueText } from './value'

interface Props {
  register: RegisterDefinition
  base: Entry
  mine: Values
  error: unknown
  onTake: (fresh: Entry, values: Values) => void
}

/** Somebody else saved first: who, what, and where both changed the same field. Nothing is written until the reader has chosen. */
export function Stale({ register, base, mine, error, onTake }: Props) {
  const query = useQuery({ ...queries.record(register.name, String(base.id)), staleTime: 0, refetchOnMount: 'always' })
  const fresh = query.data?.record
  if (!fresh || fresh.version === base.version) return <Alert type="warning" showIcon role="alert" className="dialog-note" title={t('stale.title')} description={explain(error).detail} />
  const both = ownFields(register).filter(field => differs(field, fresh.fields, base.fields) && differs(field, mine, base.fields) && differs(field, mine, fresh.fields))
  return (
    <Alert
      type="warning"
      showIcon
      role="alert"
      className="dialog-note"
      title={t('stale.title')}
      description={
        <>
          <p>{explain(error).detail}</p>
          {both.length > 0 && <Conflicts fields={both} fresh={fresh} mine={mine} />}
          <div className="form-acts">
            <Button type="primary" onClick={() => onTake(fresh, merged(register, base, fresh, mine))}>{t('stale.keep_mine')}</Button>
            <Button onClick={() => onTake(fresh, fresh.fields)}>{t('stale.take_theirs')}</Button>
          </div>
        </>
      }
    />
  )
}

const Conflicts = ({ fields, fresh, mine }: { fields: RegisterField[]; fresh: Entry; mine: Values }) => (
  <ul className="conflicts">
    {fields.map(field => (
      <li key={field.name}>
        <b>{words(field.label)}</b>: {t('stale.theirs', { value: valueText(field, fresh.fields[field.name], fresh.labels[field.name]) })} · {t('stale.mine', { value: valueText(field, mine[field.name]) })}
      </li>
    ))}
  </ul>
)

const differs = (field: RegisterField, one: Values, other: Values): boolean => (one[field.name] ?? null) !== (other[field.name] ?? null)

/** What I changed, on top of what stands there now. */
export const merged = (register: RegisterDefinition, base: Entry, fresh: Entry, mine: Values): Values =>
  Object.fromEntries(ownFields(register).map(field => [field.name, differs(field, mine, base.fields) ? (mine[field.name] ?? null) : (fresh.fields[field.name] ?? null)]))
