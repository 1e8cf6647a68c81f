/** Answers of the mock server: a function for each route of spec/api, by its name. `({params, query, body, session}) => answer`. */
import { dutyAnswers } from './duty.mjs'
import { incidents } from './incidents.mjs'
import { lists } from './lists.mjs'
import { portals } from './portals.mjs'
import { records } from './records.mjs'
import { missing, Refusal } from './refusal.mjs'
import { holdingsOf, split } from './split.mjs'
import * as world from './world.mjs'

const { DAY, NOW, controls, directives, endpoints, figures, reference, units } = world

const fold = text => text.normalize('NFD').replace(/\p{M}/gu, '').replace(/đ/gi, 'd').toLowerCase()
const page = (items, { limit = 50, offset = 0 }) => ({ items: items.slice(offset, offset + limit), total: items.length })
const today = () => new Date(Date.now() + 7 * 3600_000).toISOString().slice(0, 10)
const dayBefore = days => new Date(Date.now() + 7 * 3600_000 - days * DAY * 1000).toISOString().slice(0, 10)

// --- people

export const people = [
  { id: 1, name: 'admin', full_name: 'Quản trị hệ thống', role: 'admin', unit: 'tinh-song-lam', password: 'Khien-mau-2026', must_change: false },
  { id: 2, name: 'canbo', full_name: 'Cán bộ CNTT phường', role: 'officer', unit: 'phuong-truc-lam', password: 'Khien-mau-2026', must_change: false },
  { id: 3, name: 'lanhdao', full_name: 'Lãnh đạo phường', role: 'leader', unit: 'phuong-truc-lam', password: 'Khien-mau-2026', must_change: false },
  { id: 4, name: 'moi', full_name: 'Người mới', role: 'viewer', unit: 'mam-non-hoa-mai', password: 'Lan-dau-2026-x', must_change: true },
].map(person => ({ ...person, language: 'vi', disabled: false, locked: false, created_s: NOW - 90 * DAY, login_s: person.id < 3 ? NOW - person.id * 4000 : null }))

const meOf = person => ({
  name: person.name,
  full_name: person.full_name,
  role: person.role,
  role_label: { vi: world.roles.find(role => role.role === person.role).vi, en: world.roles.find(role => role.role === person.role).en },
  rights: world.rightsOf(person),
  unit: reference(person.unit),
  language: person.language,
  must_change: person.must_change,
  idle_timeout_s: 1800,
  server_time_s: Math.floor(Date.now() / 1000),
})
/** What the caller saw, of a thing that two may change: it has grown by one when it is given back. */
const seen = (thing, { version }) => {
  if (version !== (thing.version ?? 1)) throw new Refusal(409, 'stale_version', 'Bản ghi đã được người khác sửa', 'hãy xem tình trạng hiện nay rồi quyết định lại')
  return Object.assign(thing, { version: version + 1 })
}
const userOf = ({ password: _, ...person }) => ({ version: 1, ...person, unit: reference(person.unit) })

const account = {
  login: ({ body, open }) => {
    const person = people.find(({ name, password }) => name === body.name && password === body.password)
    if (!person || person.disabled) throw new Refusal(401, 'login_failed', 'Tên đăng nhập hoặc mật khẩu không đúng')
    open(person)
    return meOf(person)
  },
  logout: ({ close }) => void close(),
  me: ({ person }) => meOf(person),
  me_set_password: ({ person, body }) => {
    if (body.old_password !== person.password) throw new Refusal(401, 'login_failed', 'Tên đăng nhập hoặc mật khẩu không đúng')
    if (body.new_password.length < 12) throw new Refusal(400, 'weak_password', 'Mật khẩu chưa đủ mạnh', 'cần ít nhất 12 ký tự')
    Object.assign(person, { password: body.new_password, must_change: false })
    return meOf(person)
  },
  me_set_language: ({ person, body }) => meOf(Object.assign(person, { language: body.language })),
  user_list: ({ query, scope }) => page(people.filter(person => scope(query.unit).has(person.unit) && fold(`${person.name} ${person.full_name}`).includes(fold(query.text ?? ''))).map(userOf), query),
  user_add: ({ body }) => {
    if (people.some(({ name }) => name === body.name)) throw new Refusal(409, 'exists', 'Đã có', body.name)
    const person = { id: people.length + 1, ...body, password: 'k7Mw-x9Rt-4pQz-u2Ha', must_change: true, disabled: false, locked: false, created_s: NOW, login_s: null }
    people.push(person)
    return { user: userOf(person), password: person.password }
  },
  user_set_disabled: ({ params, body }) => userOf(Object.assign(seen(personOf(params.user), body), { disabled: body.disabled })),
  user_reset_password: ({ params, body }) => {
    const person = Object.assign(seen(personOf(params.user), body), { password: 'k7Mw-x9Rt-4pQz-u2Ha', must_change: true })
    return { user: userOf(person), password: person.password }
  },
}

function personOf(id) {
  const person = people.find(one => String(one.id) === id)
  if (!person) throw missing()
  return person
}

// --- units

function unitOf(code, scope) {
  const unit = world.unitOf(code)
  if (!unit || !scope().has(code)) throw new Refusal(404, 'unknown_unit', 'Không có đơn vị này', code)
  return unit
}

function standing(unit, top) {
  const machines = world.active(unit.code)
  const states = { met: 0, partly: 0, not_met: 0, not_measured: 0, not_applicable: 0 }
  for (const control of controls) states[world.stateOf(world.countsOf(machines, control.name))]++
  return {
    version: 1,
    ...unit,
    parent: unit.code === top ? null : unit.parent,
    depth: pathOf(unit, top).length - 1,
    children: units.filter(child => child.parent === unit.code && child.to_s === null).length,
    endpoints: machines.length,
    own_endpoints: machines.filter(machine => machine.unit === unit.code).length,
    silent: machines.filter(machine => machine.silent).length,
    controls: states,
  }
}

function pathOf(unit, top) {
  const path = []
  for (let step = unit; step; step = step.code === top ? null : world.unitOf(step.parent)) path.unshift(reference(step.code))
  return path
}

const detail = (unit, top) => ({
  unit: standing(unit, top),
  path: pathOf(unit, top),
  changes: [{ at_s: unit.from_s, actor: 'local:root', what: 'add', detail: unit.name, decision: null }, ...(unit.changes ?? [])].reverse(),
  given: unit.given ?? units.flatMap(one => (one.given ?? []).filter(share => share.to.code === unit.code)),
})

const decisions = []
const DECIDED = { move: body => `${body.line}: → ${body.parent}`, merge: body => `→ ${body.into}`, end: () => '' }
/** A decision is written down before the act that names it. */
const decided = (one, what, body) => {
  const decision = decisions[body.decision - 1]
  if (!decision) throw new Refusal(404, 'not_found', 'Không tìm thấy', 'không có quyết định này')
  one.changes = [...(one.changes ?? []), { at_s: NOW, actor: 'admin', what, detail: DECIDED[what](body), decision }]
  return one
}

