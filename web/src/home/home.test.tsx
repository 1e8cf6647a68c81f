import { render, screen } from '@testing-library/react'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import type { ControlPosture, Figure } from '../gen/api'
import { setLanguage } from '../language'
import { aim } from '../figures/figure'
import { FirstThings, toDo } from './first-things'
import { keyFigures } from './key-figures'

vi.mock('../shell/drill-link', () => ({ DrillLink: ({ children }: { children: React.ReactNode }) => <>{children}</> })) // which asks who is there

const words = (vi: string) => ({ vi, en: vi })
const posture = (control: string, fail: number, unknown = 0, pass = 1): ControlPosture => ({
  control, title: words(control), remedy: words('1. Một.\n2. Hai.'), subject: 'endpoint', state: fail ? 'partly' : unknown ? 'not_measured' : 'met', share: 50,
  counts: { pass, fail, unknown, not_applicable: 0, excepted: 0 },
})
const figure = (id: string, value: number | null) => ({ id, value }) as Figure

beforeAll(() => setLanguage('vi'))

test.each([['low', 'không quá 0'], ['high', '0']])('a target under its heading, better %s: %s', (better, text) => expect(aim({ better, kind: 'count', target: 0 } as Figure)).toBe(text))

test('what fails most comes first; what does not fail is no task', () =>
  expect(toDo([posture('a', 1), posture('b', 0, 9), posture('c', 5)]).map(({ control }) => control)).toEqual(['c', 'a']))

describe('main figures', () => {
  test('measured ones take the places of those that are not', () => {
    const all = ['K01', 'K03', 'K05', 'K07', 'K08', 'K15', 'K16'].map((id, place) => figure(id, place === 1 ? null : 1))
    expect(keyFigures(all).map(({ id }) => id)).toEqual(['K01', 'K05', 'K07', 'K08', 'K15', 'K16'])
  })
  test('with nothing measured they still stand there, to say so', () => expect(keyFigures([figure('K01', null)]).map(({ id }) => id)).toEqual(['K01']))
})

describe('what to do first', () => {
  function show(items: ControlPosture[]) {
    const client = new QueryClient()
    client.setQueryData(['controls'], { items: [{ name: 'of machines', over: 'endpoint' }, { name: 'of units', over: 'unit' }] })
    client.setQueryData(['posture', 'x', undefined], { items, total: items.length, unit: { code: 'x', name: 'x' }, day: '2026-11-21' })
    render(<QueryClientProvider client={client}><FirstThings code="x" /></QueryClientProvider>)
  }
  test.each([['of machines', 1], ['of units', 0]])('the list of machines: of a control %s', (control, links) => {
    show([posture(control, 3)])
    expect(screen.queryAllByRole('link', { name: 'Danh sách máy' })).toHaveLength(links)
  })
  test('of everything measured is good news', () => {
    show([posture('a', 0)])
    expect(screen.getByText(/Không phép kiểm nào có kết quả không đạt/)).toBeTruthy()
  })
  test('with something unmeasured says how much is not known', () => {
    show([posture('a', 0), posture('b', 0, 3)])
    expect(screen.getByText(/1 phép kiểm chưa đo được/)).toBeTruthy()
  })
  test('without any machine says that nothing is known', () => {
    show([posture('a', 0, 0, 0)].map(item => ({ ...item, state: 'not_measured' })))
    expect(screen.getByText(/Chưa đo được gì/)).toBeTruthy()
  })
})
