// @vitest-environment node
/** The mock answers every route of spec/api in the shape spec/api/types.yaml says; so the pages are tried on what the server will send. */
import { beforeAll, describe, expect, test } from 'vitest'
import { detections } from './answers.mjs'
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
  unit: 'mam-non-hoa-mai', endpoint: endpoints[40]!.id, table: 'packages', control: 'av_running', figure: 'K01', directive: 'binh-chanh-2024', token: '1', user: '2', detection: '1', campaign: '2', register: 'task', record: '1', file: '1', incident: '1',
}
const QUERY: Record<string, Record<string, unknown>> = { record_file_add: { kind: 'evidence', name: 'bien-ban.pdf' }, record_choices: { field: 'owner' } }
const BODY: Record<string, Record<string, unknown>> = {
  login: { name: 'admin', password: 'Khien-mau-2026' },
  me_set_password: { old_password: 'Khien-mau-2026', new_password: 'Khien-mau-2026' },
  me_set_language: { language: 'vi' },
  user_add: { name: 'nguoi.moi', full_name: 'Người mới', role: 'viewer', unit: 'mam-non-hoa-mai' },
  user_set_disabled: { disabled: false },
  endpoint_order: { kind: 'scan', scan: 'full' },
  endpoint_set_role: { role: 'internal' },
  endpoint_move: { unit: 'mam-non-hoa-mai' },
  detection_decide: { state: 'verified' },
  campaign_create: { unit: 'mam-non-hoa-mai', name: 'Quét thử', scan: 'quick', hours: 24 },
  endpoint_revoke: { reason: 'thử' },
  token_create: { unit: 'mam-non-hoa-mai', uses: 3, days: 2 },
  incident_report: { title: 'Máy hiện thông báo lạ' },
  incident_hand_over: { to_whom: 'Công an tỉnh' },
  dispatch_send: { dispatch: 1, units: ['mam-non-hoa-mai'], due_on: '2026-12-01' },
  quiz_start: { quiz: 1 },
  quiz_answer: { attempt: 1, choices: [2, 2] },
  lan_assessment_fill: { assessment: 1 },
  record_create: { fields: { title: 'Việc mới', due_on: '2026-12-01' } },
  record_change: { version: 1, fields: { title: 'Việc đã sửa' } },
  record_move: { move: 'drop', version: 2 },
  record_move_many: { move: 'reopen', records: [{ id: 1, version: 3 }] },
  unit_add: { code: 'truong-moi', name: 'Trường mới', kind: 'school', parent: 'phuong-truc-lam' },
  unit_rename: { name: 'Trường Mầm non Hoa Mai' },
  unit_move: { parent: 'phuong-truc-lam', line: 'admin' },
  unit_merge: { into: 'tieu-hoc-so-1' },
}
/** These change what the others ask about, or cannot succeed on it. */
const LAST = ['unit_merge', 'unit_end', 'endpoint_revoke', 'logout']

describe('every route of spec/api', () => {
  let token: string | undefined
  beforeAll(() => {
    token = handle({ method: 'POST', path: '/api/v1/session', body: BODY.login, marked: true }).cookie
  })

  const shaped = routes.filter(route => route.returns && !LAST.includes(route.route))
  test.each(shaped.map(route => [route.route, route] as const))('%s', (_, route) => {
    const path = route.path.replace(/\{(\w+)\}/g, (_whole: string, name: string) => PATH[name]!)
    const { status, body } = handle({ method: route.method, path, query: QUERY[route.route] ?? {}, body: BODY[route.route] ?? {}, token, marked: true })
    expect(status, JSON.stringify(body)).toBe(200)
    expect(misfits(body, route.returns, route.route)).toEqual([])
  })

  test('detections exist to be shown', () => expect(detections.length).toBeGreaterThan(5))
  test('a write without the mark is refused', () => expect(handle({ method: 'POST', path: '/api/v1/session', body: BODY.login }).body).toMatchObject({ error: { code: 'csrf' } }))
  test('without a session nothing is told', () => expect(handle({ method: 'GET', path: '/api/v1/units' }).status).toBe(401))
})