const unit = {
  unit_list: ({ query, scope, person }) => {
    const items = inOrder(units.filter(one => scope().has(one.code) && (query.ended || one.to_s === null)), person.unit).map(one => ({ ...standing(one, person.unit), controls: null }))
    return { items, total: items.length }
  },
  unit_show: ({ params, scope, person }) => detail(unitOf(params.unit, scope), person.unit),
  unit_standing: ({ params, scope, person }) => {
    const top = unitOf(params.unit, scope)
    const items = [top, ...units.filter(one => one.parent === top.code && one.to_s === null)].map(one => ({ code: one.code, controls: standing(one, person.unit).controls }))
    return { items, total: items.length }
  },
  unit_add: ({ body, scope, person }) => {
    if (world.unitOf(body.code)) throw new Refusal(409, 'exists', 'Đã có', body.code)
    unitOf(body.parent, scope)
    const added = { police_parent: null, ...body, from_s: NOW, to_s: null, merged_into: null }
    units.push(added)
    return detail(added, person.unit)
  },
  unit_rename: ({ params, body, scope, person }) => detail(Object.assign(seen(unitOf(params.unit, scope), body), { name: body.name }), person.unit),
  unit_move: ({ params, body, scope, person }) => {
    const moved = decided(seen(unitOf(params.unit, scope), body), 'move', body)
    if (world.below(moved.code).has(body.parent)) throw new Refusal(409, 'conflict', 'Dữ liệu đã thay đổi hoặc đang được dùng', 'đơn vị không thể nằm dưới chính nó')
    moved[body.line === 'police' ? 'police_parent' : 'parent'] = body.parent
    return detail(moved, person.unit)
  },
  unit_merge: ({ params, body, scope, person }) => {
    const source = decided(seen(unitOf(params.unit, scope), body), 'merge', body)
    Object.assign(source, { to_s: NOW, merged_into: body.into })
    for (const machine of endpoints) if (machine.unit === source.code) machine.unit = body.into
    return detail(source, person.unit)
  },
  unit_end: ({ params, body, scope, person }) => {
    const ended = decided(seen(unitOf(params.unit, scope), body), 'end', body)
    if (world.active(ended.code).length) throw new Refusal(409, 'conflict', 'Dữ liệu đã thay đổi hoặc đang được dùng', 'đơn vị còn máy đang dùng')
    return detail(Object.assign(ended, { to_s: NOW }), person.unit)
  },
  unit_split: ({ params, body, scope }) => {
    const source = unitOf(params.unit, scope)
    return split(body.dry_run ? source : seen(source, body), body, people)
  },
  unit_holdings: ({ params, scope }) => holdingsOf(unitOf(params.unit, scope).code, people),
  unit_decision_add: ({ query, params, scope }) => {
    unitOf(params.unit, scope)
    return { id: decisions.push({ id: decisions.length + 1, number: query.number, decided_on: query.decided_on, file_name: query.name, size: 4 }) }
  },
  unit_decision_file: () => 'tệp',
}

const inOrder = (list, top) => {
  const inside = code => list.filter(one => one.parent === code).sort((a, b) => a.name.localeCompare(b.name, 'vi')).flatMap(one => [one, ...inside(one.code)])
  return [world.unitOf(top), ...inside(top)]
}

// --- posture

const postureOf = (machines, control, target) => {
  const counts = world.countsOf(machines, control.name)
  return { control: control.name, title: control.title, remedy: control.remedy, subject: control.subject, state: world.stateOf(counts, target), share: world.share(counts), counts }
}

const rowsIn = (machines, control) => machines.flatMap(machine => world.answersOf(machine).get(control).map(row => ({ endpoint: named(control).over === 'unit' ? null : endpointRef(machine), unit: reference(machine.unit), ...row, control }))).sort(world.worstFirst)

const named = name => {
  const control = controls.find(one => one.name === name)
  if (!control) throw missing()
  return control
}

function valueOf(machines, kind, { control, states }) {
  const counts = world.countsOf(machines, control)
  const asked = counts.pass + counts.fail + counts.unknown
  return asked + counts.excepted + counts.not_applicable === 0 ? null : kind === 'share' ? world.share(counts) : (states ?? ['fail']).reduce((sum, state) => sum + counts[state], 0)
}

/** Of several controls the controls are counted, by their state. */
function valueOfMany(machines, kind, names, states = ['not_met']) {
  const found = names.map(name => world.stateOf(world.countsOf(machines, name)))
  const apply = found.filter(state => state !== 'not_applicable')
  if (apply.every(state => state === 'not_measured')) return null
  return kind === 'share' ? (100 * apply.filter(state => state === 'met').length) / apply.length : found.filter(state => states.includes(state)).length
}

/** Where a number is counted from, and what it counts. */
function sourceOf(machines, kind, value) {
  if (!value) return { value: null, reason: null, control: null, controls: [], states: [], registers: [] }
  const source = controlsOf(machines, kind, value)
  if (value.span || value.measure) source.value = value.span ? 5.5 : 12
  return { ...source, reason: source.value === null ? { vi: 'Chưa có máy nào báo về', en: 'No machine has reported yet' } : null, registers: source.control ? named(source.control).registers : [] }
}

function controlsOf(machines, kind, value) {
  if (!value.control && !value.controls) return { value: null, control: null, controls: [], states: [] }
  if (value.control) return { value: valueOf(machines, kind, value), control: value.control, controls: [value.control], states: kind === 'share' ? ['pass'] : value.states ?? ['fail'] }
  const names = value.controls === 'all' ? controls.map(control => control.name) : value.controls
  return { value: valueOfMany(machines, kind, names, value.states), control: null, controls: names, states: kind === 'share' ? ['met'] : value.states ?? ['not_met'] }
}

function figureOf(figure, machines, evidence = 0) {
  const source = sourceOf(machines, figure.kind, figure.value)
  const { value } = source
  const better = figure.better ?? (figure.kind === 'share' ? 'high' : 'low')
  const target = figure.target ?? null
  return {
    id: figure.figure,
    title: { vi: figure.vi, en: figure.en },
    kind: figure.kind,
    better,
    ...source,
    target,
    met: value === null || target === null ? null : better === 'high' ? value >= target : value <= target,
    counts: source.control ? world.countsOf(machines, source.control) : null,
    parts: (figure.value ? figure.parts ?? [] : []).map(part => ({ id: part.id, title: { vi: part.vi, en: part.en }, kind: part.kind, ...sourceOf(machines, part.kind, part) })),
    note: figure.note ?? null,
    waits_for: figure.unmeasured ?? null,
    reason: figure.unmeasured ?? source.reason,
    evidence: evidence ? source.controls.flatMap(name => rowsIn(machines, name)).sort(world.worstFirst).slice(0, evidence) : [],
  }
}

/** Past days are a little worse than today, so that the lines climb. */
const past = (value, days, kind, id) => {
  if (value === null || days > 70) return null
  const wobble = world.chance(id, Math.floor(days / 3)) * 4
  return kind === 'share' ? Math.max(0, Math.min(100, value - days * 0.35 - (days ? wobble : 0))) : Math.round(value + days * 0.4 + (days ? wobble : 0))
}

