/** Incidents as spec/api/incidents.yaml says: reported up the lines of packs/routes by the clocks of packs/law, suspended, released, handed over. */
import { wrongState } from './refusal.mjs'
import { add, change, definition, detailOf, find, recordsOf, wordsOf } from './store.mjs'
import { DAY, endpoints, lawOn, routesOfIncidents, unitOf } from './world.mjs'

const now = () => Math.floor(Date.now() / 1000)
const SECONDS = { minute: 60, hour: 3600, day: DAY }
const lengthOf = rule => Number(rule.value) * SECONDS[rule.unit]

/** Until when, by the law of the day it was found; "at once" has a length too. Null: no such rule was in force. */
function dueOf(name, t0_s) {
  const day = new Date((t0_s + 7 * 3600) * 1000).toISOString().slice(0, 10)
  const rule = lawOn(name, day)
  return rule ? t0_s + (lengthOf(rule) || lengthOf(lawOn('incident_at_once_minutes', day))) : null
}

/** So many levels up the line; step 0: its top. */
function superior(code, line, step) {
  const above = unitOf(code)[line === 'police' ? 'police_parent' : 'parent']
  if (!above) return null
  return step === 1 ? above : superior(above, line, step && step - 1) ?? (step === 0 ? above : null)
}

const isFor = ({ severity, groups, personal_data }, incident) =>
  (!severity || severity.includes(incident.severity)) && (groups ? groups.includes(incident.group_of) : incident.group_of !== 'secret_leak') && (!personal_data || incident.personal_data)

const contactFor = route => recordsOf('contact').find(({ fields }) => fields.role?.includes(route.contact))

function reportBy(route, incident) {
  const due_s = dueOf(route.rule, incident.fields.t0_s)
  const to = route.line ? superior(incident.unit, route.line, route.step) : null
  return due_s && add('incident_report', incident.unit, { incident: incident.id, kind: route.kind, to_whom: to ? unitOf(to).name : route.vi, due_s, contact: contactFor(route)?.id ?? null, route: route.route, rule: route.rule })
}

function dueShown({ fields: { kind, to_whom, due_s, contact } }) {
  const person = contact === null ? null : find('contact', contact).fields
  return { kind, to_whom, due_s, contact: person?.name ?? null, phone: person?.phone ?? null }
}

/** Of leaked state secrets only that it was reported. */
const whatOf = body => (body.group === 'secret_leak' ? { title: 'Lộ, mất bí mật nhà nước' } : { title: body.title, text: body.what ?? null, endpoint: endpoints.find(one => body.machine && [one.id, one.hostname].includes(body.machine))?.id ?? null })

const step = (incident, act, what, person) => add('incident_step', incident.unit, { incident: incident.id, at_s: now(), act, what, who: person.name })

/** A check that was passed since the device was suspended. */
const checked = ({ device, suspended_s }) => recordsOf('device_check').some(({ state, at_s, fields }) => state === 'passed' && fields.device === device && at_s >= suspended_s)

export const incidents = {
  incident_report: ({ body, person }) => {
    const incident = add('incident', person.unit, { ...whatOf(body), group_of: body.group, severity: body.severity, personal_data: body.personal_data ?? null, t0_s: body.found_s ?? now(), reporter: person.full_name, reporter_contact: body.contact ?? null })
    step(incident, 'found', 'Báo sự cố trên Khiên', person)
    const dues = routesOfIncidents.filter(route => isFor(route, incident.fields)).map(route => reportBy(route, incident)).filter(Boolean).map(dueShown).sort((a, b) => a.due_s - b.due_s)
    incident.fields.report_by_s = dues[0]?.due_s ?? null
    return { id: incident.id, t0_s: incident.fields.t0_s, report_by_s: incident.fields.report_by_s, reports: dues }
  },
  incident_suspend: ({ params, person }) => {
    const incident = find('incident', params.incident)
    const { device, endpoint, suspended_s } = incident.fields
    if (suspended_s || (device === null && endpoint === null)) throw wrongState()
    change(incident, { suspended_s: now(), suspended_by: person.name })
    if (device !== null) find('device', device).state = 'suspended'
    step(incident, 'isolate', 'Tạm ngưng thiết bị', person)
    return detailOf('incident', incident, person)
  },
  incident_release: ({ params, person }) => {
    const incident = find('incident', params.incident)
    const { device, suspended_s, released_s } = incident.fields
    if (!suspended_s || released_s || !checked(incident.fields)) throw wrongState('cần một phiếu kiểm tra đạt, lập sau khi tạm ngưng')
    change(incident, { released_s: now() })
    find('device', device).state = 'in_use'
    step(incident, 'recover', 'Kiểm tra đạt, cho dùng lại', person)
    return detailOf('incident', incident, person)
  },
  incident_hand_over: ({ params, body, person }) => {
    const incident = find('incident', params.incident)
    const items = incident.files.length
    if (!items) throw wrongState('sự cố chưa có tệp chứng cứ')
    const number = `SC${incident.id}-${recordsOf('evidence_handover').length + 1}`
    return detailOf('evidence_handover', add('evidence_handover', incident.unit, { number, incident: incident.id, items, sha256: incident.files[0].sha256, by_whom: person.name, to_whom: body.to_whom }), person)
  },
  incident_form: ({ params }) => {
    const register = definition('incident')
    const incident = find('incident', params.incident)
    const fields = register.fields.map(field => ({ name: field.name, label: field.label.vi, value: wordsOf(register, field, incident) }))
    return { form: { incident: incident.id, state: incident.state, made_s: now(), unit: incident.unit, ticket: incident.fields.ticket, fields: [{ name: 'operator', label: 'Đơn vị vận hành', value: unitOf(incident.unit).name }, ...fields] } }
  },
  incident_document: () => 'Phiếu',
  incident_evidence: () => 'Gói',
}
