import { beforeAll, describe, expect, test } from 'vitest'
import type { Entry } from './definitions'
import { setLanguage } from '../language'
import { today } from '../format'
import { boundsOf, readClock } from '../parts/moment-field'
import { columnsOf, leadingColumn } from './columns'
import { fieldOf, referrersOf, REGISTERS, registerOf } from './definitions'
import { conditionText, readFilter, writeFilter } from './filter'
import { changed } from './form'
import { reportOf } from './incident-form'
import { shortColumns } from './referring'
import { merged } from './stale'
import { valueText } from './value'

beforeAll(() => setLanguage('vi'))

const device = registerOf('device')!
const entry = (fields: { [field: string]: unknown }, version = 1): Entry => ({ id: 1, version, fields, labels: {} }) as unknown as Entry

describe('definitions', () => {
  test('every reference names a register that is there, or a machine, unit or user', () => {
    const outside = ['endpoint', 'unit', 'user']
    expect(REGISTERS.flatMap(register => register.fields).filter(field => field.type === 'ref' && !outside.includes(field.of!) && !registerOf(field.of!))).toEqual([])
  })
  test('what can refer to a device: its checks by their field', () =>
    expect(referrersOf('device').some(({ register, field }) => register.name === 'device_check' && field.name === 'device')).toBe(true))
})

test('a list leads to its record by the first column that is no link of its own', () => {
  expect(leadingColumn(registerOf('alert')!, ['title', 'kind'])).toBe('title')
  expect(leadingColumn(registerOf('incident_report')!, columnsOf(registerOf('incident_report')!, null))).toBe('kind')
})

describe('values in words', () => {
  test.each([
    ['kind', 'printer', 'máy in'], ['kind', 'not known yet', 'not known yet'], ['bought_on', '2026-11-21', '21/11/2026'], ['key_place', true, 'Có'], ['key_place', false, 'Không'], ['place', null, '–'],
  ])('%s = %s', (name, value, text) => expect(valueText(fieldOf(device, name)!, value)).toBe(text))
  test('a period by its title, the id of a pack by what it is called', () => {
    expect(valueText(fieldOf(registerOf('report_due')!, 'period')!, '2025-11')).toBe('Tháng 11/2025')
    expect(valueText(fieldOf(registerOf('incident_report')!, 'route')!, 'superior_at_once', 'Ủy ban nhân dân cấp trên')).toBe('Ủy ban nhân dân cấp trên')
    expect(conditionText(fieldOf(registerOf('botnet_listing')!, 'month')!, '2026-10')).toBe('Tháng 10/2026')
  })
  test('a reference by what it is called', () => expect(valueText(fieldOf(device, 'holder')!, 4, 'Lê Thị Ví Dụ')).toBe('Lê Thị Ví Dụ'))
})

describe('days', () => {
  const shown = (bounds: { maxDate?: { format: (form: string) => string }; minDate?: { format: (form: string) => string } }) => [bounds.maxDate?.format('YYYY-MM-DD'), bounds.minDate?.format('YYYY-MM-DD')]
  test('of what has happened none after today is offered', () => expect(shown(boundsOf(fieldOf(registerOf('contact')!, 'verified_on')!.when))).toEqual([today(), undefined]))
  test('of what is to come none before', () => expect(shown(boundsOf(fieldOf(registerOf('quiz')!, 'due_on')!.when))).toEqual([undefined, today()]))
  test('else any', () => expect(shown(boundsOf(fieldOf(registerOf('task')!, 'due_on')!.when))).toEqual([undefined, undefined]))
})

describe('columns', () => {
  test('those of the file at first, with the state', () => expect(columnsOf(registerOf('repair_slip')!, null)).toEqual([...registerOf('repair_slip')!.columns, 'state']))
  test('kept ones that the register lost are left out', () => expect(columnsOf(device, 'serial,gone,unit')).toEqual(['serial', 'unit']))
  test('with none left, those of the file', () => expect(columnsOf(device, 'gone')).toEqual(device.columns))
})

test('records about another show in a few columns, and always how they stand', () => {
  const reports = referrersOf('incident').find(({ register }) => register.name === 'incident_report')!
  expect(shortColumns(reports)).toEqual(['kind', 'to_whom', 'channel', 'due_s', 'state'])
})

describe('filters', () => {
  test.each([null, '', 'nonsense', '[1]', '"text"', 'null'])('%s in the address is none', text => expect(readFilter(text)).toEqual({}))
  test('written and read again', () => expect(readFilter(writeFilter({ kind: ['printer'] })!)).toEqual({ kind: ['printer'] }))
  test('none is not in the address', () => expect(writeFilter({})).toBeUndefined())
  test.each([
    ['name', { contains: 'in' }, 'có “in”'], ['kind', ['printer', 'usb'], 'máy in, USB'], ['bought_on', { from: '2026-01-01' }, 'từ 01/01/2026'], ['bought_on', { from: '2026-01-01', to: '2026-02-01' }, 'từ 01/01/2026 đến 01/02/2026'],
    ['key_place', true, 'Có'], ['key_place', null, 'chưa điền'],
  ])('%s: %j', (name, condition, text) => expect(conditionText(fieldOf(device, name)!, condition)).toBe(text))
})

describe('changes', () => {
  test('only what differs is sent, what was emptied as null', () =>
    expect(changed(entry({ name: 'A', place: 'B', maker: null }), { name: 'A', place: undefined, maker: 'C' }, ['name', 'place', 'maker'])).toEqual({ place: null, maker: 'C' }))
  test('mine on top of theirs: what I did not touch is theirs', () => {
    const mine = merged(device, entry({ name: 'A', place: 'B', maker: 'C' }), entry({ name: 'A2', place: 'B2', maker: 'C' }, 2), { name: 'A', place: 'mine', maker: 'C' })
    expect([mine.name, mine.place, mine.maker]).toEqual(['A2', 'mine', 'C'])
  })
})

describe('an incident in short', () => {
  const typed = { group_of: 'malware', severity: 'low', t0_s: 5, title: 'Thấy gì', text: 'Kể lại', personal_data: null, reporter_contact: undefined }
  test('what was filled in', () => expect(reportOf(typed)).toEqual({ group: 'malware', severity: 'low', found_s: 5, title: 'Thấy gì', what: 'Kể lại' }))
  test('of state secrets nothing that was typed', () => {
    const sent = JSON.stringify(reportOf({ ...typed, group_of: 'secret_leak' }))
    expect(sent).not.toMatch(/Thấy gì|Kể lại/)
    expect(sent).toContain('secret_leak')
  })
})

describe('a time as people type it', () => {
  test.each([['7:5', '07:05'], ['0705', '07:05'], ['7h05', '07:05'], ['23.59', '23:59'], ['9', '09:00'], ['24:00', null], ['7:60', null], ['', null], ['sáng', null]])('%s', (text, read) => expect(readClock(text)).toBe(read))
})
