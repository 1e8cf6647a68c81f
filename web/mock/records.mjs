/** Answers about the records of the registers, by route as in answers.mjs. */
import { Refusal, wrongState } from './refusal.mjs'
import { WHO, add, change, definition, detailOf, find, nameOf, recordOf, recordsOf, registers, touch } from './store.mjs'
import { endpoints, rightsOf } from './world.mjs'

const fits = (value, wanted) => {
  if (Array.isArray(wanted)) return wanted.includes(value)
  if (wanted === null || typeof wanted !== 'object') return value === wanted
  if ('contains' in wanted) return String(value ?? '').toLowerCase().includes(wanted.contains.toLowerCase())
  return value !== null && (wanted.from === undefined || value >= wanted.from) && (wanted.to === undefined || value <= wanted.to)
}

const counts = (register, records) => register.states.map(({ name }) => ({ state: name, count: records.filter(record => record.state === name).length }))

const one = params => find(params.register, params.record)
const seen = (register, { query, scope }) => recordsOf(register.name).filter(record => scope(query.unit).has(record.unit) || (register.share_down && !query.unit))
const answer = ({ params, person }, record) => detailOf(params.register, record, person)

function check(record, version) {
  if (version !== record.version) throw new Refusal(409, 'stale_version', 'Bản ghi đã được người khác sửa', 'người khác đã sửa')
}

function move(register, record, { move: name, version, fields, note }) {
  const wanted = register.moves.find(item => item.name === name)
  if (!wanted?.from.includes(record.state)) throw wrongState()
  check(record, version)
  touch(record, { what: 'move', move: name, note, from: record.state, to: wanted.to })
  Object.assign(record, { state: wanted.to, fields: { ...record.fields, ...fields } })
}

export const records = {
  register_list: () => ({ items: registers }),
  register_counts: call => ({ items: registers.filter(register => rightsOf(call.person).includes(register.read)).map(register => ({ register: register.name, states: counts(register, seen(register, call)) })) }),
  record_list: call => {
    const register = definition(call.params.register)
    const { state, unit, ...filter } = JSON.parse(call.query.filter ?? '{}')
    const all = seen(register, call).filter(record => Object.entries(filter).every(([name, wanted]) => fits(record.fields[name], wanted)) && JSON.stringify(record.fields).toLowerCase().includes((call.query.text ?? '').toLowerCase()))
    const items = all.filter(record => state === undefined || fits(record.state, state))
    return { items: items.slice(call.query.offset, call.query.offset + call.query.limit).map(record => recordOf(register, record)), total: items.length, states: counts(register, all) }
  },
  record_create: call => answer(call, add(call.params.register, call.body.unit ?? call.person.unit, call.body.fields)),
  record_show: call => answer(call, one(call.params)),
  record_change: call => {
    const record = one(call.params)
    check(record, call.body.version)
    change(record, call.body.fields)
    return answer(call, record)
  },
  record_move: call => {
    move(definition(call.params.register), one(call.params), call.body)
    return answer(call, one(call.params))
  },
  record_move_many: call => {
    const items = call.body.records.map(({ id, version }) => {
      try {
        move(definition(call.params.register), one({ ...call.params, record: String(id) }), { ...call.body, version })
        return { id, error: null, text: null, detail: null }
      } catch (error) {
        return { id, error: error.code ?? 'internal', text: error.message, detail: null }
      }
    })
    return { items, moved: items.filter(({ error }) => !error).length }
  },
  record_choices: call => {
    const field = definition(call.params.register).fields.find(({ name }) => name === call.query.field)
    const named = field?.of === 'endpoint' ? endpoints.map(one => ({ value: one.id, label: one.hostname })) : recordsOf(field?.of).map(record => ({ value: record.id, label: nameOf(definition(field.of), record) }))
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
