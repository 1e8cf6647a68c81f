/** What spec/api/duty.yaml and alerts.yaml say: dispatches to many units, holidays, quizzes, assessments, notices. */
import { missing, Refusal, wrongState } from './refusal.mjs'
import { add, change, detailOf, find, localTime, recordsOf } from './store.mjs'
import { DAY, active, answersOf, below, count, lawOn, levelRequirements } from './world.mjs'

const now = () => Math.floor(Date.now() / 1000)
const dayOf = seconds => new Date((seconds + 7 * 3600) * 1000).toISOString().slice(0, 10)

// --- dispatches

function sendTo(unit, { dispatch, due_on, readings, task, control = null }) {
  const there = (register, same = () => true) => recordsOf(register).some(one => one.unit === unit && one.fields.dispatch === dispatch && same(one.fields))
  const once = (register, fields, same) => (there(register, same) ? 0 : (add(register, unit, { dispatch, due_on, ...fields }), 1))
  const people = readings ? recordsOf('staff').filter(one => one.unit === unit && one.state === 'active') : []
  return {
    units: once('dispatch_answer', {}),
    readings: people.reduce((sum, { id: person }) => sum + once('reading', { person }, fields => fields.person === person), 0),
    tasks: task ? once('task', { title: task, control }, fields => fields.title === task) : 0,
  }
}

function send({ body, scope }) {
  find('dispatch', body.dispatch)
  const chosen = new Set(body.units.flatMap(code => (body.below ? [...below(code)] : [code])))
  if (!chosen.size) throw new Refusal(400, 'invalid_field', 'Giá trị không hợp lệ', 'units')
  if ([...chosen].some(code => !scope().has(code))) throw new Refusal(404, 'unknown_unit', 'Không có đơn vị này')
  return [...chosen].map(unit => sendTo(unit, body)).reduce((sum, one) => ({ units: sum.units + one.units, readings: sum.readings + one.readings, tasks: sum.tasks + one.tasks }))
}

// --- holidays: the days off of the Labour Code, article 112, as the server counts them

const LUNAR = new Intl.DateTimeFormat('en-u-ca-chinese', { timeZone: 'UTC', month: 'numeric', day: 'numeric' })

/** Noon (UTC) of a day of the lunar year that begins in `year`, in seconds. */
function lunarDay(year, month, day) {
  const isIt = at => {
    const part = name => LUNAR.formatToParts(at * 1000).find(({ type }) => type === name).value
    return part('month') === String(month) && part('day') === String(day)
  }
  let at = civilDay(year, '01-15')
  while (!isIt(at)) at += DAY
  return at
}
const civilDay = (year, day) => Date.parse(`${year}-${day}T12:00:00Z`) / 1000

const HOLIDAYS = {
  tet: year => [lunarDay(year, 1, 1) - DAY, 5],
  new_year: year => [civilDay(year, '01-01'), 1],
  hung_kings: year => [lunarDay(year, 3, 10), 1],
  reunification: year => [civilDay(year, '04-30'), 2],
  national_day: year => [civilDay(year, '09-01'), 2],
}

function holidayFigures(detections, inside, occasion, year) {
  const [first, days] = HOLIDAYS[occasion](year)
  const from = dayOf(first)
  const to = dayOf(first + (days - 1) * DAY)
  const within = at => dayOf(at) >= from && dayOf(at) <= to
  const found = detections.filter(one => inside.has(one.endpoint.unit.code) && one.state !== 'false_alarm' && within(one.found_s))
  const countOf = (register, field) => recordsOf(register).filter(one => inside.has(one.unit) && within(one.fields[field])).length
  return { year, from, to, alerts: countOf('alert', 'raised_s'), detections: found.length, machines: new Set(found.map(one => one.endpoint.id)).size, incidents: countOf('incident', 't0_s') }
}

// --- quizzes

const attempts = []

function personOf(login) {
  const person = recordsOf('staff').find(one => one.fields.login === login && one.state === 'active')
  if (!person) throw missing()
  return person
}

function start({ body, person }) {
  const { id: quiz, state, fields } = find('quiz', body.quiz)
  if (state !== 'open') throw wrongState()
  const drawn = recordsOf('quiz_question').filter(one => one.state === 'active' && (fields.topic === 'general' || one.fields.topic === fields.topic)).slice(0, fields.questions)
  if (drawn.length < fields.questions) throw wrongState('ngân hàng câu hỏi chưa đủ câu của chủ đề này')
  const started_s = now()
  const attempt = { id: attempts.length + 1, quiz, person: personOf(person.name), drawn, started_s, ends_s: fields.minutes ? started_s + fields.minutes * 60 : null, done: false }
  attempts.push(attempt)
  const questions = drawn.map(one => ({ question: one.fields.question, choices: [1, 2, 3, 4].map(n => one.fields[`choice_${n}`]).filter(Boolean) }))
  return { attempt: attempt.id, title: fields.title, started_s, ends_s: attempt.ends_s, questions }
}

