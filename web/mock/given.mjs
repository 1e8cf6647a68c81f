/** Records of the made-up province that other answers build on, by register: the first ones, in the order of their ids. What they leave out is made up by store.mjs. */
import { DAY, NOW, endpoints } from './world.mjs'

const HCC = 'phuong-truc-lam-hcc'
const counter = endpoints.find(machine => machine.unit === HCC && machine.state === 'active')
const day = offset => new Date((NOW + offset * DAY) * 1000).toISOString().slice(0, 10)

const staff = (full_name, title, login, unit, position) => ({ unit, state: 'active', fields: { full_name, title, login, position } })
const contact = (name, role, unit) => ({ unit, state: 'active', fields: { name, role, phone: '0000 000 000', always: true, verified_on: day(-20) } })
const question = (text, ...choices) => ({ unit: 'tinh-song-lam', state: 'active', fields: { question: text, topic: 'phishing', ...Object.fromEntries([0, 1, 2, 3].map(n => [`choice_${n + 1}`, choices[n] ?? null])), right_choice: 2 } })
const alarm = (portal, kind, state, seen_s, detail) => ({ unit: portal === 1 ? 'phuong-truc-lam' : 'mam-non-hoa-mai', state, fields: { portal, kind, page: null, detail, seen_s, since_s: seen_s - 1800, confirmed_s: seen_s + 120, closed_s: state === 'open' ? null : seen_s + 7200 } })

export const given = {
  staff: [
    staff('Quản trị hệ thống', 'Chuyên viên', 'admin', 'tinh-song-lam', 'officer'),
    staff('Cán bộ CNTT phường', 'Công chức', 'canbo', 'phuong-truc-lam', 'officer'),
    staff('Lãnh đạo phường', 'Phó Chủ tịch', 'lanhdao', 'phuong-truc-lam', 'leader'),
    staff('Người mới', 'Giáo viên', 'moi', 'mam-non-hoa-mai', 'public_employee'),
  ],
  contact: [
    contact('Trực ban ứng cứu sự cố', 'tiếp nhận sự cố', 'tinh-song-lam'),
    contact('Phòng An ninh mạng', 'an ninh mạng', 'tinh-song-lam'),
  ],
  device: [{ unit: HCC, state: 'in_use', fields: { name: counter.hostname, kind: 'computer', endpoint: counter.id } }, { unit: 'mam-non-hoa-mai', state: 'suspended', fields: { name: 'Máy photocopy', kind: 'photocopier', endpoint: null } }],
  device_check: [{ unit: 'mam-non-hoa-mai', state: 'passed', fields: { number: 'KT-01', device: 2, checked_on: day(-3) } }],
  information_system: [{ unit: 'phuong-truc-lam', fields: { name: 'Một cửa điện tử phường Trúc Lâm', level: 2 } }],
  system_requirement: Array.from({ length: 6 }, (_, n) => ({ fields: { system: 2 + (n % 5), code: `QL-0${n + 1}` } })),
  incident: [
    {
      unit: HCC,
      fields: { title: 'Máy một cửa hiện thông báo đòi tiền chuộc', group_of: 'malware', severity: 'serious', personal_data: true, t0_s: NOW - 3 * DAY, endpoint: counter.id, device: 1, public_addresses: '203.0.113.10' },
      files: [{ id: 1, kind: 'photo', name: 'man-hinh.png', size: 182_044, sha256: 'c0ffee'.repeat(10) + 'beef', added_s: NOW - 3 * DAY, added_by: 'canbo', added_name: 'Cán bộ CNTT phường' }],
    },
    { unit: 'mam-non-hoa-mai', state: 'contained', fields: { title: 'Máy photocopy gửi tệp ra ngoài', group_of: 'leak', severity: 'low', personal_data: false, t0_s: NOW - 5 * DAY, endpoint: null, device: 2, suspended_s: NOW - 5 * DAY, suspended_by: 'canbo' } },
  ],
  quiz: [{ unit: 'tinh-song-lam', state: 'open', fields: { title: 'Nhận biết thư lừa đảo', topic: 'phishing', questions: 2, pass_mark: 80, minutes: 10, attempts: null, due_on: day(20) } }],
  quiz_question: [
    question('Nhận được thư lạ có tệp đính kèm thì làm gì?', 'Mở ra xem', 'Không mở, báo cán bộ CNTT', 'Chuyển cho đồng nghiệp'),
    question('Người lạ xưng là ngân hàng, xin mã OTP. Làm gì?', 'Đọc mã', 'Không đọc, gọi lại số tổng đài chính thức'),
  ],
  portal: [
    { unit: 'phuong-truc-lam', state: 'active', fields: { name: 'Trang thông tin điện tử phường Trúc Lâm', url: 'https://truclam.example/', every_minutes: 30 } },
    { unit: 'mam-non-hoa-mai', state: 'active', fields: { name: 'Trang của Trường Mầm non Hoa Mai', url: 'https://hoamai.example/', every_minutes: 60 } },
    { unit: 'tinh-song-lam', state: 'paused', fields: { name: 'Cổng thông tin điện tử tỉnh Sông Lam', url: 'https://songlam.example/', every_minutes: 15 } },
    ...Array(3).fill({ state: 'ended', fields: {} }),
  ],
  portal_alarm: [
    alarm(1, 'injected', 'open', NOW - 5400, 'Một liên kết cá cược mới ở cuối trang'),
    alarm(1, 'headers', 'fixed', NOW - 12 * DAY, 'Mất tiêu đề Content-Security-Policy'),
    alarm(2, 'certificate', 'fixed', NOW - 8 * DAY, 'Chứng thư hết hạn trong 3 ngày'),
    ...Array(3).fill({ state: 'false_alarm', fields: { portal: 2, closed_s: NOW - 20 * DAY } }),
  ],
}
