/** The records of the registers, held in memory: a few of each, the first as given.mjs says; types and rules are the real server's affair. */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { given } from './given.mjs'
import { missing } from './refusal.mjs'
import { DAY, NOW, chance, endpoints, reference, rightsOf } from './world.mjs'

export const { items: registers } = JSON.parse(readFileSync(join(dirname(fileURLToPath(import.meta.url)), '../src/gen/registers.json'), 'utf8'))
const UNITS = ['phuong-truc-lam', 'phuong-truc-lam-van-phong', 'mam-non-hoa-mai', 'tinh-song-lam']
const MADE = 6
const now = () => Math.floor(Date.now() / 1000)
const day = offset => new Date((NOW + offset * DAY) * 1000).toISOString().slice(0, 10)

export function definition(name) {
  const register = registers.find(one => one.name === name)
  if (!register) throw missing()
  return register
}

// --- making

const AHEAD = /due|_by|until|expires|next/

/** What is due may lie on either side of today, what happened lies before it. */
const daysFromNow = (field, lot) => lot * (AHEAD.test(field.name) ? 60 : 30) - 30

function sample(register, field, id) {
  const lot = chance(register.name, field.name, id)
  if (field.set || (!field.required && lot < 0.4)) return null
  switch (field.type) {
    case 'int': return Math.max(field.min, Math.min(field.max, 1 + Math.floor(lot * 90)))
    case 'bool': return lot > 0.5
    case 'date': return day(Math.floor(daysFromNow(field, lot)))
    case 'time': return NOW + Math.floor(daysFromNow(field, lot) * DAY)
    case 'code': return field.values[Math.floor(lot * field.values.length)].code
    case 'ref': return field.of === 'endpoint' ? endpoints[Math.floor(lot * endpoints.length)].id : field.of === 'unit' ? UNITS[0] : field.of === 'user' ? 'canbo' : 1 + Math.floor(lot * MADE)
    default: return `${field.label.vi} ${id}`
  }
}

function make(register, id) {
  const { fields, ...rest } = given[register.name]?.[id - 1] ?? {}
  const made = Object.fromEntries(register.fields.map(field => [field.name, sample(register, field, id)]))
  const state = register.states[id === 1 ? 0 : Math.floor(chance(register.name, 'state', id) * register.states.length)].name
  return { id, unit: UNITS[id % UNITS.length], state, version: 1, at_s: NOW - id * 3 * DAY, fields: { ...made, ...fields }, files: [], changes: [{ what: 'create', at_s: NOW - id * 3 * DAY }], ...rest }
}

const store = new Map(registers.map(register => [register.name, Array.from({ length: MADE }, (_, n) => make(register, n + 1))]))

// --- reading and writing

export const recordsOf = name => store.get(name) ?? []

export function find(name, id) {
  const record = recordsOf(definition(name).name).find(one => String(one.id) === String(id))
  if (!record) throw missing()
  return record
}

export function add(name, unit, fields) {
  const register = definition(name)
  const at_s = now()
  const all = { ...Object.fromEntries(register.fields.map(field => [field.name, null])), ...fields }
  const record = { id: recordsOf(name).length + 1, unit, state: register.states[0].name, version: 1, at_s, fields: all, files: [], changes: [{ what: 'create', at_s }] }
  store.get(name).push(record)
  return record
}

/** Every change makes a new version and leaves a line in the history. */
export function touch(record, change) {
  Object.assign(record, { version: record.version + 1, at_s: now() })
  record.changes.push({ ...change, at_s: record.at_s })
}

export function change(record, fields) {
  touch(record, { what: 'change' })
  Object.assign(record.fields, fields)
}

// --- as the API shows them

export const nameOf = (register, record) => register.call.map(name => label(register, name, record)).filter(Boolean).join(' · ')

function label(register, name, record) {
  const field = register.fields.find(one => one.name === name)
  const value = record.fields[name]
  if (value === null || value === undefined || field.type !== 'ref') return value === null || value === undefined ? '' : String(value)
  if (field.of === 'endpoint') return endpoints.find(one => one.id === value)?.hostname ?? ''
  if (field.of === 'unit') return reference(value).name
  const target = recordsOf(field.of).find(one => one.id === value)
  return target ? String(target.fields[definition(field.of).call[0]]) : String(value)
}

/** A field of a record in words. */
export function wordsOf(register, field, record) {
  const value = record.fields[field.name]
  if (value === null) return null
  if (field.type === 'code') return field.values.find(one => one.code === value).label.vi
  if (field.type === 'bool') return value ? 'có' : 'không'
  if (field.type === 'time') return localTime(value)
  return label(register, field.name, record)
}

export const localTime = seconds => new Date((seconds + 7 * 3600) * 1000).toISOString().slice(0, 16).replace('T', ' ')

export const WHO = { by: 'canbo', name: 'Cán bộ CNTT phường' }

export const recordOf = (register, record) => ({
  id: record.id, unit: reference(record.unit), label: nameOf(register, record), state: record.state, state_s: record.at_s, version: record.version,
  created_s: record.changes[0].at_s, created_by: WHO.by, created_name: WHO.name, changed_s: record.at_s, changed_by: WHO.by, changed_name: WHO.name,
  fields: record.fields, labels: Object.fromEntries(register.fields.filter(field => field.type === 'ref' && record.fields[field.name] !== null).map(field => [field.name, label(register, field.name, record)])),
})

export function detailOf(name, record, person) {
  const register = definition(name)
  const rights = rightsOf(person)
  const { frozen } = register.states.find(state => state.name === record.state)
  return {
    record: recordOf(register, record), can_change: !frozen && rights.includes(register.write),
    moves: register.moves.filter(move => move.from.includes(record.state) && rights.includes(move.right)).map(move => move.name), files: record.files,
  }
}
