/** Answers to what the registers cannot say by themselves: incidents, quizzes, dispatches, holidays. */
import { NOW } from './world.mjs'

const QUESTIONS = [
  { question: 'Nhận được thư lạ có tệp đính kèm thì làm gì?', choices: ['Mở ra xem', 'Không mở, báo cán bộ CNTT', 'Chuyển cho đồng nghiệp'] },
  { question: 'Mật khẩu nên thế nào?', choices: ['Ngày sinh', 'Dài, khó đoán, mỗi nơi một mật khẩu'] },
]
const RIGHT = [2, 2]
const figures = () => ({ year: 2026, from: '2026-02-14', to: '2026-02-22', alerts: 3, detections: 2, machines: 1, incidents: 1 })

/** `show(register, id, person)`: a record as record_show gives it. */
export const workAnswers = show => ({
  notice_list: () => ({ items: [], total: 0 }),
  holiday_report: ({ query, person }) => ({ occasion: query.occasion, year: query.year ?? 2026, unit: person.unit, now: figures(), before: figures() }),
  dispatch_send: ({ body }) => ({ units: body.units.length, readings: 0, tasks: 0 }),
  quiz_start: () => ({ attempt: 1, title: 'Nhận biết thư lừa đảo', started_s: NOW, ends_s: Math.floor(Date.now() / 1000) + 600, questions: QUESTIONS }),
  quiz_answer: ({ body }) => {
    const right = RIGHT.filter((choice, place) => body.choices[place] === choice).length
    return { score: (100 * right) / RIGHT.length, passed: right === RIGHT.length, right, questions: RIGHT.length, late: false, result: 1 }
  },
  lan_assessment_fill: ({ body, person }) => show('lan_assessment', body.assessment, person),
  incident_report: () => ({ id: 1, t0_s: NOW, report_by_s: NOW + 86400, reports: [{ kind: 'notice', to_whom: 'Công an tỉnh', due_s: NOW + 3600, contact: 'Trực ban', phone: '0000 000 000' }] }),
  incident_suspend: ({ params, person }) => show('incident', params.incident, person),
  incident_release: ({ params, person }) => show('incident', params.incident, person),
  incident_hand_over: ({ params, person }) => show('incident', params.incident, person),
  incident_form: () => ({ form: {} }),
  incident_document: () => 'Phiếu',
  incident_evidence: () => 'Gói',
})
