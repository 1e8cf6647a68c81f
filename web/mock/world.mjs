/**
 * A made-up province for the mock server: units, machines, and an answer of every machine to every control, the same in each run. Controls,
 * figures, fact tables and directives are the real ones of spec/ and packs/.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../../')
export const DAY = 86400
export const NOW = Math.floor(Date.now() / 1000)

const folder = path => {
  try {
    return readdirSync(ROOT + path).filter(name => name.endsWith('.yaml')).sort().map(name => file(path + name))
  } catch {
    return [] // that part of the project is not there yet
  }
}
const file = path => parse(readFileSync(ROOT + path, 'utf8'))

export const routes = folder('spec/api/').filter(Array.isArray).flat()
export const types = file('spec/api/types.yaml')
export const roles = file('spec/roles.yaml').roles
export const rightsOf = person => roles.find(({ role }) => role === person.role).rights
const words = ({ vi, en }) => ({ vi: vi.trim(), en: en.trim() })

export const controls = folder('spec/controls/').map(c => ({
  name: c.control,
  title: words(c),
  remedy: c.remedy ? words(c.remedy) : { vi: '', en: '' },
  subject: c.subject,
  over: c.over ?? 'endpoint',
  clock: !!c.clock,
  reads: [],
  registers: [...new Set(c.sql.match(/(?<=\breg_)[a-z0-9_]+/g))],
}))
export const figures = folder('spec/figures/').flat()
export const tables = folder('spec/facts/')
export const directives = folder('packs/directives/')
export const law = folder('packs/law/').flatMap(one => one.rules ?? [])
export const texts = folder('packs/law/').flatMap(one => one.texts ?? [])
export const routesOfIncidents = file('packs/routes/incident.yaml').routes

export const levelRequirements = file('packs/lists/level-requirements.yaml').requirements

/** The rule of that name in force on a day: the one of the level, else the one for all. */
export function lawOn(name, day, level) {
  const inForce = law.filter(({ rule, from, to }) => rule === name && (!from || from <= day) && (!to || to >= day))
  return inForce.find(rule => level && rule.level === level) ?? inForce.find(rule => !rule.level)
}

/** A number in [0, 1) that depends on the texts given and on nothing else. */
export function chance(...texts) {
  let hash = 2166136261
  for (const char of texts.join('|')) hash = Math.imul(hash ^ char.codePointAt(0), 16777619)
  hash ^= hash >>> 15
  hash = Math.imul(hash, 2246822519)
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32
}
const pick = (list, ...texts) => list[Math.floor(chance(...texts) * list.length)]

export const units = [
  ['tinh-song-lam', 'UBND tỉnh Sông Lam', 'province', null],
  ['so-khcn', 'Sở Khoa học và Công nghệ', 'agency', 'tinh-song-lam'],
  ['so-giao-duc', 'Sở Giáo dục và Đào tạo', 'agency', 'tinh-song-lam'],
  ['truong-thpt-hoa-phuong', 'Trường THPT Hoa Phượng', 'school', 'so-giao-duc'],
  ['phuong-truc-lam', 'UBND phường Trúc Lâm', 'ward', 'tinh-song-lam'],
  ['phuong-truc-lam-van-phong', 'Văn phòng HĐND và UBND phường Trúc Lâm', 'department', 'phuong-truc-lam'],
  ['phuong-truc-lam-kinh-te', 'Phòng Kinh tế, Hạ tầng và Đô thị phường Trúc Lâm', 'department', 'phuong-truc-lam'],
  ['phuong-truc-lam-van-hoa', 'Phòng Văn hóa – Xã hội phường Trúc Lâm', 'department', 'phuong-truc-lam'],
  ['phuong-truc-lam-hcc', 'Trung tâm Phục vụ hành chính công phường Trúc Lâm', 'centre', 'phuong-truc-lam'],
  ['cong-an-phuong-truc-lam', 'Công an phường Trúc Lâm', 'police', 'phuong-truc-lam'],
  ['tram-y-te-truc-lam', 'Trạm Y tế phường Trúc Lâm', 'health', 'phuong-truc-lam'],
  ['mam-non-hoa-mai', 'Trường Mầm non Hoa Mai', 'school', 'phuong-truc-lam'],
  ['tieu-hoc-so-1', 'Trường Tiểu học Trúc Lâm số 1', 'school', 'phuong-truc-lam'],
  ['thcs-truc-lam', 'Trường THCS Trúc Lâm', 'school', 'phuong-truc-lam'],
  ['phuong-dong-ha', 'UBND phường Đông Hà Nam', 'ward', 'tinh-song-lam'],
  ['xa-bai-bang', 'UBND xã Bãi Bàng', 'ward', 'tinh-song-lam'],
  ['xa-thuong-nguon', 'UBND xã Thượng Nguồn', 'ward', 'tinh-song-lam'],
].map(([code, name, kind, parent]) => ({ code, name, kind, parent, police_parent: code.startsWith('cong-an') ? 'tinh-song-lam' : null, from_s: NOW - 500 * DAY, to_s: null, merged_into: null }))