const posture = {
  control_list: () => ({ items: controls, total: controls.length }),
  unit_posture: ({ params, query, scope }) => {
    const machines = world.active(unitOf(params.unit, scope).code)
    return { unit: reference(params.unit), day: query.at ?? today(), items: controls.map(control => postureOf(machines, control)), total: controls.length }
  },
  unit_posture_history: ({ params, query, scope }) => {
    const machines = world.active(unitOf(params.unit, scope).code)
    const items = Array.from({ length: query.days }, (_, n) => ({ day: dayBefore(query.days - 1 - n), counts: world.countsOf(machines, named(params.control).name) }))
    return { control: params.control, items, total: items.length }
  },
  unit_comparison: ({ params, query, scope }) => {
    const parent = unitOf(params.unit, scope)
    const compared = (one, own) => {
      const machines = own ? world.active(one.code).filter(machine => machine.unit === one.code) : world.active(one.code)
      const postures = controls.map(control => postureOf(machines, control))
      return { unit: reference(one.code), own, endpoints: machines.length, silent: machines.filter(machine => machine.silent).length,
        states: postures.map(({ state }) => state), shares: postures.map(({ share }) => share),
        fails: postures.map(({ counts }) => counts.fail), unknowns: postures.map(({ counts }) => counts.unknown) }
    }
    const items = [compared(parent, true), ...units.filter(child => child.parent === parent.code && child.to_s === null).map(child => compared(child, false))]
    return { unit: reference(parent.code), day: query.at ?? today(), controls: controls.map(control => postureOf(world.active(parent.code), control)), items, total: items.length }
  },
  control_rows: ({ params, query, scope }) => {
    const control = named(params.control)
    const machines = world.active(unitOf(params.unit, scope).code)
    const rows = rowsIn(machines, control.name)
    const wanted = rows.filter(row => (!query.states || query.states.split(',').includes(row.state)) && fold(row.endpoint?.hostname ?? row.unit.name).includes(fold(query.text ?? '')))
    return { unit: reference(params.unit), control, counts: world.count(rows), ...page(wanted, query) }
  },
  unit_figures: ({ params, query, scope }) => {
    const machines = world.active(unitOf(params.unit, scope).code)
    return { unit: reference(params.unit), day: query.at ?? today(), items: figures.map(figure => figureOf(figure, machines, query.at ? 0 : 3)), total: figures.length }
  },
  figure_history: ({ params, query, scope }) => {
    const figure = figures.find(one => one.figure === params.figure)
    if (!figure) throw missing()
    const { value, target, kind } = figureOf(figure, world.active(unitOf(params.unit, scope).code))
    const items = Array.from({ length: query.days }, (_, n) => ({ day: dayBefore(query.days - 1 - n), value: past(value, query.days - 1 - n, kind, params.figure) }))
    return { figure: params.figure, target, items, total: items.length }
  },
}

// --- directives

function clauseOf(clause, machines, evidence) {
  const asked = (clause.controls ?? []).map(name => controls.find(control => control.name === name)).filter(Boolean).map(control => postureOf(machines, control, clause.target))
  const needs = clause.needs ?? []
  const state = clauseState(asked.map(one => one.state), needs.length, (clause.controls ?? []).length - asked.length)
  return {
    id: clause.id,
    clause: clause.clause,
    quote: clause.quote,
    kind: clause.kind,
    state,
    target: clause.target ?? 100,
    by: clause.by ?? null,
    overdue: !!clause.by && clause.by < today() && state !== 'met' && state !== 'not_applicable',
    does: clause.does,
    needs,
    controls: asked,
    figures: (clause.figures ?? []).map(id => figures.find(figure => figure.figure === id)).filter(Boolean).map(figure => figureOf(figure, machines, evidence)),
  }
}

function clauseState(states, needs, unanswered) {
  const answered = states.filter(state => state !== 'not_measured')
  if (answered.length === 0) return 'not_measured'
  if (answered.every(state => state === 'not_applicable') && needs === 0) return 'not_applicable'
  const good = answered.filter(state => state === 'met' || state === 'not_applicable').length
  if (good === states.length && needs + unanswered === 0) return 'met'
  return answered.every(state => state === 'not_met') ? 'not_met' : 'partly'
}

function summaryOf(directive, clauses) {
  const states = { met: 0, partly: 0, not_met: 0, not_measured: 0, not_applicable: 0 }
  for (const clause of clauses) states[clause.state]++
  const { id, number = null, date = null, title, issuer, superseded_by = null } = directive
  return { id, number, date, title, issuer, superseded_by, clauses: clauses.length, states }
}

const clausesOf = (directive, code, evidence = 0) => directive.clauses.map(clause => clauseOf(clause, world.active(code), evidence))

function directiveOf(id) {
  const directive = directives.find(one => one.id === id)
  if (!directive) throw new Refusal(404, 'unknown_directive', 'Không có văn bản chỉ đạo này', id)
  return directive
}

const directive = {
  directive_list: ({ query, scope, person }) => {
    const code = unitOf(query.unit ?? person.unit, scope).code
    return { unit: reference(code), day: query.at ?? today(), items: directives.map(one => summaryOf(one, clausesOf(one, code))), total: directives.length }
  },
  directive_show: ({ params, query, scope, person }) => {
    const code = unitOf(query.unit ?? person.unit, scope).code
    const clauses = clausesOf(directiveOf(params.directive), code, query.at ? 0 : query.evidence)
    return { directive: summaryOf(directiveOf(params.directive), clauses), unit: reference(code), day: query.at ?? today(), clauses }
  },
  directive_units: ({ params, query, scope, person }) => {
    const code = unitOf(query.unit ?? person.unit, scope).code
    const items = units.filter(child => child.parent === code && child.to_s === null).map(child => ({ unit: reference(child.code), own: false, states: summaryOf(directiveOf(params.directive), clausesOf(directiveOf(params.directive), child.code)).states }))
    return { unit: reference(code), day: query.at ?? today(), items, total: items.length }
  },
  directive_report: ({ params }) => `\ufeffKhoản;Tình trạng\n${params.directive};…\n`,
}

// --- reports

const REPORT_TEMPLATES = [
  { id: 'directive', title: 'Báo cáo kết quả thực hiện văn bản chỉ đạo', data: 'directive' },
  { id: 'proposal', title: 'Tờ trình đề xuất giải pháp', data: 'directive' },
  { id: 'period', title: 'Báo cáo định kỳ', data: 'period' },
]
const REPORT_PIECES = [
  { left: [{ face: 'issuer', lead: '', text: 'ỦY BAN NHÂN DÂN\nPHƯỜNG TRÚC LÂM' }, { rule: true }], right: [{ face: 'nation', lead: '', text: 'CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM' }, { face: 'motto', lead: '', text: 'Độc lập - Tự do - Hạnh phúc' }, { rule: true }] },
  { left: [{ face: 'number', lead: '', text: 'Số:         /BC-UBND' }], right: [{ face: 'place', lead: '', text: '…, ngày … tháng … năm 2026' }] },
  { face: 'type', lead: '', text: 'BÁO CÁO' },
  { face: 'abstract', lead: '', text: 'Công tác bảo đảm an toàn thông tin, an ninh mạng' },
  { face: 'text', lead: '', text: 'Đơn vị có 120 máy tính được đo.' },
  { face: 'item', lead: '- ', text: 'Độ phủ phòng chống mã độc: 97,4%.' },
  { columns: ['STT', 'Chỉ tiêu', 'Kết quả'], rows: [['1', 'Độ phủ phòng chống mã độc', '97,4%']], rows_total: 3 },
]

