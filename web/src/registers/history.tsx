import { useQuery } from '@tanstack/react-query'
import { time } from '../format'
import type { RecordChange, RegisterDefinition } from '../gen/api'
import { t, word, words } from '../language'
import { Loaded } from '../parts/loaded'
import { Section } from '../parts/page'
import * as queries from '../queries'
import { fieldOf, moveOf, type Entry } from './definitions'
import { RecordState } from './value'

/** What happened to the record, latest first: who, when, from what to what. */
export function History({ register, entry }: { register: RegisterDefinition; entry: Entry }) {
  const query = useQuery(queries.recordHistory(register.name, String(entry.id)))
  return (
    <Section title={t('record.history')}>
      <Loaded query={query} rows={4}>
        {({ items }) => <ol className="timeline">{[...items].reverse().map((change, place) => <Change key={place} register={register} change={change} />)}</ol>}
      </Loaded>
    </Section>
  )
}

function Change({ register, change }: { register: RegisterDefinition; change: RecordChange }) {
  const move = change.move ? moveOf(register, change.move) : undefined
  return (
    <li>
      <time>{time(change.at_s)}</time>
      <div>
        <b>{move ? words(move.label) : word('record_event', change.what)}</b> <span className="soft">· {change.actor_name}</span>
        {change.what === 'move' && change.to && <div>→ <RecordState register={register} state={change.to} /></div>}
        {change.what === 'unit' && <div className="small">{change.from} → {change.to}</div>}
        {change.file && <div className="small breaks">{change.file}</div>}
        {change.note && <p className="breaks lines">{change.note}</p>}
        {change.what !== 'create' && change.fields.length > 0 && (
          <ul className="small">
            {change.fields.map(({ field, old_words, new_words }) => (
              <li key={field} className="breaks">{words(fieldOf(register, field)?.label ?? { vi: field, en: field })}: {old_words ? t('record.from_to', { from: old_words, to: new_words || '–' }) : new_words}</li>
            ))}
          </ul>
        )}
      </div>
    </li>
  )
}
