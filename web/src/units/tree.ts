/** The units as a tree, from the list the server gives in tree order. */
import type { Unit } from '../gen/api'
import { found } from '../fold'

export interface Branch {
  key: string
  unit: Unit
  children: Branch[]
}

export function branches(units: Unit[]): Branch[] {
  const all = new Map(units.map(unit => [unit.code, { key: unit.code, unit, children: [] } as Branch]))
  const tops: Branch[] = []
  for (const branch of all.values()) {
    const parent = branch.unit.parent ? all.get(branch.unit.parent) : undefined
    ;(parent ? parent.children : tops).push(branch)
  }
  return tops
}

/** Units whose name or code is asked for, together with everything above them. */
export function matching(units: Unit[], question: string): { shown: Unit[]; hits: Set<string> } {
  const byCode = new Map(units.map(unit => [unit.code, unit]))
  const hits = new Set(units.filter(unit => found(`${unit.name} ${unit.code}`, question)).map(unit => unit.code))
  const kept = new Set<string>()
  for (const hit of hits) {
    for (let code: string | null = hit; code && !kept.has(code); code = byCode.get(code)?.parent ?? null) kept.add(code)
  }
  return { shown: units.filter(unit => kept.has(unit.code)), hits }
}

/** Codes from the top down to the unit itself. */
export function pathTo(units: Unit[], code: string): string[] {
  const byCode = new Map(units.map(unit => [unit.code, unit]))
  const path: string[] = []
  for (let unit = byCode.get(code); unit; unit = unit.parent ? byCode.get(unit.parent) : undefined) path.unshift(unit.code)
  return path
}