const report = {
  report_templates: () => ({ items: REPORT_TEMPLATES, total: REPORT_TEMPLATES.length }),
  report_preview: ({ query }) => ({ title: 'Báo cáo thử', name: `period-${query.period ?? today()}`, sections: [{ landscape: false, pieces: REPORT_PIECES }] }),
  report_file: () => 'Báo cáo thử\n',
}

// --- machines

const endpointRef = machine => ({ id: machine.id, hostname: machine.hostname, unit: reference(machine.unit) })
const endpointOf = machine => ({ version: 1, ...machine, unit: reference(machine.unit), answers: world.count([...world.answersOf(machine).values()].filter(rows => rows.length > 0).map(rows => ({ state: world.worst(rows) }))) })

function machineOf(id, scope) {
  const machine = endpoints.find(one => one.id === id)
  if (!machine || !scope().has(machine.unit)) throw missing()
  return machine
}

const SORTS = {
  hostname: machine => machine.hostname,
  unit: machine => machine.unit.name,
  seen: machine => machine.seen_s,
  enrolled: machine => machine.enrolled_s,
  fail: machine => machine.answers.fail,
}

const KEEP = {
  active: machine => machine.state === 'active',
  heard: machine => machine.state === 'active' && !machine.silent,
  silent: machine => machine.state === 'active' && machine.silent,
  revoked: machine => machine.state === 'revoked',
  replaced: machine => machine.state === 'replaced',
  all: () => true,
}

const SAMPLE = {
  packages: Array.from({ length: 640 }, (_, n) => ({ name: ['libssl3', 'openssl', 'firefox-esr', 'libreoffice-core', 'bash', 'coreutils', 'python3.11', 'curl'][n % 8] + (n > 7 ? `-${n}` : ''), version: `${1 + (n % 9)}.${n % 20}-${1 + (n % 4)}+deb12u${n % 6}`, arch: 'amd64', format: 'dpkg', source: 'openssl', vendor: 'Debian', licence: null, section: 'libs', size_bytes: 120_000 + n * 9731, installed_s: NOW - n * 50_000, automatic: n % 2 === 0, held: false, origin: 'Debian', version_offered: true })),
  accounts: [
    { name: 'root', uid: 0, home: '/root', shell: '/bin/bash', kind: 'root', admin: true, can_login: false, password: 'locked', login_known: true },
    { name: 'canbo', uid: 1000, full_name: 'Cán bộ một cửa', home: '/home/canbo', shell: '/bin/bash', kind: 'person', admin: true, can_login: true, password: 'set', password_hash: 'yescrypt', password_changed_s: NOW - 200 * DAY, last_login_s: Math.floor(NOW / DAY) * DAY, login_known: true, ssh_keys: 0, member_of: 'sudo lpadmin' },
    { name: 'ketoan', uid: 1001, full_name: 'Kế toán', home: '/home/ketoan', shell: '/bin/bash', kind: 'person', admin: false, can_login: true, password: 'set', password_hash: 'sha512', password_changed_s: NOW - 500 * DAY, login_known: true, ssh_keys: 0, member_of: '' },
  ],
  os: [{ name: 'Debian GNU/Linux 12 (bookworm)', distro: 'debian', family: 'debian', version: '12', codename: 'bookworm', kernel: '6.1.0-18-amd64', arch: 'x86_64', hostname: 'TL-CB-01', domain: null, machine_class: 'workstation', timezone: 'Asia/Ho_Chi_Minh', support_end_s: 1845763199, paid_support_end_s: 2003529599 }],
  hardware: [{ vendor: 'Dell Inc.', model: 'OptiPlex 3050', serial: 'FAKE-0001', asset_tag: null, chassis: 'desktop', bios_vendor: 'Dell Inc.', bios_version: '1.24.0', bios_s: 1655510400, cpu: 'Intel(R) Core(TM) i3-7100 CPU @ 3.90GHz', cpu_count: 4, memory_bytes: 8_254_390_272, virtual: false, secure_boot: true, tpm: '2.0' }],
  disks: [{ name: 'sda', serial: 'FAKE-DISK-1', model: 'WDC WD5000AAKX', size_bytes: 500_107_862_016, kind: 'hdd', bus: 'sata', removable: false, encrypted: false, in_use: true }],
  protection: [{ product: 'ClamAV', kind: 'av', version: '1.4.3', running: true, realtime: false }],
  wifi: [{ ssid: 'UBND-NoiBo', security: 'wpa2', secure: true, source: 'networkmanager', mode: 'client', auto_connect: true, hidden: false, last_used_s: NOW - DAY }, { ssid: 'Quán cà phê', security: 'open', secure: false, source: 'networkmanager', mode: 'client', auto_connect: true, hidden: false, last_used_s: null }],
}

const NOT_MEASURED = { password_policy: 'không đọc được /etc/security/pwquality.conf', logs: 'cần quyền root', backups: 'cần quyền root' }

const cellsOf = (table, row) => table.columns.map(column => (column.name in row ? row[column.name] : null))
const sampleRows = table => SAMPLE[table.table] ?? [Object.fromEntries(table.columns.filter(column => column.key).map(column => [column.name, column.type === 'text' ? 'mẫu' : 1]))]

const factState = (table, machine) => {
  const label = { vi: table.vi, en: table.en }
  const reason = NOT_MEASURED[table.table] ?? null
  const state = machine.offline && table.table === 'routes' ? 'not_received' : reason ? 'not_measured' : 'measured'
  const measured = state === 'measured'
  return { table: table.table, label, privileged: table.privileged, state, reason, rows: measured ? sampleRows(table).length : 0, collected_s: measured ? machine.seen_s : null, received_s: measured ? machine.seen_s : null }
}

const scanOf = machine => world.chance(machine.id, 'scan') > 0.25 ? {
  kind: 'first', started_s: machine.seen_s - 4000, ended_s: machine.seen_s - 3400, files: 48_213, bytes: 9_812_345_678, infected: world.chance(machine.id, 'infected') > 0.9 ? 1 : 0, suspicious: 0,
  errors: world.chance(machine.id, 'errors') > 0.7 ? 14 : 0, skipped: 231, partly: world.chance(machine.id, 'partly') > 0.8 ? 6 : 0, rules: 412,
  stopped: world.chance(machine.id, 'stopped') > 0.8 ? 'time' : null,
} : null

const open = ({ state }) => state === 'found' || state === 'verified'