export const unitOf = code => units.find(unit => unit.code === code)
export const reference = code => ({ code, name: unitOf(code).name })
export const below = code => {
  const inside = new Set([code])
  for (const unit of units) if (unit.parent && inside.has(unit.parent)) inside.add(unit.code) // parents stand first
  return inside
}

const SYSTEMS = ['Debian GNU/Linux 12 (bookworm)', 'Ubuntu 24.04.2 LTS', 'Ubuntu 22.04.5 LTS', 'Ubuntu 18.04.6 LTS', 'Linux Mint 21.3']

export const endpoints = units.flatMap(unit => Array.from({ length: unit.kind === 'province' ? 34 : 4 + Math.floor(chance(unit.code, 'n') * 26) }, (_, n) => {
  const id = `${hex(unit.code, n, 8)}-${hex(unit.code, n + 'a', 4)}-4${hex(unit.code, n + 'b', 3)}-a${hex(unit.code, n + 'c', 3)}-${hex(unit.code, n + 'd', 12)}`
  const lot = chance(id, 'state')
  const role = chance(id, 'role') > 0.95 ? 'secret' : chance(id, 'role') > 0.6 ? 'internal' : 'internet'
  const silent = lot > 0.93 && lot < 0.985
  const initials = unit.name.split(/[ –]+/).slice(-2).map(part => part.normalize('NFD').replace(/\p{M}/gu, '')[0]).join('').toUpperCase().replace('Đ', 'D')
  return {
    id,
    hostname: `${initials}-${unit.kind === 'school' ? 'PM' : 'CB'}-${String(n + 1).padStart(2, '0')}`,
    os: pick(SYSTEMS, id, 'os'),
    role,
    state: lot > 0.99 ? 'revoked' : 'active',
    silent,
    offline: role === 'secret',
    linked: role === 'secret' && chance(id, 'linked') > 0.7,
    unit: unit.code,
    seen_s: silent ? NOW - Math.floor((8 + chance(id, 'seen') * 60) * DAY) : role === 'secret' ? NOW - Math.floor(chance(id, 'seen') * 5 * DAY) : NOW - Math.floor(chance(id, 'seen') * 900),
    enrolled_s: NOW - Math.floor((90 + chance(id, 'e') * 200) * DAY),
    agent_version: pick(['0.1.0', '0.1.0', '0.1.0', '0.0.9'], id, 'v'),
    address: role === 'secret' ? '' : `10.${Math.floor(chance(id, 1) * 60)}.${Math.floor(chance(id, 2) * 250)}.${Math.floor(chance(id, 3) * 250)}`,
  }
}))

function hex(a, b, length) {
  return Array.from({ length }, (_, n) => Math.floor(chance(a, b, n) * 16).toString(16)).join('')
}

// How likely each control passes: most of them for most machines; some for all, some for none, some applicable to nobody, some not measured.
const ease = control => 0.35 + 0.65 * chance(control.name, 'ease') ** 0.5
const SAME = [[0.3, 'pass'], [0.36, 'not_applicable'], [0.44, 'unknown'], [0.5, 'fail']]
const sameForAll = control => SAME.find(([upTo]) => chance(control.name, 'same') < upTo)?.[1]

const SUBJECTS = {
  account: ['root', 'vanthu', 'ketoan', 'giaovien', 'admin', 'hcc01', 'backup'],
  package: ['openssl:amd64', 'linux-image-6.1.0-18-amd64', 'firefox-esr:amd64', 'libreoffice-core:amd64', 'sudo:amd64', 'curl:amd64'],
  device: ['Kingston DataTraveler 3.0', 'Logitech Unifying Receiver', 'Realtek USB 4G'],
  wifi: ['Truc Lam - Khach', 'UBND-NoiBo', 'TP-LINK_A1B2'],
  tool: ['AnyDesk', 'UltraViewer', 'TeamViewer'],
  product: ['ClamAV', 'Bkav Endpoint', 'Khiên'],
  disk: ['S3Z8NB0K712345', 'WD-WCC6Y4KP'],
  detection: ['Eicar_Test_File', 'Khien_Test_Pattern'],
  field: ['serial', 'asset_tag', 'disk_serial'],
}

