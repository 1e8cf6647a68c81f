// @vitest-environment node
/** The mock answers every route of spec/api in the shape spec/api/types.yaml says; so the pages are tried on what the server will send. */
import { beforeAll, describe, expect, test } from 'vitest'
import { detections, secretCases } from './answers.mjs'
import { handle } from './handle.mjs'
import { endpoints, routes, types } from './world.mjs'

type Shape = string | unknown[] | Record<string, unknown>

/** What is wrong with a value, as "path: …"; nothing when it fits. */
function misfits(value: unknown, shape: Shape, path: string): string[] {
  if (Array.isArray(shape)) return list(value, shape[0] as Shape, path)
  if (typeof shape === 'object') return object(value, shape, path)
  if (shape.endsWith('?')) return value === null ? [] : misfits(value, shape.slice(0, -1), path)
  if (shape.startsWith('[')) return list(value, shape.slice(1, -1), path)
  if (shape in types) return object(value, types[shape] as Record<string, unknown>, path)
  const kind = { text: 'string', int: 'number', number: 'number', time: 'number', bool: 'boolean' }[shape]
  return kind === undefined || typeof value === kind ? [] : [`${path}: expected ${shape}, found ${JSON.stringify(value)}`]
}

const list = (value: unknown, shape: Shape, path: string): string[] =>
  Array.isArray(value) ? value.slice(0, 5).flatMap((item, place) => misfits(item, shape, `${path}[${place}]`)) : [`${path}: expected a list`]

function object(value: unknown, shape: Record<string, unknown>, path: string): string[] {
  if (typeof value !== 'object' || value === null) return [`${path}: expected an object, found ${JSON.stringify(value)}`]
  const names = Object.keys(shape)
  if (names.length === 1 && shape[names[0]!] === null) return Object.entries(value).slice(0, 5).flatMap(([name, item]) => misfits(item, names[0]!, `${path}.${name}`))
  const extra = Object.keys(value).filter(name => !names.includes(name) && !['password', 'changes'].includes(name)).map(name => `${path}.${name}: not in the spec`)
  return [...extra, ...names.flatMap(name => misfits((value as Record<string, unknown>)[name], shape[name] as Shape, `${path}.${name}`))]
}

const PATH: Record<string, string> = {
  unit: 'mam-non-hoa-mai', endpoint: endpoints[40]!.id, table: 'packages', control: 'av_running', figure: 'K01', directive: 'binh-chanh-2024', token: '1', user: '2', detection: '1', secret_case: secretCases[0]!.id, campaign: '2', register: 'task', record: '1', file: '1', incident: '1', portal: '1', alarm: '1', decision: '1',
}
/** Only what was suspended, and checked since, can be released. */
const OTHER_PATH: Record<string, Record<string, string>> = { incident_release: { incident: '2' } }
const QUERY: Record<string, Record<string, unknown>> = { record_file_add: { kind: 'evidence', name: 'bien-ban.pdf' }, record_choices: { field: 'owner' }, firewall_import: { device: 1 }, unit_decision_add: { number: '12/QĐ-UBND', decided_on: '2026-11-20', name: 'quyet-dinh.pdf' } }
const BODY: Record<string, Record<string, unknown>> = {
  login: { name: 'admin', password: 'Khien-mau-2026' },
  me_set_password: { old_password: 'Khien-mau-2026', new_password: 'Khien-mau-2026' },
  me_set_language: { language: 'vi' },
  user_add: { name: 'nguoi.moi', full_name: 'Người mới', role: 'viewer', unit: 'mam-non-hoa-mai' },
  user_set_disabled: { disabled: false, version: 1 },
  user_reset_password: { version: 2 },
  endpoint_order: { kind: 'scan', scan: 'full' },
  endpoint_set_role: { role: 'internal', version: 1 },
  endpoint_move: { unit: 'mam-non-hoa-mai', version: 2 },
  detection_decide: { state: 'verified', version: 1 },
  campaign_create: { unit: 'mam-non-hoa-mai', name: 'Quét thử', scan: 'quick', hours: 24 },
  endpoint_revoke: { reason: 'thử', version: 3 },
  token_create: { unit: 'mam-non-hoa-mai', uses: 3, days: 2 },
  incident_report: { title: 'Máy hiện thông báo lạ' },
  incident_hand_over: { to_whom: 'Công an tỉnh' },
  dispatch_send: { dispatch: 1, units: ['mam-non-hoa-mai'], due_on: '2026-12-01' },
  quiz_start: { quiz: 1 },
  quiz_answer: { attempt: 1, choices: [2, 2] },
  lan_assessment_fill: { assessment: 1, version: 1 },
  system_checklist: { system: 1 },
  record_create: { fields: { title: 'Việc mới', due_on: '2026-12-01' } },
  record_change: { version: 1, fields: { title: 'Việc đã sửa' } },
  record_move: { move: 'drop', version: 2 },
  record_move_many: { move: 'reopen', records: [{ id: 1, version: 3 }] },
  unit_add: { code: 'truong-moi', name: 'Trường mới', kind: 'school', parent: 'phuong-truc-lam' },
  unit_rename: { name: 'Trường Mầm non Hoa Mai', version: 1 },
  unit_move: { parent: 'phuong-truc-lam', line: 'admin', version: 2, decision: 1 },
  unit_split: { parts: [{ name: 'Trường mới', kind: 'school', rest: true }], end: true, dry_run: true, version: 3 },
  unit_merge: { into: 'tieu-hoc-so-1', version: 3, decision: 1 },
}
/** These change what the others ask about, or cannot succeed on it. */
const LAST = ['unit_merge', 'unit_end', 'endpoint_revoke', 'logout']