export const detections = endpoints.filter(machine => machine.state === 'active' && world.chance(machine.id, 'infected') > 0.88).map((machine, n) => ({
  id: n + 1,
  endpoint: endpointRef(machine),
  found_s: NOW - Math.floor(world.chance(machine.id, 'when') * 40 * DAY),
  engine: 'yara',
  rule: ['EICAR_Test_File', 'Khien_Test_Dropper', 'Khien_Test_Macro'][n % 3],
  path: ['/home/canbo/Tải về/hóa đơn tháng 11.zip', '/home/ketoan/Desktop/eicar.com', '/media/usb/Báo cáo/danh sách.docm'][n % 3],
  member: n % 3 === 0 ? 'hoa-don.exe' : null,
  sha256: '275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f',
  size: 68 + n * 4096,
  verdict: n % 4 === 3 ? 'suspicious' : 'infected',
  state: ['found', 'quarantined', 'cleaned', 'verified', 'false_alarm', 'handled'][n % 6],
  changed_s: NOW - 3600,
  changed_by: n % 6 ? 'canbo' : null,
})).map((one, n) => lived(one, n)).sort((a, b) => b.found_s - a.found_s)

/** What happened to a detection, as far as its state tells: new ones are some hours old, so that the clocks run. */
function lived(one, n) {
  if (open(one)) one.found_s = NOW - [2, 11, 17, 30][n % 4] * 3600
  const verified = one.state === 'found' ? null : one.found_s + 2 * 3600
  const handled = ['quarantined', 'handled', 'cleaned'].includes(one.state) ? one.found_s + (3 + (n % 9)) * 3600 : null
  return {
    ...one,
    seen_s: one.found_s,
    verified_s: verified,
    handled_s: handled,
    cleaned_s: one.state === 'cleaned' ? handled + DAY : null,
    verify_by_s: one.state === 'found' ? one.found_s + 12 * 3600 : null,
    handle_by_s: open(one) ? one.found_s + DAY : null,
    again_of: n % 7 === 3 ? 1 : null,
    version: 1,
  }
}

const changesOf = one => [
  { at_s: one.found_s, actor: null, state: 'found', note: null },
  ...(one.verified_s ? [{ at_s: one.verified_s, actor: 'canbo', state: 'verified', note: null }] : []),
  ...(one.state === 'false_alarm' ? [{ at_s: one.changed_s, actor: 'canbo', state: 'false_alarm', note: 'Phần mềm kế toán của đơn vị, đã hỏi nhà cung cấp' }] : []),
  ...(one.handled_s ? [{ at_s: one.handled_s, actor: one.state === 'handled' ? 'canbo' : null, state: one.state === 'handled' ? 'handled' : 'quarantined', note: one.state === 'handled' ? 'Đã xóa tệp và gỡ phần mềm đi kèm' : null }] : []),
  ...(one.cleaned_s ? [{ at_s: one.cleaned_s, actor: null, state: 'cleaned', note: null }] : []),
]

function detectionOf(id, scope) {
  const one = detections.find(detection => String(detection.id) === id && scope().has(detection.endpoint.unit.code))
  if (!one) throw missing()
  return one
}

export const secretCases = endpoints.filter(machine => machine.state === 'active' && machine.role !== 'secret' && world.chance(machine.id, 'secrets') > 0.9).map((machine, n) => ({
  id: `5ec2e7${String(n).padStart(2, '0')}-0000-4000-8000-000000000000`,
  endpoint: endpointRef(machine),
  level: ['mat', 'toi_mat', 'mat', 'tuyet_mat'][n % 4],
  place: ['documents', 'desktop', 'downloads', 'removable', 'mail'][n % 5],
  sha256: '275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f',
  state: ['found', 'held', 'handed_over', 'false_alarm', 'gone'][n % 5],
  reason: n % 5 === 3 ? 'training' : null,
  found_s: NOW - Math.floor(world.chance(machine.id, 'secret when') * 80 * DAY) - DAY,
  since_s: NOW - 3600 * (n + 1),
})).sort((a, b) => b.since_s - a.since_s)

const waits = ({ state }) => state === 'found' || state === 'held'
const LEVELS = ['mat', 'toi_mat', 'tuyet_mat']
const byLevel = cases => Object.fromEntries(LEVELS.map(level => [level, cases.filter(one => one.level === level).length]))

const secret = {
  secret_case_list: ({ query, scope }) => {
    const inside = scope(query.unit)
    const wanted = one => (query.state === 'all' || (query.state === 'open' ? waits(one) : one.state === query.state)) && (!query.level || one.level === query.level) && (!query.endpoint || one.endpoint.id === query.endpoint)
    return page(secretCases.filter(one => inside.has(one.endpoint.unit.code) && wanted(one)), query)
  },
  secret_case_show: ({ params, scope }) => {
    const inside = scope()
    const mine = secretCases.filter(one => inside.has(one.endpoint.unit.code))
    const one = mine.find(item => item.id === params.secret_case)
    if (!one) throw missing()
    const steps = [{ at_s: one.found_s, state: 'found' }, ...(one.state === 'found' ? [] : [{ at_s: one.since_s, state: one.state }])]
    return { case: one, steps, same: mine.filter(item => item.sha256 === one.sha256 && item !== one) }
  },
  secret_case_units: ({ query, scope }) => {
    const inside = scope(query.unit)
    const mine = secretCases.filter(one => inside.has(one.endpoint.unit.code))
    const items = [...new Set(mine.map(one => one.endpoint.unit.code))].sort().map(code => {
      const here = mine.filter(one => one.endpoint.unit.code === code)
      const of = (...states) => here.filter(one => states.includes(one.state))
      return { unit: here[0].endpoint.unit, machines: new Set(here.map(one => one.endpoint.id)).size, ...byLevel(of('found')), held: of('held').length, handled: of('handed_over', 'gone').length, false_alarms: of('false_alarm').length }
    })
    return { items, total: items.length }
  },
  secret_case_weeks: ({ params, query, scope }) => {
    const inside = scope(unitOf(params.unit, scope).code)
    const mine = secretCases.filter(one => inside.has(one.endpoint.unit.code))
    const items = Array.from({ length: query.weeks }, (_, n) => {
      const end = NOW - (query.weeks - 1 - n) * 7 * DAY
      return { week: new Date((end - 6 * DAY) * 1000).toISOString().slice(0, 10), ...byLevel(mine.filter(one => one.found_s < end && (waits(one) || one.since_s >= end))) }
    })
    return { items, total: items.length }
  },
}

const OVERDUE = { running: open, verify_overdue: one => one.verify_by_s && one.verify_by_s < NOW, handle_overdue: one => one.handle_by_s && one.handle_by_s < NOW }
const IN_STATE = { all: () => true, open, dealt_with: one => ['quarantined', 'handled', 'cleaned'].includes(one.state) }