/** The first machine of each unit: it answers for the unit where a control is over units. */
const speakers = new Set(new Map([...endpoints].reverse().map(one => [one.unit, one.id])).values())

/** The rows of one control on one machine. */
export function rowsOf(endpoint, control) {
  if (control.over === 'unit' && !speakers.has(endpoint.id)) return []
  const subjects = control.subject === control.over ? [control.over === 'unit' ? endpoint.unit : endpoint.hostname] : SUBJECTS[control.subject] ?? ['mục 1', 'mục 2']
  const unmeasured = chance(endpoint.id, control.name, 'measured') > 0.94 || (endpoint.silent && control.clock)
  return subjects.filter(subject => control.subject === control.over || chance(endpoint.id, control.name, subject, 'has') < 0.4).map(subject => {
    const lot = chance(endpoint.id, control.name, subject)
    const likely = ease(control)
    const same = endpoint.silent && control.clock ? undefined : sameForAll(control)
    const state = same ?? (unmeasured ? 'unknown' : lot < likely * 0.94 ? 'pass' : lot < likely ? 'not_applicable' : lot > 0.992 ? 'excepted' : 'fail')
    const record = control.over === 'unit' && control.registers[0] ? { register: control.registers[0], id: 1 + Math.floor(lot * 500) } : null
    return { subject, state, evidence: evidence(control, state, endpoint), record }
  })
}

function evidence(control, state, endpoint) {
  if (state === 'unknown') return endpoint.silent ? `Máy im lặng đã ${Math.floor((NOW - endpoint.seen_s) / DAY)} ngày` : 'Chưa đo được: cần quyền quản trị'
  if (state === 'not_applicable') return 'Không áp dụng cho máy này'
  if (state === 'excepted') return 'Được miễn đến 31/12/2026 theo quyết định của đơn vị'
  const good = state === 'pass'
  if (control.name.startsWith('av')) return good ? 'ClamAV 1.4.3, đang chạy, mẫu nhận diện 20/11/2026' : pick(['Không tìm thấy phần mềm phòng chống mã độc', 'ClamAV 1.0.7, đã cài nhưng không chạy'], endpoint.id)
  if (control.name.includes('password')) return good ? 'Độ dài tối thiểu 14, đủ bốn loại ký tự' : 'Độ dài tối thiểu 8, chưa buộc ký tự đặc biệt'
  if (control.name.includes('patch')) return good ? 'Không còn bản vá bảo mật chờ cài' : `${1 + Math.floor(chance(endpoint.id, 'p') * 40)} bản vá bảo mật chờ cài, cũ nhất 34 ngày`
  return good ? 'Đạt theo lần đo gần nhất' : 'Không đạt theo lần đo gần nhất'
}

const NONE = { pass: 0, fail: 0, unknown: 0, not_applicable: 0, excepted: 0 }
const WORST = ['fail', 'unknown', 'excepted', 'pass', 'not_applicable']

export const count = rows => rows.reduce((counts, row) => ({ ...counts, [row.state]: counts[row.state] + 1 }), { ...NONE })
export const worst = rows => WORST.find(state => rows.some(row => row.state === state)) ?? 'not_applicable'
export const worstFirst = (a, b) => WORST.indexOf(a.state) - WORST.indexOf(b.state)

/** Every answer of the province, worked out once: endpoint → control → rows. */
const answers = new Map(endpoints.map(endpoint => [endpoint.id, new Map(controls.map(control => [control.name, rowsOf(endpoint, control)]))]))
export const answersOf = endpoint => answers.get(endpoint.id)

export const active = code => {
  const inside = below(code)
  return endpoints.filter(endpoint => inside.has(endpoint.unit) && endpoint.state === 'active')
}

export const countsOf = (machines, control) => count(machines.flatMap(machine => answersOf(machine).get(control)))

export const share = ({ pass, fail, unknown }) => (pass + fail + unknown ? (100 * pass) / (pass + fail + unknown) : null)

export function stateOf(counts, target = 100) {
  const asked = counts.pass + counts.fail + counts.unknown
  if (asked + counts.excepted + counts.not_applicable === 0) return 'not_measured'
  if (asked === 0) return 'not_applicable'
  if (counts.unknown === asked) return 'not_measured'
  return share(counts) >= target ? 'met' : counts.pass === 0 ? 'not_met' : 'partly'
}
