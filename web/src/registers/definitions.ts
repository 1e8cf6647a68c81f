/** The registers as spec/registers defines them, and what of them a user may do. */
import data from '../gen/registers.json'
import type { Me, RegisterRecord as Entry, RegisterDefinition, RegisterField, RegisterMove, RegisterState } from '../gen/api'
import { words } from '../language'
import { may } from '../session'

export type { Entry }

export const REGISTERS = data.items as unknown as RegisterDefinition[]

const BY_NAME = new Map(REGISTERS.map(register => [register.name, register]))

export const registerOf = (name: string): RegisterDefinition | undefined => BY_NAME.get(name)

/** Groups of the menu, and kinds of files of proof, in their order (spec/codes.yaml). */
export const GROUPS: readonly string[] = data.groups
export const FILE_KINDS: readonly string[] = data.file_kinds

export const fieldOf = (register: RegisterDefinition, name: string): RegisterField | undefined => register.fields.find(field => field.name === name)

/** A state this console does not know yet is shown by its name. */
export const stateOf = (register: RegisterDefinition, name: string): RegisterState =>
  register.states.find(state => state.name === name) ?? { name, label: { vi: name, en: name }, tone: 'quiet', frozen: false }

export const moveOf = (register: RegisterDefinition, name: string): RegisterMove | undefined => register.moves.find(move => move.name === name)

/** What people fill in; the rest is filled by moves and by the program. */
export const ownFields = (register: RegisterDefinition): RegisterField[] => register.fields.filter(field => !field.set)

export const mayRead = (me: Me, register: RegisterDefinition): boolean => may(me, register.read)
export const mayWrite = (me: Me, register: RegisterDefinition): boolean => may(me, register.write)

export interface Referrer {
  register: RegisterDefinition
  field: RegisterField
}

/** The registers whose records can name a record of this one, each by the field that does. */
export const referrersOf = (name: string): Referrer[] =>
  REGISTERS.flatMap(register => register.fields.filter(field => field.type === 'ref' && field.of === name).map(field => ({ register, field })))

/** What a list can show besides the fields. */
export const OWN_COLUMNS = ['state', 'unit', 'state_s', 'created_s', 'changed_s'] as const

/** "repair slip" → "Repair slip" */
export const upper = (text: string): string => text.charAt(0).toLocaleUpperCase('vi') + text.slice(1)

export const oneOf = (register: RegisterDefinition): string => words(register.one)

export const addressOf = (register: string, id: number | string): string => `/registers/${register}/${id}`

/** Everything a written record can make stale (first parts of the keys in queries.ts). */
export const STALE = ['record', 'records', 'record history', 'record choices', 'register counts', 'posture', 'figures', 'figure', 'directives', 'directive', 'rows', 'unit', 'units']
