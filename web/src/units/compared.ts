import type { ComparedUnit, Comparison } from '../gen/api'

export interface Cell {
  state: string
  share: number | null
  fail: number
  unknown: number
}

/** A unit with the cell of each control, by its name. */
export type Compared = Pick<ComparedUnit, 'unit' | 'own' | 'endpoints' | 'silent'> & { cells: Record<string, Cell> }

/** The server sends columns, one value for each control; pages want cells. */
export const withCells = ({ controls, items }: Comparison) => ({
  controls,
  items: items.map(({ states, shares, fails, unknowns, ...unit }): Compared => ({
    ...unit,
    cells: Object.fromEntries(controls.map(({ control }, n) => [control, { state: states[n]!, share: shares[n]!, fail: fails[n]!, unknown: unknowns[n]! }])),
  })),
})
