/** A unit of the made-up province split: what it holds, and what goes where. */
import { NOW, endpoints, reference, units } from './world.mjs'
import { definition, nameOf, recordsOf, registers } from './store.mjs'
import { Refusal } from './refusal.mjs'

const placeOf = machine => recordsOf('device').find(record => record.fields.endpoint === machine.id)?.fields.place ?? null

const frozen = (register, record) => register.states.find(state => state.name === record.state)?.frozen

/** Items as the API shows them, each with what carries its unit. */
const held = (code, people) => [
  ...endpoints.filter(one => one.unit === code && one.state === 'active').map(one => ({ what: 'endpoint', id: one.id, name: one.hostname, place: placeOf(one), of: one, at: 'unit' })),
  ...people.filter(one => one.unit === code).map(one => ({ what: 'user', id: one.name, name: one.name, place: null, of: one, at: 'unit' })),
  ...units.filter(one => one.parent === code && one.to_s === null).map(one => ({ what: 'unit', id: one.code, name: one.name, place: null, of: one, at: 'parent' })),
  ...registers.flatMap(register => recordsOf(register.name).filter(record => record.unit === code && !frozen(register, record))
    .map(record => ({ what: register.name, id: record.id, name: nameOf(definition(register.name), record) || `#${record.id}`, place: null, of: record, at: 'unit' }))),
]

const shown = ({ of: _, at: __, ...item }) => item

export const holdingsOf = (code, people) => {
  const items = held(code, people).map(shown)
  return { items, total: items.length }
}

const share = (unit, items) => ({
  unit,
  endpoints: items.filter(one => one.what === 'endpoint').length,
  users: items.filter(one => one.what === 'user').length,
  units: items.filter(one => one.what === 'unit').length,
  records: items.filter(one => !['endpoint', 'user', 'unit'].includes(one.what)).length,
})

/** Which part each item goes to; -1: it stays. */
function plan(source, parts, people) {
  const rest = parts.findIndex(part => part.rest)
  return held(source.code, people).map(item => {
    const place = parts.findIndex(part => (part.items ?? []).some(one => one.what === item.what && one.id === item.id) || (item.place && (part.places ?? []).includes(item.place)))
    return { item, to: place >= 0 ? place : rest }
  })
}

function add(source, part, code) {
  const added = { code, name: part.name, kind: part.kind, parent: part.parent ?? source.parent, police_parent: source.police_parent, from_s: NOW, to_s: null, merged_into: null, changes: [{ at_s: NOW, actor: 'admin', what: 'split', detail: `← ${source.code}`, decision: null }] }
  units.push(added)
  return added
}

export function split(source, { parts, end, dry_run }, people) {
  const moves = plan(source, parts, people)
  const of = place => moves.filter(move => move.to === place).map(move => move.item)
  if (end && of(-1).length) throw new Refusal(409, 'in_use', 'Đang được dùng', source.code)
  const codes = parts.map((part, place) => part.code ?? `${source.code}-${place + 1}`)
  if (!dry_run) {
    codes.forEach((code, place) => add(source, parts[place], code))
    for (const { item, to } of moves) if (to >= 0) item.of[item.at] = codes[to]
    if (end) source.to_s = NOW
    source.changes = [...(source.changes ?? []), ...codes.map(code => ({ at_s: NOW, actor: 'admin', what: 'split', detail: `→ ${code}`, decision: null }))]
    source.given = codes.flatMap((code, place) => [...new Set(of(place).map(item => item.what))].map(what => {
      const names = of(place).filter(item => item.what === what).map(item => item.name)
      return { at_s: NOW, from: reference(source.code), to: reference(code), what, count: names.length, names }
    }))
  }
  return { dry_run: !!dry_run, ended: !!end, parts: parts.map((part, place) => share({ code: codes[place], name: part.name }, of(place))), stays: share({ code: source.code, name: source.name }, of(-1)) }
}