function handIn({ body, person }) {
  const attempt = attempts.find(one => one.id === body.attempt && one.person.fields.login === person.name)
  if (!attempt) throw missing()
  if (attempt.done) throw new Refusal(409, 'conflict', 'Dữ liệu đã thay đổi hoặc đang được dùng')
  const { drawn, ends_s, started_s, quiz } = attempt
  const right = drawn.filter((one, place) => one.fields.right_choice === body.choices[place]).length
  const late = ends_s !== null && now() > ends_s + 60
  const score = late ? 0 : Math.floor((right * 100) / drawn.length)
  const passed = score >= find('quiz', quiz).fields.pass_mark
  const result = add('quiz_result', attempt.person.unit, { quiz, person: attempt.person.id, taken_on: dayOf(now()), score, in_browser: true, seconds: now() - started_s })
  if (passed) result.state = 'passed'
  attempt.done = true
  return { score, passed, right, questions: drawn.length, late, result: result.id }
}

// --- assessments

const SYSTEM_SOFTWARE = ['os_supported', 'os_support_ahead', 'patches_current', 'package_patched', 'updates_automatic', 'restart_done', 'package_origin_known']

/** Percent of the answers that pass, of the unit's own machines (all of them work stations); null: nothing was asked. */
function passing(unit, wanted) {
  const rows = active(unit).filter(machine => machine.unit === unit).flatMap(machine => [...answersOf(machine)].filter(([name]) => wanted(name)).flatMap(([, found]) => found))
  const { pass, fail, unknown } = count(rows)
  return pass + fail + unknown ? Math.floor((pass * 100) / (pass + fail + unknown)) : null
}

function fill({ body, person }) {
  const assessment = find('lan_assessment', body.assessment)
  const workstations = passing(assessment.unit, () => true)
  if (workstations === null) throw wrongState()
  change(assessment, { workstations, system_software: passing(assessment.unit, name => SYSTEM_SOFTWARE.includes(name)), from_facts: `Máy trạm, Phần mềm hệ thống: Khiên đo ${localTime(now())}` })
  return detailOf('lan_assessment', assessment, person)
}

/** What is asked of a level is asked of those above it, until one has a rule of its own. */
const ruleFor = (name, level) => (level ? lawOn(name, dayOf(now()), level) ?? ruleFor(name, level - 1) : undefined)

const wordsOfRule = ({ vi, value }) => (value == null ? vi : `${vi}: ${[value].flat().join('; ')}`)

function makeChecklist({ body }) {
  const { id: system, unit, fields } = find('information_system', body.system)
  if (!fields.level) throw wrongState('hệ thống chưa ghi cấp độ')
  const there = new Set(recordsOf('system_requirement').filter(one => one.fields.system === system).map(one => one.fields.code))
  const wanted = levelRequirements.filter(({ code, level, rule }) => level <= fields.level && !there.has(code) && ruleFor(rule, fields.level))
  for (const { code, family, level, rule, control = null } of wanted) add('system_requirement', unit, { system, code, family, requirement: wordsOfRule(ruleFor(rule, fields.level)), level, control })
  return { made: wanted.length }
}

// --- notices

const RECEIVERS = ['truc-ban@truclam.example', 'lanh-dao@truclam.example', 'truc-ban@songlam.example']

/** A mail for each level the record went up to; the first try of those above the duty officer found the server busy. */
function noticesOf(record) {
  const raised = record.fields.raised_s ?? record.changes[0].at_s
  const levels = Math.min(record.fields.escalated ?? 0, RECEIVERS.length - 1)
  return RECEIVERS.slice(0, levels + 1).map((receiver, level) => {
    const created_s = raised + level * 1800
    const tries = level ? [{ at_s: created_s, error: '451 máy chủ thư bận' }, { at_s: created_s + 60, error: null }] : [{ at_s: created_s, error: null }]
    return { level, channel: 'mail', receiver, subject: `[Khiên] ${record.fields.title}`, state: 'sent', created_s, tries }
  })
}

/** `detections`: those of answers.mjs. */
export const dutyAnswers = detections => ({
  dispatch_send: send,
  holiday_report: ({ query, scope, person }) => {
    const year = query.year ?? Number(dayOf(now()).slice(0, 4))
    const figures = of => holidayFigures(detections, scope(query.unit), query.occasion, of)
    return { occasion: query.occasion, year, unit: query.unit ?? person.unit, now: figures(year), before: figures(year - 1) }
  },
  quiz_start: start,
  quiz_answer: handIn,
  lan_assessment_fill: fill,
  system_checklist: makeChecklist,
  notice_list: ({ query }) => {
    const items = noticesOf(find(query.register, query.record))
    return { items, total: items.length }
  },
})