const detection = {
  detection_list: ({ query, scope }) => {
    const inside = scope(query.unit)
    const wanted = one => (IN_STATE[query.state] ?? (({ state }) => state === query.state))(one) && (!query.clock || OVERDUE[query.clock](one)) && (!query.again || one.again_of !== null) && (!query.verdict || one.verdict === query.verdict)
    return page(detections.filter(one => inside.has(one.endpoint.unit.code) && wanted(one) && fold(`${one.rule} ${one.path} ${one.endpoint.hostname}`).includes(fold(query.text ?? ''))), query)
  },
  detection_show: ({ params, scope }) => {
    const one = detectionOf(params.detection, scope)
    return {
      detection: one,
      changes: changesOf(one),
      related: detections.filter(other => other !== one && other.endpoint.id === one.endpoint.id && other.rule === one.rule),
      elsewhere: new Set(detections.filter(other => other.rule === one.rule && other.endpoint.id !== one.endpoint.id).map(other => other.endpoint.id)).size,
    }
  },
  detection_decide: ({ params, body, person, scope }) => {
    const one = seen(detectionOf(params.detection, scope), body)
    if (body.state !== 'verified' && !body.note) throw new Refusal(400, 'invalid_field', 'Giá trị không hợp lệ', 'note')
    const handled = body.state === 'handled' ? NOW : null
    return Object.assign(one, {
      state: body.state, changed_s: NOW, changed_by: person.name, verified_s: body.state === 'found' ? null : one.verified_s ?? NOW, handled_s: handled,
      verify_by_s: body.state === 'found' ? one.found_s + 12 * 3600 : null, handle_by_s: ['found', 'verified'].includes(body.state) ? one.found_s + DAY : null,
    })
  },
  detection_weeks: ({ params, query, scope }) => {
    const inside = scope(unitOf(params.unit, scope).code)
    const mine = detections.filter(one => inside.has(one.endpoint.unit.code) && one.state !== 'false_alarm')
    const monday = NOW - (((Math.floor((NOW + 7 * 3600) / DAY) + 3) % 7) * DAY) - ((NOW + 7 * 3600) % DAY)
    const items = Array.from({ length: query.weeks }, (_, n) => {
      const from = monday - (query.weeks - 1 - n) * 7 * DAY
      const within = at => at !== null && at >= from && at < from + 7 * DAY
      return {
        week: new Date((from + 7 * 3600) * 1000).toISOString().slice(0, 10),
        found: mine.filter(one => within(one.found_s)).length,
        handled: mine.filter(one => within(one.handled_s)).length,
        again: mine.filter(one => within(one.found_s) && one.again_of !== null).length,
      }
    })
    return { items, total: items.length }
  },
}

// --- campaigns

const campaigns = [
  { id: 3, name: 'Rà soát tài liệu mật quý IV', unit: 'tinh-song-lam', scan: 'search', created_s: NOW - DAY, created_by: 'admin', deadline_s: NOW + 6 * DAY, closed_s: null, closed_by: null },
  { id: 2, name: 'Rà soát mã độc tháng 11', unit: 'tinh-song-lam', scan: 'full', created_s: NOW - 2 * DAY, created_by: 'admin', deadline_s: NOW + 5 * DAY, closed_s: null, closed_by: null },
  { id: 1, name: 'Quét nhanh sau cảnh báo', unit: 'phuong-truc-lam', scan: 'quick', created_s: NOW - 40 * DAY, created_by: 'canbo', deadline_s: NOW - 33 * DAY, closed_s: NOW - 33 * DAY, closed_by: null },
]
const PLACES_OF_STATES = [[0.48, 'done'], [0.66, 'partly'], [0.7, 'running'], [0.78, 'ordered'], [0.93, 'not_reached'], [0.97, 'refused'], [1, 'failed']]

function campaignMachine(campaign, machine) {
  const lot = world.chance(machine.id, campaign.name)
  const state = machine.offline ? 'not_reached' : machine.silent ? 'silent' : PLACES_OF_STATES.find(([upTo]) => lot < upTo)[1]
  const ended = state === 'done' || state === 'partly'
  const found = ended && world.chance(machine.id, campaign.name, 'found') > 0.9 ? 2 : 0
  const sent = ['not_reached', 'silent'].includes(state) ? null : campaign.created_s + 600
  return {
    endpoint: endpointRef(machine),
    state,
    reason: machine.offline ? 'unlinked' : state === 'partly' ? (campaign.scan === 'search' ? 'unread' : 'limits') : state === 'refused' ? 'the settings of this machine do not allow scan' : null,
    seen_s: machine.seen_s,
    sent_s: sent,
    begun_s: ended || state === 'running' ? sent + 60 : null,
    done_s: ended || state === 'failed' ? sent + 4000 : null,
    gaps: state === 'partly' && campaign.scan !== 'search' ? { encrypted: 11, damaged: 3 } : null,
    progress: state === 'running' ? { files: 120_400, bytes: 9_400_000_000, left_s: 1740 } : null,
    scan: ended && campaign.scan !== 'search' ? { kind: campaign.scan, started_s: sent + 60, ended_s: sent + 4000, files: 261_004, bytes: 31_000_000_000, infected: found, suspicious: 0, errors: 0, skipped: 0, partly: state === 'partly' ? 14 : 0, rules: 5877, stopped: null } : null,
    found,
    open: found ? Math.floor(world.chance(machine.id, 'open') * 2) : 0,
    search: ended && campaign.scan === 'search' ? { ended_s: sent + 4000, complete: true, files: 41_204, documents: 310, encrypted: state === 'partly' ? 2 : 0, partly: 0, unread: state === 'partly' ? 1 : 0, reviewed: state === 'done' } : null,
  }
}

const machinesIn = (campaign, inside) => {
  const reach = world.below(campaign.unit)
  return endpoints.filter(machine => machine.state === 'active' && reach.has(machine.unit) && inside.has(machine.unit)).map(machine => campaignMachine(campaign, machine))
}

function campaignCounts(machines) {
  const counts = { machines: machines.length, not_reached: 0, silent: 0, ordered: 0, running: 0, done: 0, partly: 0, refused: 0, failed: 0, infected: 0, cleaned: 0 }
  for (const { state, found, open: left } of machines) {
    counts[state]++
    if (found) counts.infected++
    if (found && !left) counts.cleaned++
  }
  return counts
}

const touches = (campaign, inside) => inside.has(campaign.unit) || [...inside].some(code => world.below(campaign.unit).has(code))
const campaignOf = (campaign, inside, person) => ({ ...campaign, unit: reference(campaign.unit), mine: world.below(person.unit).has(campaign.unit), counts: campaignCounts(machinesIn(campaign, inside)) })

function findCampaign(id, inside) {
  const campaign = campaigns.find(one => String(one.id) === id && touches(one, inside))
  if (!campaign) throw missing()
  return campaign
}

const ATTENTION = ['failed', 'refused', 'silent', 'not_reached', 'partly', 'running', 'ordered', 'done']