describe('every route of spec/api', () => {
  let token: string | undefined
  beforeAll(() => {
    token = handle({ method: 'POST', path: '/api/v1/session', body: BODY.login, marked: true }).cookie
    handle({ method: 'POST', path: `/api/v1/units/${PATH.unit}/decisions`, query: QUERY.unit_decision_add!, token: token!, marked: true })
  })

  const shaped = routes.filter(route => route.returns && !LAST.includes(route.route))
  test.each(shaped.map(route => [route.route, route] as const))('%s', (_, route) => {
    const path = route.path.replace(/\{(\w+)\}/g, (_whole: string, name: string) => ({ ...PATH, ...OTHER_PATH[route.route] })[name]!)
    const { status, body } = handle({ method: route.method, path, query: QUERY[route.route] ?? {}, body: BODY[route.route] ?? {}, token, marked: true })
    expect(status, JSON.stringify(body)).toBe(200)
    expect(misfits(body, route.returns, route.route)).toEqual([])
  })

  test('detections exist to be shown', () => expect(detections.length).toBeGreaterThan(5))
  test('a write without the mark is refused', () => expect(handle({ method: 'POST', path: '/api/v1/session', body: BODY.login }).body).toMatchObject({ error: { code: 'csrf' } }))
  test('without a session nothing is told', () => expect(handle({ method: 'GET', path: '/api/v1/units' }).status).toBe(401))
})

