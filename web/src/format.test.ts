import { beforeAll, describe, expect, test } from 'vitest'
import { ago, bytes, date, day, duration, number, percent, time, today } from './format'
import { setLanguage } from './language'

const SEVEN = 1_795_219_200 // 2026-11-21 00:00:00 UTC: 7 o'clock in Việt Nam

describe('in Vietnamese', () => {
  beforeAll(() => setLanguage('vi'))
  test('a time is dd/MM/yyyy HH:mm in UTC+7', () => expect(time(SEVEN)).toBe('21/11/2026 07:00'))
  test('seven hours before midnight UTC the next day has begun', () => expect(date(SEVEN - 7 * 3600)).toBe('21/11/2026'))
  test('one second earlier it has not', () => expect(date(SEVEN - 7 * 3600 - 1)).toBe('20/11/2026'))
  test('today is the day in UTC+7', () => expect(today((SEVEN - 7 * 3600) * 1000)).toBe('2026-11-21'))
  test.each([['2026-11-21', '21/11/2026'], ['2024-03', '03/2024'], ['2024', '2024']])('%s is written %s', (text, written) => expect(day(text)).toBe(written))
  test('thousands have a dot, decimals a comma', () => expect(number(1234567.25, 1)).toBe('1.234.567,3'))
  test.each([[100, '100\u202f%'], [99.96, '99,9\u202f%'], [0.01, '0,1\u202f%'], [0, '0\u202f%'], [87.54, '87,5\u202f%']])('%d percent: %s', (value, written) => expect(percent(value)).toBe(written))
  test.each([[30, 'vừa xong'], [3 * 60, '3 phút trước'], [26 * 3600, '1 ngày trước'], [12 * 86400, '12 ngày trước']])('%d seconds ago: %s', (passed, written) => expect(ago(1000, 1000 + passed)).toBe(written))
  test.each([[0, '0\u00a0B'], [1023, '1.023\u00a0B'], [1536, '1,5\u00a0KiB'], [5 * 2 ** 40, '5\u00a0TiB']])('%d bytes: %s', (value, written) => expect(bytes(value)).toBe(written))
  test('a duration in its two largest units', () => expect(duration(2 * 86400 + 3 * 3600 + 59)).toBe('2 ngày 3 giờ'))
  test.each([[2 * 86400 + 600, '2 ngày'], [19 * 3600, '19 giờ'], [19 * 3600 + 60, '19 giờ 1 phút']])('of %d seconds: %s', (seconds, text) => expect(duration(seconds)).toBe(text))
})

test('in English numbers are English, dates stay', async () => {
  await setLanguage('en')
  expect(number(1234567.25, 1)).toBe('1,234,567.3')
  expect(percent(87.5)).toBe('87.5%')
  expect(time(SEVEN)).toBe('21/11/2026 07:00')
})
