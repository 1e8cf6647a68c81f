/** Who gets what in a split, before it is done. */
import type { Holding, HoldingRef, UnitPart } from '../gen/api'
import { fold, found } from '../fold'

export interface NewUnit {
  name: string
  kind: string
}

/** Key of a holding → place of the new unit that gets it; what is not in it stays, or is the rest. */
export type Shares = ReadonlyMap<string, number>

export const keyOf = ({ what, id }: HoldingRef): string => `${what}:${String(id)}`

export interface Chosen {
  what?: string | undefined
  place?: string | undefined
  text: string
}

export const chosenOf = (holdings: Holding[], { what, place, text }: Chosen): Holding[] =>
  holdings.filter(one => (!what || one.what === what) && (!place || (one.place !== null && fold(one.place) === fold(place))) && found(`${one.name} ${one.place ?? ''}`, text))

/** Places as they are written first, in the order of the alphabet. */
export const placesOf = (holdings: Holding[]): string[] =>
  [...new Map(holdings.flatMap(one => (one.place ? [[fold(one.place), one.place] as const] : []))).values()].sort((a, b) => a.localeCompare(b, 'vi'))

/** `to` null: they stay. */
export function give(shares: Shares, holdings: Holding[], to: number | null): Shares {
  const next = new Map(shares)
  for (const one of holdings) {
    if (to === null) next.delete(keyOf(one))
    else next.set(keyOf(one), to)
  }
  return next
}

/** A new unit that is taken off the list gives back what it had; those behind it move up. */
export const without = (shares: Shares, gone: number): Shares =>
  new Map([...shares].filter(([, to]) => to !== gone).map(([key, to]) => [key, to > gone ? to - 1 : to]))

/** What unit_split is asked; `rest`: the place of the one that gets what is not chosen, when the old one ends. */
export const partsOf = (units: NewUnit[], holdings: Holding[], shares: Shares, rest: number | null): UnitPart[] =>
  units.map((unit, place) => ({
    ...unit, code: null, parent: null, rest: place === rest, places: [],
    items: holdings.filter(one => shares.get(keyOf(one)) === place).map(({ what, id }) => ({ what, id })),
  }))
