import type { RecordStateCount, RegisterDefinition } from '../gen/api'
import { number } from '../format'
import { stateOf } from './definitions'
import { RecordState } from './value'

/** How many records each state has; each is a button that filters by it. */
export function StateTally({ register, counts, picked, onPick }: { register: RegisterDefinition; counts: RecordStateCount[]; picked: string[]; onPick: (states: string[]) => void }) {
  return (
    <ul className="tally state-tally">
      {counts.filter(({ state, count }) => count > 0 || picked.includes(state)).map(({ state, count }) => (
        <li key={state}>
          <button type="button" className={`tally-pick tone-${stateOf(register, state).tone}`} aria-pressed={picked.includes(state)}
            onClick={() => onPick(picked.includes(state) ? picked.filter(other => other !== state) : [...picked, state])}>
            <RecordState register={register} state={state} /> <b>{number(count)}</b>
          </button>
        </li>
      ))}
    </ul>
  )
}