const campaign = {
  campaign_list: ({ query, scope, person }) => {
    const inside = scope(query.unit)
    return page(campaigns.filter(one => touches(one, inside) && (query.state === 'all' || (query.state === 'open') === (one.closed_s === null))).map(one => campaignOf(one, inside, person)), query)
  },
  campaign_create: ({ body, scope, person }) => {
    const added = { id: campaigns.length + 1, name: body.name, unit: unitOf(body.unit, scope).code, scan: body.scan, created_s: NOW, created_by: person.name, deadline_s: NOW + body.hours * 3600, closed_s: null, closed_by: null }
    campaigns.unshift(added)
    return campaignOf(added, scope(), person)
  },
  campaign_show: ({ params, query, scope, person }) => campaignOf(findCampaign(params.campaign, scope(query.unit)), scope(query.unit), person),
  campaign_units: ({ params, query, scope, person }) => {
    const code = query.unit ?? person.unit
    const one = findCampaign(params.campaign, scope(code))
    const rows = [
      { unit: reference(code), own: true, counts: campaignCounts(machinesIn(one, new Set([code]))) },
      ...units.filter(child => child.parent === code).map(child => ({ unit: reference(child.code), own: false, counts: campaignCounts(machinesIn(one, world.below(child.code))) })),
    ]
    return { unit: reference(code), items: rows, total: rows.length }
  },
  campaign_machines: ({ params, query, scope }) => {
    const one = findCampaign(params.campaign, scope(query.unit))
    const wanted = { all: () => true, not_scanned: ({ state }) => state !== 'done' && state !== 'partly', infected: ({ found }) => found > 0 }
    const machines = machinesIn(one, scope(query.unit)).filter(machine => (wanted[query.state] ?? (({ state }) => state === query.state))(machine) && fold(machine.endpoint.hostname).includes(fold(query.text ?? '')))
    return page(machines.sort((a, b) => (b.open > 0) - (a.open > 0) || ATTENTION.indexOf(a.state) - ATTENTION.indexOf(b.state)), query)
  },
  campaign_close: ({ params, scope, person }) => campaignOf(Object.assign(findCampaign(params.campaign, scope()), { closed_s: NOW, closed_by: person.name }), scope(), person),
}

// --- content

