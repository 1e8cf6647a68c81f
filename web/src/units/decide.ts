import { useRef } from 'react'
import { unit_decision_add } from '../gen/api'

/** The paper by which a unit is moved, merged, split or ended. */
export interface Decided {
  number: string
  decided_on: string
  proof: File
}

/** Sends it once: an act that was refused is tried again by the same decision. */
export function useDecide(unit: string): (decided: Decided) => Promise<number> {
  const sent = useRef<(Decided & { id: number }) | null>(null)
  return async ({ number, decided_on, proof }) => {
    const last = sent.current
    if (last && last.number === number && last.decided_on === decided_on && last.proof === proof) return last.id
    const { id } = await unit_decision_add(unit, proof, { number, decided_on, name: proof.name })
    sent.current = { number, decided_on, proof, id }
    return id
  }
}
