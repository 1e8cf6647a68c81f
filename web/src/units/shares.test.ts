import { expect, test } from 'vitest'
import type { Holding } from '../gen/api'
import { chosenOf, give, NOTHING_SHARED, partsOf, placesOf, without } from './shares'

const HELD: Holding[] = [
  { what: 'endpoint', id: 'uid-1', name: 'MAY-1', place: 'Tầng 2' },
  { what: 'endpoint', id: 'uid-2', name: 'MAY-2', place: 'tầng 2' },
  { what: 'endpoint', id: 'uid-3', name: 'MAY-3', place: null },
  { what: 'staff', id: 1, name: 'Nguyễn Thị Mẫu', place: null },
]
const UNITS = [{ name: 'Một', kind: 'ward' }, { name: 'Hai', kind: 'ward' }]
const BOTH = give(give(NOTHING_SHARED, HELD.slice(0, 2), 0), HELD.slice(1, 2), 1)

test('a place chooses its machines, however it is written', () => {
  expect(placesOf(HELD)).toHaveLength(1)
  expect(chosenOf(HELD, { place: 'Tầng 2', text: '' }).map(one => one.name)).toEqual(['MAY-1', 'MAY-2'])
  expect(chosenOf(HELD, { text: 'nguyen mau' }).map(one => one.id)).toEqual([1])
  expect(chosenOf(HELD, { what: 'staff', text: 'may-1' })).toEqual([])
})

test('what is given is asked for once; what is not stays', () => {
  expect(partsOf(UNITS, HELD, BOTH, false)).toEqual([
    { name: 'Một', kind: 'ward', code: null, parent: null, rest: false, places: [], items: [{ what: 'endpoint', id: 'uid-1' }] },
    { name: 'Hai', kind: 'ward', code: null, parent: null, rest: false, places: [], items: [{ what: 'endpoint', id: 'uid-2' }] },
  ])
  expect(partsOf(UNITS, HELD, { ...give(BOTH, HELD, null), rest: 1 }, true).map(part => [part.items.length, part.rest])).toEqual([[0, false], [0, true]])
})

test('a new unit that is taken off gives back what it had', () => {
  expect([...without(BOTH, 0).to]).toEqual([['endpoint:uid-2', 0]])
})

test.each([
  [1, 0, 0], // A, B, C; B gets the rest, A is taken off: B, which stands first now
  [1, 2, 1],
  [1, 1, null], // nobody gets it until somebody is chosen
  [null, 0, null],
])('the rest goes to whom it was given (%s, without %s)', (rest, gone, then) => {
  const shares = without({ ...BOTH, rest }, gone)
  expect(shares.rest).toBe(then)
  expect(partsOf(UNITS, HELD, shares, true).map(part => part.rest)).toEqual([then === 0, then === 1])
})
