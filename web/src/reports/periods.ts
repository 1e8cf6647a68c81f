import { period } from '../format'
import type { RegisterField } from '../gen/api'
import type { Entry } from '../registers/definitions'

type Choice = { value: string; label: string }

const MONTHS = 12
const QUARTERS = 4
const YEARS = 3

const choice = (value: string): Choice => ({ value, label: period(value) })
const month = (year: number, index: number): Choice => choice(`${year}-${String(index + 1).padStart(2, '0')}`)
const quarter = (year: number, index: number): Choice => choice(`${year}-Q${index + 1}`)

/** The running period and those before it, the latest first. */
const before = (count: number, perYear: number, year: number, index: number, make: (year: number, index: number) => Choice): Choice[] =>
  Array.from({ length: count }, (_, back) => {
    const at = year * perYear + index - back
    return make(Math.floor(at / perYear), at % perYear)
  })

export const years = (today: string): Choice[] => before(YEARS, 1, Number(today.slice(0, 4)), 0, year => choice(String(year)))

/** Those alone, the latest first. */
export const months = (today: string): Choice[] => periods(today).slice(0, MONTHS)

/** Months, quarters and years that have begun by a day ("2026-11-21"), those people report on most in front. */
export function periods(today: string): Choice[] {
  const year = Number(today.slice(0, 4))
  const index = Number(today.slice(5, 7)) - 1
  return [...before(MONTHS, 12, year, index, month), ...before(QUARTERS, 4, year, Math.floor(index / 3), quarter), ...years(today)]
}

/** What can be chosen in a field that holds a period; null: it holds none. */
export const periodsOf = (field: RegisterField, today: string): Choice[] | null =>
  field.shown === 'period' ? periods(today) : field.shown === 'month' ? months(today) : null

/** Where the report that a record of report_due asks for can be read: what stands in the address of the page. One on request has no period the page knows. */
export function addressOfDue({ fields, unit }: Entry): Record<string, string> | null {
  const subject = String(fields.period)
  if (period(subject) === subject) return null
  return { unit: unit.code, kind: fields.kind === 'mau08' ? 'form08' : 'period', subject: fields.kind === 'mau08' ? subject.slice(0, 4) : subject }
}
