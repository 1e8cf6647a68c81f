/**
 * The states, each with a colour, a shape and a word of its own, and never folded into one another: what was not measured is not a failure,
 * and a silent machine is not a clean one.
 */
import type { ReactNode } from 'react'
import type { Counts, Endpoint, States } from '../gen/api'
import { ago, number } from '../format'
import { t, word } from '../language'
import { Icon, type Sign } from './icons'

/** States of clauses and controls, and answers of single subjects, in the order bars and tallies show them. */
export const STATES = ['met', 'partly', 'not_met', 'not_measured', 'not_applicable'] as const
export const ANSWERS = ['pass', 'fail', 'unknown', 'excepted', 'not_applicable'] as const

export type State = (typeof STATES)[number]
export type Answer = (typeof ANSWERS)[number]

/** An answer looks like the state it makes. */
const LOOKS: Record<string, Sign> = {
  met: 'met', pass: 'met',
  partly: 'partly',
  not_met: 'not_met', fail: 'not_met',
  not_measured: 'not_measured', unknown: 'not_measured',
  not_applicable: 'not_applicable',
  excepted: 'excepted',
}

const look = (state: string): Sign => LOOKS[state] ?? 'not_measured'

export const StateMark = ({ state, children }: { state: string; children?: ReactNode }) => (
  <span className={`mark is-${look(state)}`}>
    <Icon sign={look(state)} />
    <span>{children ?? stateWord(state)}</span>
  </span>
)

export const stateWord = (state: string): string => word('state', state)

/** Only the sign, for narrow places; screen readers get the word. */
export const StateSign = ({ state }: { state: string }) => (
  <span className={`sign is-${look(state)}`} role="img" aria-label={stateWord(state)} title={stateWord(state)}>
    <Icon sign={look(state)} />
  </span>
)

type Parts = Record<string, number>

const known = (parts: Parts): readonly string[] => ('pass' in parts ? ANSWERS : STATES)

export const total = (parts: Parts): number => Object.values(parts).reduce((sum, count) => sum + count, 0)

/** Counts as one bar, what is good at the left. What was not measured is hatched. */
export function StackedBar({ counts, label }: { counts: Counts | States; label?: string }) {
  const parts: Parts = { ...counts }
  const all = total(parts)
  const present = known(parts).filter(state => parts[state])
  const spoken = present.map(state => `${stateWord(state)}: ${number(parts[state]!)}`).join('; ')
  return (
    <span className="bar" role="img" aria-label={`${label ? `${label}. ` : ''}${spoken || t('none')}`} title={spoken}>
      {present.map(state => (
        <span key={state} className={`bar-part is-${look(state)}`} style={{ flexGrow: parts[state]! / all }} />
      ))}
    </span>
  )
}

/** The bar's numbers: sign, number, word. With `onPick` each is a button that filters by it. */
export function Tally({ counts, picked, onPick, zeros }: { counts: Counts | States; picked?: string[]; onPick?: (state: string) => void; zeros?: boolean }) {
  const parts: Parts = { ...counts }
  return (
    <ul className="tally">
      {known(parts).filter(state => zeros || parts[state]).map(state => (
        <li key={state}>
          {onPick ? (
            <button type="button" className="tally-pick" aria-pressed={picked?.includes(state)} onClick={() => onPick(state)}>
              <StateMark state={state}><b>{number(parts[state] ?? 0)}</b> {stateWord(state)}</StateMark>
            </button>
          ) : (
            <StateMark state={state}><b>{number(parts[state] ?? 0)}</b> {stateWord(state)}</StateMark>
          )}
        </li>
      ))}
    </ul>
  )
}

/** Where a machine stands with the server: seen on the network where it must not be, heard, silent, off line by nature, revoked, replaced. */
export const contactOf = (endpoint: Endpoint): Sign & ('linked' | 'heard' | 'silent' | 'offline' | 'revoked') =>
  endpoint.state !== 'active' ? 'revoked' : endpoint.linked ? 'linked' : endpoint.silent ? 'silent' : endpoint.offline ? 'offline' : 'heard'

export function ContactMark({ endpoint }: { endpoint: Endpoint }) {
  const contact = contactOf(endpoint)
  const name = contact === 'revoked' ? word('endpoint_state', endpoint.state) : word('contact', contact)
  return (
    <span className={`mark contact-${contact}`}>
      <Icon sign={contact} />
      <span>{name}{contact === 'revoked' ? '' : <span className="soft"> · {ago(endpoint.seen_s)}</span>}</span>
    </span>
  )
}
