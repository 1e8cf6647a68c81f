/** Records that wait for somebody, and by when: one clock for dates and moments, so that what presses most comes first. */
import type { RegisterDefinition } from '../gen/api'
import { duration } from '../format'
import { t } from '../language'
import { registerOf, type Entry } from '../registers/definitions'

export type Urgency = 'over' | 'soon' | 'running' | 'none'

export interface Due {
  by: number | null // Unix seconds
  urgency: Urgency
  text: string
}

const DAY = 86400
const UTC7_S = 7 * 3600

/** By which field a record of a register is due. */
export const DUE_FIELDS: { [register: string]: string } = {
  alert: 'due_s', task: 'due_on', dispatch_answer: 'due_on', report_due: 'due_on', finding: 'due_on', incident: 'report_by_s', incident_report: 'due_s',
}

/** States in which somebody has still something to do. */
export const openStates = (register: RegisterDefinition): string[] => register.states.filter(({ tone }) => tone === 'wait' || tone === 'bad').map(({ name }) => name)

/** States that a move still leads out of: what waits for a signature is what can be signed. */
export const statesBefore = (register: RegisterDefinition, move: string): string[] => register.moves.find(({ name }) => name === move)?.from ?? []

/** The query for what is open in a register, what is due first at the top. */
export function openQuery(name: string, more: { unit: string; limit: number; states?: string[]; own?: boolean }) {
  const { states = openStates(registerOf(name)!), ...rest } = more
  return { ...rest, filter: JSON.stringify({ state: states }), sort: DUE_FIELDS[name]! }
}

/** A day is due when it is over, in Viet Nam. */
export const dueAt = (value: unknown): number | null =>
  typeof value === 'number' ? value : typeof value === 'string' ? Date.parse(`${value}T00:00:00Z`) / 1000 - UTC7_S + DAY : null

/** The clock of an incident runs until it was reported for the first time; each further report has its own record and clock. */
const isReported = (register: string, { fields }: Entry): boolean => register === 'incident' && typeof fields.reported_s === 'number'

export function dueOf(register: string, entry: Entry, now: number): Due {
  const by = isReported(register, entry) ? null : dueAt(entry.fields[DUE_FIELDS[register] ?? ''])
  if (by === null) return { by, urgency: 'none', text: t('due.none') }
  const rest = by - now
  if (rest < 0) return { by, urgency: 'over', text: t('due.over', { time: duration(-rest) }) }
  return { by, urgency: rest < DAY ? 'soon' : 'running', text: t('due.left', { time: duration(rest) }) }
}

export interface Act {
  register: string
  entry: Entry
  due: Due
}

/** What presses most, over all registers: overdue first, then by time; what has no clock comes last. */
export const mostPressing = (acts: Act[]): Act[] => [...acts].sort((a, b) => (a.due.by ?? Infinity) - (b.due.by ?? Infinity))
