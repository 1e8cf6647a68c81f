import { beforeAll, expect, test } from 'vitest'
import { period } from '../format'
import { setLanguage } from '../language'
import type { Entry } from '../registers/definitions'
import { fieldOf, registerOf } from '../registers/definitions'
import { addressOfDue, periods, periodsOf, years } from './periods'

beforeAll(() => setLanguage('vi'))

const values = (today: string) => periods(today).map(choice => choice.value)

test('the running month, quarter and year stand in front of those before', () => {
  const all = values('2026-02-03')
  expect(all.slice(0, 3)).toEqual(['2026-02', '2026-01', '2025-12'])
  expect(all.slice(12, 16)).toEqual(['2026-Q1', '2025-Q4', '2025-Q3', '2025-Q2'])
  expect(all.slice(16)).toEqual(['2026', '2025', '2024'])
})

test('nothing that has not begun is offered', () => {
  expect(values('2026-12-31')).not.toContain('2027-01')
  expect(years('2026-01-01').map(choice => choice.value)).toEqual(['2026', '2025', '2024'])
})

test.each([['2025-11', 'Tháng 11/2025'], ['2026-02', 'Tháng 2/2026'], ['2026-Q4', 'Quý 4/2026'], ['2026', 'Năm 2026'], ['2026-13', '2026-13'], ['2026-Q5', '2026-Q5'], ['', ''], ['Tuần 47', 'Tuần 47']])('%s is titled %s', (text, title) =>
  expect(period(text)).toBe(title))

const due = (kind: string, period: unknown) => ({ fields: { kind, period }, unit: { code: 'xa-a', name: 'Xã A' } }) as unknown as Entry

test.each([
  ['month', '2025-11', { unit: 'xa-a', kind: 'period', subject: '2025-11' }], ['quarter', '2026-Q4', { unit: 'xa-a', kind: 'period', subject: '2026-Q4' }],
  ['mau08', '2026', { unit: 'xa-a', kind: 'form08', subject: '2026' }], ['other', 'Tuần 47', null],
])('a report of %s %s is read where it is', (kind, text, address) => expect(addressOfDue(due(kind, text))).toEqual(address))

test('a field of months offers months alone', () => {
  const offered = (register: string, name: string) => periodsOf(fieldOf(registerOf(register)!, name)!, '2026-11-21')?.map(({ value }) => value)
  expect(offered('report_due', 'period')).toEqual(values('2026-11-21'))
  expect(offered('botnet_listing', 'month')).toEqual(values('2026-11-21').slice(0, 12))
  expect(offered('report_due', 'to_body')).toBeUndefined()
})
