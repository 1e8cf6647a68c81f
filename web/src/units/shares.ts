/** Who gets what in a split, before it is done. */
import type { Holding, HoldingRef, UnitPart } from '../gen/api'
import { fold, found } from '../fold'

export interface NewUnit {
  name: string
  kind: string
}

export interface Shares {
  to: ReadonlyMap<string, number> // key of a holding → place of the new unit that gets it; what is not in it stays, or is the rest
  rest: number | null // place of the new unit that gets what is not chosen, when the old one ends; null: nobody chose one
}

export const NOTHING_SHARED: Shares = { to: new Map(), rest: 0 }

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
  const next = new Map(shares.to)
  for (const one of holdings) {
    if (to === null) next.delete(keyOf(one))
    else next.set(keyOf(one), to)
  }
  return { ...shares, to: next }
}

/** A new unit that is taken off the list gives back what it had, the rest too; those behind it move up. */
export function without({ to, rest }: Shares, gone: number): Shares {
  const moved = (place: number) => (place > gone ? place - 1 : place)
  return {
    to: new Map([...to].filter(([, place]) => place !== gone).map(([key, place]) => [key, moved(place)])),
    rest: rest === null || rest === gone ? null : moved(rest),
  }
}

/** What unit_split is asked; `end`: the old unit ends, so that somebody gets the rest. */
export const partsOf = (units: NewUnit[], holdings: Holding[], { to, rest }: Shares, end: boolean): UnitPart[] =>
  units.map((unit, place) => ({
    ...unit, code: null, parent: null, rest: end && place === rest, places: [],
    items: holdings.filter(one => to.get(keyOf(one)) === place).map(({ what, id }) => ({ what, id })),
  }))