const BUNDLE = { id: 3, sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08', size: 96_400_000, files: 640, made_s: NOW - DAY, added_s: NOW - DAY + 1200 }

function contentOf(machine) {
  if (machine.offline) return null
  const lot = world.chance(machine.id, 'content')
  const state = machine.silent ? 'older' : lot < 0.8 ? 'current' : lot < 0.92 ? 'older' : 'never_said'
  const age = state === 'current' ? DAY : 6 * DAY
  const said = state !== 'never_said'
  return {
    endpoint: endpointRef(machine), state, seen_s: machine.seen_s, made_s: said ? NOW - age : null, newest_s: said ? NOW - age : null, rules: said ? 5877 : null, signatures: said ? 133_591 : null,
    hashes: said ? 2_400_000 : null, error: state === 'older' && lot > 0.86 ? 'no trusted key has signed it' : null, said_s: said ? machine.seen_s : null,
  }
}

const contents = inside => endpoints.filter(machine => machine.state === 'active' && !machine.offline && inside.has(machine.unit)).map(contentOf)

const content = {
  content_show: ({ query, scope }) => {
    const machines = contents(scope(query.unit))
    const count = wanted => machines.filter(({ state }) => state === wanted).length
    return { bundle: BUNDLE, counts: { machines: machines.length, current: count('current'), older: count('older'), never_said: count('never_said') } }
  },
  content_machines: ({ query, scope }) =>
    page(contents(scope(query.unit)).filter(machine => (query.state === 'all' || machine.state === query.state) && fold(machine.endpoint.hostname).includes(fold(query.text ?? ''))).sort((a, b) => (a.newest_s ?? 0) - (b.newest_s ?? 0)), query),
}

const orders = []

const endpoint = {
  endpoint_list: ({ query, scope }) => {
    const inside = scope(query.unit)
    const answered = machine => !query.control || world.worst(world.answersOf(machine).get(named(query.control).name)) === (query.answer ?? 'fail')
    const items = endpoints.filter(machine => inside.has(machine.unit) && KEEP[query.state](machine) && (!query.role || machine.role === query.role) && fold(machine.hostname).includes(fold(query.text ?? '')) && answered(machine)).map(endpointOf)
    const by = SORTS[query.sort]
    items.sort((a, b) => (query.desc ? -1 : 1) * (by(a) < by(b) ? -1 : by(a) > by(b) ? 1 : 0))
    return page(items, query)
  },
  endpoint_show: ({ params, scope }) => {
    const machine = machineOf(params.endpoint, scope)
    const answers = controls.filter(control => control.over === 'endpoint').map(control => {
      const rows = world.answersOf(machine).get(control.name)
      return { control: control.name, title: control.title, remedy: control.remedy, subject: control.subject, state: world.worst(rows), counts: world.count(rows), since_s: NOW - Math.floor(world.chance(machine.id, control.name, 'since') * 60 * DAY), evaluated_s: NOW - 300 }
    }).sort(world.worstFirst)
    return {
      endpoint: endpointOf(machine),
      clock_offset_s: world.chance(machine.id, 'clock') > 0.9 ? 412 : 0,
      health: { version: machine.agent_version, uptime_s: 356_400, rss_kib: 21_504, cpu_ms: 48_120, spool_bytes: 0, spool_records: 0, dropped: { events: 0, facts: 0, detections: 0 }, refused: 0, clock_offset_ms: 0, sandbox: { seccomp: true, landlock: true }, last_error: null },
      certificate: machine.offline ? null : { serial: '0a1b2c3d', issued_s: machine.enrolled_s, expires_s: machine.enrolled_s + 365 * DAY },
      last_scan: scanOf(machine),
      open_detections: detections.filter(one => one.endpoint.id === machine.id && open(one)).length,
      waiting_orders: orders.filter(order => order.endpoint === machine.id && order.state === 'waiting').length,
      content: contentOf(machine),
      facts: world.tables.map(table => factState(table, machine)),
      answers,
    }
  },
  endpoint_facts: ({ params, query, scope }) => {
    const machine = machineOf(params.endpoint, scope)
    const table = world.tables.find(one => one.table === params.table)
    if (!table) throw missing()
    const { label, state, reason, collected_s } = factState(table, machine)
    const place = table.columns.findIndex(column => column.name === query.sort)
    const rows = (state === 'measured' ? sampleRows(table) : []).map(row => cellsOf(table, row)).filter(row => !query.text || row.some(cell => String(cell ?? '').toLowerCase().includes(query.text.toLowerCase())))
    if (place >= 0) rows.sort((a, b) => (query.desc ? -1 : 1) * (a[place] < b[place] ? -1 : 1))
    return { table: table.table, label, state, reason, collected_s, columns: table.columns.map(({ name, type, key = false, vi, en }) => ({ name, type, key, label: { vi, en } })), ...page(rows, query) }
  },
  endpoint_control_rows: ({ params, query, scope }) => {
    const rows = rowsIn([machineOf(params.endpoint, scope)], named(params.control).name)
    return { control: named(params.control), counts: world.count(rows), ...page(rows, query) }
  },
  endpoint_detections: ({ params, query, scope }) => page(detections.filter(one => one.endpoint.id === machineOf(params.endpoint, scope).id), query),
  endpoint_orders: ({ params, query, scope }) => page(orders.filter(order => order.endpoint === machineOf(params.endpoint, scope).id).map(({ endpoint: _, ...order }) => order).reverse(), query),
  endpoint_order: ({ params, body, scope, person }) => {
    const order = { id: orders.length + 1, endpoint: machineOf(params.endpoint, scope).id, kind: body.kind, args: body.kind === 'scan' ? { scan: body.scan ?? 'quick' } : {}, created_s: Math.floor(Date.now() / 1000), created_by: person.name, expires_s: NOW + DAY, sent_s: null, done_s: null, state: 'waiting', result: null, reason: null }
    orders.push(order)
    const { endpoint: _, ...shown } = order
    return shown
  },
  endpoint_set_role: ({ params, body, scope }) => endpointOf(Object.assign(seen(machineOf(params.endpoint, scope), body), { role: body.role })),
  endpoint_move: ({ params, body, scope }) => endpointOf(Object.assign(seen(machineOf(params.endpoint, scope), body), { unit: unitOf(body.unit, scope).code })),
  endpoint_revoke: ({ params, body, scope }) => endpointOf(Object.assign(seen(machineOf(params.endpoint, scope), body), { state: 'revoked' })),
}

// --- tokens, service

const tokens = [
  { id: 1, unit: 'mam-non-hoa-mai', uses: 10, used: 4, expires_s: NOW + 5 * DAY, created_s: NOW - 2 * DAY, created_by: 'canbo', state: 'usable' },
  { id: 2, unit: 'thcs-truc-lam', uses: 30, used: 30, expires_s: NOW - 20 * DAY, created_s: NOW - 27 * DAY, created_by: 'canbo', state: 'used' },
  { id: 3, unit: 'tram-y-te-truc-lam', uses: 6, used: 2, expires_s: NOW - 3 * DAY, created_s: NOW - 10 * DAY, created_by: 'admin', state: 'expired' },
]
const tokenOf = token => ({ ...token, unit: reference(token.unit) })

const qr = text => {
  const size = 33
  const corner = (x, y) => [[0, 0], [size - 7, 0], [0, size - 7]].some(([a, b]) => x >= a && x < a + 7 && y >= b && y < b + 7 && (x === a || x === a + 6 || y === b || y === b + 6 || (x >= a + 2 && x <= a + 4 && y >= b + 2 && y <= b + 4)))
  const free = (x, y) => !((x < 8 && y < 8) || (x > size - 9 && y < 8) || (x < 8 && y > size - 9))
  const path = []
  for (let y = 0; y < size; y++) for (let x = 0; x < size; x++) if (corner(x, y) || (free(x, y) && world.chance(text, x, y) > 0.5)) path.push(`M${x} ${y}h1v1h-1z`)
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-2 -2 ${size + 4} ${size + 4}"><path d="${path.join('')}"/></svg>`
}

const audits = []

/** Every write leaves a line. */
export function note(action, actor, target) {
  audits.unshift({ id: 65 + audits.length, at_ms: Date.now(), actor, unit: null, action, target, detail: '' })
}

const lawText = id => {
  const text = world.texts.find(one => one.id === id)
  return text ? { id, number: text.number ?? null, name: { vi: text.vi, en: text.en } } : null
}

const service = {
  law_list: ({ query }) => {
    const day = query.at ?? today()
    const items = world.law.filter(rule => (!rule.from || rule.from <= day) && (!rule.to || rule.to >= day)).map(rule => ({
      rule: rule.rule,
      title: { vi: rule.vi, en: rule.en },
      value: rule.value == null || Array.isArray(rule.value) ? null : String(rule.value),
      list: Array.isArray(rule.value) ? rule.value.map(String) : [],
      unit: rule.unit,
      text: lawText(rule.text),
      article: rule.article ?? null,
      level: rule.level ?? null,
      from: rule.from ?? null,
      to: rule.to ?? null,
      trust: rule.trust,
    }))
    return { day, items, total: items.length }
  },
  token_list: ({ query, scope }) => page(tokens.filter(token => scope(query.unit).has(token.unit) && (query.state === 'all' || token.state === query.state)).map(tokenOf), query),
  token_create: ({ body, scope, person }) => {
    const token = { id: tokens.length + 1, unit: unitOf(body.unit, scope).code, uses: body.uses ?? 1, used: 0, expires_s: NOW + (body.days ?? 7) * DAY, created_s: NOW, created_by: person.name, state: 'usable' }
    tokens.unshift(token)
    const link = 'https://khien.songlam.example:8443/e/Xf3kQ9vLw2sYb7Rn4TzHc8MdPa6JeGu1#q0nJ8mT2xVb5Lr7Yw3Kd9Zs1Hc4Pf6Ga0Eu2Ti8Rk5M'
    return { token: tokenOf(token), link, qr_svg: qr(link) }
  },
  token_revoke: ({ params }) => {
    const token = tokens.find(one => String(one.id) === params.token)
    if (!token) throw missing()
    return tokenOf(Object.assign(token, { state: 'revoked' }))
  },
  audit_list: ({ query }) => {
    const rows = [...audits, ...Array.from({ length: 64 }, (_, n) => ({ id: 64 - n, at_ms: (NOW - n * 3977) * 1000, actor: n % 3 ? 'canbo' : 'admin', unit: n % 4 ? reference('phuong-truc-lam') : null, action: ['login', 'endpoint.order', 'token.create', 'login.failed', 'endpoint.role', 'user.add'][n % 6], target: ['canbo', 'TL-CB-03', 'mam-non-hoa-mai'][n % 3], detail: n % 6 === 4 ? 'internet → internal' : '10.3.0.12' }))]
    return page(rows.filter(row => fold(`${row.actor} ${row.action} ${row.target}`).includes(fold(query.text ?? ''))), query)
  },
  status: () => ({ items: [{ what: 'mail_unset', label: { vi: 'Chưa đặt máy chủ thư (smtp.url, smtp.from): cảnh báo không đến hộp thư của ai', en: 'No mail server is set (smtp.url, smtp.from): alerts reach nobody\'s mailbox' }, error: { vi: 'Hệ thống này không có chức năng đó', en: 'Not supported' }, since_s: NOW - DAY, last_s: NOW, times: 24 }], total: 1 }),
  about: () => ({ product: 'Khiên', version: '0.1.0', server_time_s: Math.floor(Date.now() / 1000), started_s: NOW - 3 * DAY, controls: controls.length, figures: figures.length, directives: directives.length, fact_tables: world.tables.length, demo: false }),
  openapi: () => ({}),
  healthz: () => ({ status: 'ok' }),
  readyz: () => ({ status: 'ok' }),
  metrics: () => '',
}

export const answers = { ...account, ...unit, ...posture, ...directive, ...report, ...endpoint, ...detection, ...secret, ...campaign, ...content, ...service, ...records, ...incidents, ...portals, ...lists, ...dutyAnswers(detections) }
