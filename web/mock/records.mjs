/** Records of the registers, for the mock: held in memory, a few made up for each register; types, rules and rights are the real server's affair. */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DAY, NOW, chance, endpoints, reference } from './world.mjs'

const { items: registers } = JSON.parse(readFileSync(join(dirname(fileURLToPath(import.meta.url)), '../src/gen/registers.json'), 'utf8'))
const UNITS = ['phuong-truc-lam', 'phuong-truc-lam-van-phong', 'mam-non-hoa-mai', 'tinh-song-lam']
const MADE = 6

const definition = name => registers.find(register => register.name === name)
const day = offset => new Date((NOW + offset * DAY) * 1000).toISOString().slice(0, 10)

function sample(register, field, id) {
  const lot = chance(register.name, field.name, id)
  if (field.set || (!field.required && lot < 0.4)) return null
  switch (field.type) {
    case 'int': return Math.max(field.min, Math.min(field.max, 1 + Math.floor(lot * 90)))
    case 'bool': return lot > 0.5
    case 'date': return day(Math.floor(lot * 60) - 30)
    case 'time': return NOW + Math.floor((lot * 60 - 30) * DAY)
    case 'code': return field.values[Math.floor(lot * field.values.length)].code
    case 'ref': return field.of === 'endpoint' ? endpoints[Math.floor(lot * endpoints.length)].id : field.of === 'unit' ? UNITS[0] : field.of === 'user' ? 'canbo' : 1 + Math.floor(lot * MADE)
    default: return `${field.label.vi} ${id}`
  }
}

function make(register, id) {
  const fields = Object.fromEntries(register.fields.map(field => [field.name, sample(register, field, id)]))
  const state = register.states[id === 1 ? 0 : Math.floor(chance(register.name, 'state', id) * register.states.length)].name
  return { id, unit: UNITS[id % UNITS.length], state, version: 1, at_s: NOW - id * 3 * DAY, fields, files: [], changes: [{ what: 'create', at_s: NOW - id * 3 * DAY }] }
}

const store = new Map(registers.map(register => [register.name, Array.from({ length: MADE }, (_, n) => make(register, n + 1))]))

const nameOf = (register, record) => register.call.map(name => label(register, name, record)).filter(Boolean).join(' · ')

function label(register, name, record) {
  const field = register.fields.find(one => one.name === name)
  const value = record.fields[name]
  if (value === null || value === undefined || field.type !== 'ref') return value === null || value === undefined ? '' : String(value)
  if (field.of === 'endpoint') return endpoints.find(one => one.id === value)?.hostname ?? ''
  if (field.of === 'unit') return reference(value).name
  const target = store.get(field.of)?.find(one => one.id === value)
  return target ? String(target.fields[definition(field.of).call[0]]) : String(value)
}

const WHO = { by: 'canbo', name: 'Cán bộ CNTT phường' }

const recordOf = (register, record) => ({
  id: record.id, unit: reference(record.unit), label: nameOf(register, record), state: record.state, state_s: record.at_s, version: record.version,
  created_s: record.changes[0].at_s, created_by: WHO.by, created_name: WHO.name, changed_s: record.at_s, changed_by: WHO.by, changed_name: WHO.name,
  fields: record.fields, labels: Object.fromEntries(register.fields.filter(field => field.type === 'ref' && record.fields[field.name] !== null).map(field => [field.name, label(register, field.name, record)])),
})

function detailOf(register, record, rights) {
  const { frozen } = register.states.find(state => state.name === record.state)
  return {
    record: recordOf(register, record), can_change: !frozen && rights.includes(register.write),
    moves: register.moves.filter(move => move.from.includes(record.state) && rights.includes(move.right)).map(move => move.name), files: record.files,
  }
}

const fits = (value, wanted) => {
  if (Array.isArray(wanted)) return wanted.includes(value)
  if (wanted === null || typeof wanted !== 'object') return value === wanted
  if ('contains' in wanted) return String(value ?? '').toLowerCase().includes(wanted.contains.toLowerCase())
  return value !== null && (wanted.from === undefined || value >= wanted.from) && (wanted.to === undefined || value <= wanted.to)
}

const counts = (register, records) => register.states.map(({ name }) => ({ state: name, count: records.filter(record => record.state === name).length }))

