import { expect, test } from 'vitest'
import type { Holding } from '../gen/api'
import { chosenOf, give, partsOf, placesOf, without } from './shares'

const HELD: Holding[] = [
  { what: 'endpoint', id: 'uid-1', name: 'MAY-1', place: 'Tầng 2' },
  { what: 'endpoint', id: 'uid-2', name: 'MAY-2', place: 'tầng 2' },
  { what: 'endpoint', id: 'uid-3', name: 'MAY-3', place: null },
  { what: 'staff', id: 1, name: 'Nguyễn Thị Mẫu', place: null },
]
const UNITS = [{ name: 'Một', kind: 'ward' }, { name: 'Hai', kind: 'ward' }]

test('a place chooses its machines, however it is written', () => {
  expect(placesOf(HELD)).toHaveLength(1)
  expect(chosenOf(HELD, { place: 'Tầng 2', text: '' }).map(one => one.name)).toEqual(['MAY-1', 'MAY-2'])
  expect(chosenOf(HELD, { text: 'nguyen mau' }).map(one => one.id)).toEqual([1])
  expect(chosenOf(HELD, { what: 'staff', text: 'may-1' })).toEqual([])
})

test('what is given is asked for once; what is not stays', () => {
  const shares = give(give(new Map(), HELD.slice(0, 2), 0), HELD.slice(1, 2), 1)
  expect(partsOf(UNITS, HELD, shares, null)).toEqual([
    { name: 'Một', kind: 'ward', code: null, parent: null, rest: false, places: [], items: [{ what: 'endpoint', id: 'uid-1' }] },
    { name: 'Hai', kind: 'ward', code: null, parent: null, rest: false, places: [], items: [{ what: 'endpoint', id: 'uid-2' }] },
  ])
  expect(partsOf(UNITS, HELD, give(shares, HELD, null), 1).map(part => [part.items.length, part.rest])).toEqual([[0, false], [0, true]])
})

test('a new unit that is taken off gives back what it had', () => {
  const shares = give(give(new Map(), HELD.slice(0, 1), 0), HELD.slice(1, 2), 1)
  expect([...without(shares, 0)]).toEqual([['endpoint:uid-2', 0]])
})
