import { expect, test } from 'vitest'
import { periods, years } from './periods'

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
