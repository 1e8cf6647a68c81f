import { beforeAll, describe, expect, test } from 'vitest'
import type { Comparison, Figure, Unit } from '../gen/api'
import type { Entry } from '../registers/definitions'
import { setLanguage } from '../language'
import { registerOf } from '../registers/definitions'
import { DUE_FIELDS, dueAt, dueOf, mostPressing, openStates, statesBefore } from './due'
import { againstTarget } from './leader'
import { inside, silentUnits, tilesOf } from './map'
import { type Compared, withCells } from '../units/compared'

beforeAll(() => setLanguage('vi'))

const DAY = 86400
const NOON = Date.parse('2026-11-21T05:00:00Z') / 1000 // in Viet Nam
const task = (due_on: string | null) => ({ id: 1, fields: { due_on } }) as unknown as Entry

describe('clocks', () => {
  test('every register that has one has the field it is read from', () =>
    expect(Object.entries(DUE_FIELDS).filter(([name, field]) => !registerOf(name)?.fields.some(one => one.name === field))).toEqual([]))
  test('a day is over at midnight in Viet Nam', () => expect(dueAt('2026-11-21')).toBe(NOON + DAY / 2))
  test.each([['2026-11-21', 'soon'], ['2026-11-20', 'over'], ['2026-11-30', 'running'], [null, 'none']])('%s at noon of 21/11: %s', (day, urgency) => expect(dueOf('task', task(day), NOON).urgency).toBe(urgency))
  test('overdue first, without a clock last', () => {
    const acts = ['2026-11-30', null, '2026-11-01'].map(day => ({ register: 'task', entry: task(day), due: dueOf('task', task(day), NOON) }))
    expect(mostPressing(acts).map(({ due }) => due.urgency)).toEqual(['over', 'running', 'none'])
  })
  test('an incident that was reported has no clock any more', () => {
    const incident = (reported_s: number | null) => ({ id: 1, fields: { report_by_s: NOON - DAY, reported_s } }) as unknown as Entry
    expect(dueOf('incident', incident(null), NOON).urgency).toBe('over')
    expect(dueOf('incident', incident(NOON - 2 * DAY), NOON).urgency).toBe('none')
  })
  test('a task is open until it is done or dropped', () => expect(openStates(registerOf('task')!)).toEqual(['open', 'doing']))
  test('a signed report no longer waits for a signature', () => expect(statesBefore(registerOf('report_due')!, 'sign')).toEqual(['due', 'drafted']))
})

test('a leader sees what misses its target first, and how much is not measured', () => {
  const figure = (id: string, value: number | null, met: boolean | null, target: number | null = 100) => ({ id, value, met, target }) as Figure
  const { shown, met, missed, unmeasured } = againstTarget([figure('K01', 100, true), figure('K02', 10, false), figure('K03', null, null), figure('K04', 5, null, null)])
  expect(shown.map(({ id }) => id)).toEqual(['K02', 'K01'])
  expect([met, missed, unmeasured]).toEqual([1, 1, 1])
})

describe('the map', () => {
  const compared = (code: string, endpoints: number, own = false): Compared =>
    ({ unit: { code, name: code }, own, endpoints, silent: 0, cells: { av: { state: 'partly', share: 50, fail: 1, unknown: 0 } } })
  test('units below, each in the state of the figure’s control', () =>
    expect(tilesOf([compared('a', 9), compared('b', 0), compared('own', 3, true)], { control: 'av' } as Figure)).toEqual([{ code: 'a', name: 'a', size: 9, state: 'partly', share: 50 }, { code: 'b', name: 'b', size: 1, state: 'partly', share: 50 }]))
  test('columns of the answer become cells by control', () => {
    const answer = { controls: [{ control: 'av' }, { control: 'edr' }], items: [{ unit: { code: 'a', name: 'a' }, own: false, endpoints: 2, silent: 0, states: ['met', 'not_measured'], shares: [100, null], fails: [0, 3], unknowns: [0, 1] }] }
    expect(withCells(answer as unknown as Comparison).items[0]!.cells).toEqual({ av: { state: 'met', share: 100, fail: 0, unknown: 0 }, edr: { state: 'not_measured', share: null, fail: 3, unknown: 1 } })
  })
  test('what nothing measures is not measured', () => expect(tilesOf([compared('a', 1)], { control: 'other' } as Figure)[0]!.state).toBe('not_measured'))
  test('silent ones: those that lost most of their machines first, below the unit only', () => {
    const unit = (code: string, parent: string | null, endpoints: number, silent: number) => ({ code, parent, endpoints, own_endpoints: endpoints, silent }) as Unit
    const all = [unit('top', null, 30, 3), unit('a', 'top', 10, 1), unit('b', 'top', 2, 2), unit('c', 'a', 5, 0), unit('elsewhere', 'x', 1, 1)]
    expect(silentUnits(inside(all, 'top')).map(({ code }) => code)).toEqual(['b', 'top', 'a'])
  })
})