describe('what belongs together agrees', () => {
  let token: string | undefined
  beforeAll(() => {
    token = handle({ method: 'POST', path: '/api/v1/session', body: BODY.login, marked: true }).cookie
  })
  const ask = (method: string, path: string, given: object = {}) => handle({ method, path: `/api/v1/${path}`, [method === 'GET' ? 'query' : 'body']: given, token, marked: true }).body

  test('the deadline of an incident is the earliest of its reports', () => {
    const { t0_s, report_by_s, reports } = ask('POST', 'incidents/report', { title: 'Lộ danh sách', severity: 'serious', personal_data: true })
    expect(reports.map((one: { kind: string }) => one.kind).sort()).toEqual(['final', 'first', 'notice', 'personal_data'])
    expect(report_by_s).toBe(Math.min(...reports.map((one: { due_s: number }) => one.due_s)))
    expect(report_by_s).toBeGreaterThan(t0_s)
  })
  test('of leaked state secrets nothing is kept', () => {
    const { id } = ask('POST', 'incidents/report', { title: 'Nội dung mật', what: 'Nội dung mật', group: 'secret_leak' })
    expect(JSON.stringify(ask('GET', `registers/incident/records/${id}`))).not.toContain('Nội dung mật')
  })
  test('what a unit gives away when it is split, the new one holds', () => {
    const before = ask('GET', 'units/phuong-truc-lam-hcc/holdings').items
    const parts = [{ name: 'Bộ phận mới', kind: 'centre', items: [{ what: before[0].what, id: before[0].id }] }]
    expect(ask('POST', 'units/phuong-truc-lam-hcc/split', { parts, dry_run: true, version: 1 })).toMatchObject({ parts: [{ endpoints: 1 }] })
    expect(ask('GET', 'units/phuong-truc-lam-hcc/holdings').total).toBe(before.length)
    const { unit } = ask('POST', 'units/phuong-truc-lam-hcc/split', { parts, version: 1 }).parts[0]
    expect(ask('GET', `units/${unit.code}/holdings`).items.map((one: { id: unknown }) => one.id)).toEqual([before[0].id])
    expect(ask('GET', 'units/phuong-truc-lam-hcc/holdings').total).toBe(before.length - 1)
    expect(ask('GET', `units/${unit.code}`).given).toMatchObject([{ what: 'endpoint', count: 1 }])
  })
  test('a device is not released before it was checked', () => {
    expect(ask('POST', 'incidents/1/release')).toMatchObject({ error: { code: 'record_state' } })
  })
  test('a dispatch gives a unit one row, however often it is sent', () => {
    const given = { dispatch: 2, units: ['phuong-truc-lam'], below: true, due_on: '2026-12-01', readings: true, task: 'Rà soát' }
    const first = ask('POST', 'dispatches/send', given)
    expect(first.units).toBe(first.tasks)
    expect(first.readings).toBeGreaterThan(0)
    expect(ask('POST', 'dispatches/send', given)).toEqual({ units: 0, readings: 0, tasks: 0 })
  })
  test.each([[[2, 2], 100, true], [[2, 1], 50, false]])('a quiz answered %j scores %i', (choices, score, passed) => {
    const { attempt } = ask('POST', 'quizzes/start', { quiz: 1 })
    const mark = ask('POST', 'quizzes/answer', { attempt, choices })
    expect(mark).toMatchObject({ score, passed, late: false })
    expect(ask('GET', `registers/quiz_result/records/${mark.result}`).record).toMatchObject({ state: passed ? 'passed' : 'failed', fields: { score } })
  })
  test('a checklist is made once', () => {
    const system = ask('POST', 'registers/information_system/records', { fields: { name: 'Hệ thống thử', level: 3 } }).record.id
    const { made } = ask('POST', 'systems/checklist', { system })
    expect(ask('GET', 'registers/system_requirement/records', { filter: JSON.stringify({ system }) }).total).toBe(made)
    expect(made).toBeGreaterThan(0)
    expect(ask('POST', 'systems/checklist', { system })).toEqual({ made: 0 })
  })
  test('Tết is found by the lunar calendar', () => {
    expect(ask('GET', 'holidays/report', { year: 2026 })).toMatchObject({ now: { from: '2026-02-16', to: '2026-02-20' }, before: { from: '2025-01-28' } })
  })
  test('the uptime of a portal is that of its days, its alarms those that are open', () => {
    const { portal, days, alarms } = ask('GET', 'portals/1')
    const sum = (name: string) => days.reduce((total: number, day: Record<string, number>) => total + day[name]!, 0)
    expect(portal).toMatchObject({ fetches: sum('fetches'), uptime: (100 * sum('up')) / sum('fetches'), alarms: alarms.filter((one: { closed_s: number | null }) => one.closed_s === null).length })
  })
})