/** Answers by route, as in answers.mjs. `Refusal`: its class; `rightsOf(person)`. */
export function recordAnswers(Refusal, rightsOf) {
  const of = params => {
    const register = definition(params.register)
    if (!register) throw new Refusal(404, 'not_found', 'Không tìm thấy')
    return register
  }
  const one = params => {
    const record = store.get(of(params).name).find(item => String(item.id) === params.record)
    if (!record) throw new Refusal(404, 'not_found', 'Không tìm thấy')
    return record
  }
  const seen = (register, { query, scope }) => store.get(register.name).filter(record => scope(query.unit).has(record.unit) || (register.share_down && !query.unit))
  const answer = ({ params, person }, record) => detailOf(of(params), record, rightsOf(person))
  const touch = (record, change) => {
    Object.assign(record, { version: record.version + 1, at_s: Math.floor(Date.now() / 1000) })
    record.changes.push({ ...change, at_s: record.at_s })
  }
  const move = (register, record, { move: name, version, fields, note }) => {
    const wanted = register.moves.find(item => item.name === name)
    if (!wanted?.from.includes(record.state)) throw new Refusal(409, 'record_state', 'Trạng thái của bản ghi không cho phép việc này')
    if (version !== record.version) throw new Refusal(409, 'stale_version', 'Bản ghi đã được người khác sửa')
    touch(record, { what: 'move', move: name, note, from: record.state, to: wanted.to })
    Object.assign(record, { state: wanted.to, fields: { ...record.fields, ...fields } })
  }
  return {
    register_list: () => ({ items: registers }),
    register_counts: call => ({ items: registers.filter(register => rightsOf(call.person).includes(register.read)).map(register => ({ register: register.name, states: counts(register, seen(register, call)) })) }),
    record_list: call => {
      const register = of(call.params)
      const { state, unit, ...filter } = JSON.parse(call.query.filter ?? '{}')
      const all = seen(register, call).filter(record => Object.entries(filter).every(([name, wanted]) => fits(record.fields[name], wanted)) && JSON.stringify(record.fields).toLowerCase().includes((call.query.text ?? '').toLowerCase()))
      const items = all.filter(record => state === undefined || fits(record.state, state))
      return { items: items.slice(call.query.offset, call.query.offset + call.query.limit).map(record => recordOf(register, record)), total: items.length, states: counts(register, all) }
    },
    record_create: call => {
      const register = of(call.params)
      const records = store.get(register.name)
      const record = { ...make(register, records.length + 1), unit: call.body.unit ?? call.person.unit, state: register.states[0].name, at_s: NOW }
      record.fields = { ...Object.fromEntries(register.fields.map(({ name }) => [name, null])), ...call.body.fields }
      records.push(record)
      return answer(call, record)
    },
    record_show: call => answer(call, one(call.params)),
    record_change: call => {
      const record = one(call.params)
      if (call.body.version !== record.version) throw new Refusal(409, 'stale_version', 'Bản ghi đã được người khác sửa', 'người khác đã sửa')
      touch(record, { what: 'change' })
      Object.assign(record.fields, call.body.fields)
      return answer(call, record)
    },
    record_move: call => {
      move(of(call.params), one(call.params), call.body)
      return answer(call, one(call.params))
    },
    record_move_many: call => {
      const items = call.body.records.map(({ id, version }) => {
        try {
          move(of(call.params), one({ ...call.params, record: String(id) }), { ...call.body, version })
          return { id, error: null, text: null, detail: null }
        } catch (error) {
          return { id, error: error.code ?? 'internal', text: error.message, detail: null }
        }
      })
      return { items, moved: items.filter(({ error }) => !error).length }
    },
    record_choices: call => {
      const field = of(call.params).fields.find(({ name }) => name === call.query.field)
      const named = field?.of === 'endpoint' ? endpoints.map(one => ({ value: one.id, label: one.hostname })) : (store.get(field?.of) ?? []).map(record => ({ value: record.id, label: nameOf(definition(field.of), record) }))
      return { items: named.filter(({ label: name }) => name.toLowerCase().includes((call.query.text ?? '').toLowerCase())).slice(0, call.query.limit) }
    },
    record_history: call => ({
      items: one(call.params).changes.map((change, place) => ({ actor: WHO.by, actor_name: WHO.name, version: place + 1, move: null, note: null, from: null, to: null, file: null, fields: [], ...change, note: change.note ?? null })),
    }),
    record_file_add: call => {
      const record = one(call.params)
      touch(record, { what: 'file_add', file: call.query.name })
      record.files.push({ id: record.files.length + 1, kind: call.query.kind, name: call.query.name, size: 1, sha256: '0'.repeat(64), added_s: record.at_s, added_by: WHO.by, added_name: WHO.name })
      return answer(call, record)
    },
    record_file_get: () => 'tệp',
    record_file_remove: call => {
      const record = one(call.params)
      record.files = record.files.filter(file => String(file.id) !== call.params.file)
      return answer(call, record)
    },
    record_export: () => 'Tên\r\n',
    record_template: () => 'Tên\r\n',
    record_import: () => ({ rows: 2, created: 1, changed: 0, same: 0, failed: 1, imported: false, errors: [{ row: 3, column: 'Tên', text: 'Bắt buộc phải có' }] }),
  }
}
