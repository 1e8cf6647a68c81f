import { t } from '../language'

type Choice = { value: string; label: string }

const MONTHS = 12
const QUARTERS = 4
const YEARS = 3

const month = (year: number, index: number): Choice => ({ value: `${year}-${String(index + 1).padStart(2, '0')}`, label: t('reports.month', { month: index + 1, year: String(year) }) })
const quarter = (year: number, index: number): Choice => ({ value: `${year}-Q${index + 1}`, label: t('reports.quarter', { quarter: index + 1, year: String(year) }) })

/** The running period and those before it, the latest first. */
const before = (count: number, perYear: number, year: number, index: number, make: (year: number, index: number) => Choice): Choice[] =>
  Array.from({ length: count }, (_, back) => {
    const at = year * perYear + index - back
    return make(Math.floor(at / perYear), at % perYear)
  })

export const years = (today: string): Choice[] => before(YEARS, 1, Number(today.slice(0, 4)), 0, year => ({ value: String(year), label: t('reports.year', { year: String(year) }) }))

/** Months, quarters and years that have begun by a day ("2026-11-21"), those people report on most in front. */
export function periods(today: string): Choice[] {
  const year = Number(today.slice(0, 4))
  const index = Number(today.slice(5, 7)) - 1
  return [...before(MONTHS, 12, year, index, month), ...before(QUARTERS, 4, year, Math.floor(index / 3), quarter), ...years(today)]
}
