import { t, words } from '../language'
import { registerOf } from '../registers/definitions'

/** What a unit holds and gives, in words: machines, users, units, or a register. */
export const whatText = (what: string): string => {
  const register = registerOf(what)
  return register ? words(register.label) : t(`unit.what.${what as 'endpoint' | 'user' | 'unit'}`)
}
