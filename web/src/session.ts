/** Who is logged in. Kept outside React, because `send` needs it too. */
import { useSyncExternalStore } from 'react'
import { login, logout, me as askMe, type Me } from './gen/api'
import { setLanguage, storedLanguage, type Language } from './language'
import { ApiError, lastAnswerMs, onSessionEnd } from './send'

export type Session =
  | { state: 'starting' }
  | { state: 'out' }
  | { state: 'in'; me: Me }
  | { state: 'expired'; me: Me } // the page stays, the login stands over it

/** Set while a session may exist, so that a first visit does not ask the server in vain. It says nothing about who. */
const MARK = 'khien.session'
const IDLE_CHECK_MS = 15_000

let session: Session = { state: 'starting' }
let waiting: (() => void)[] = []
const listeners = new Set<() => void>()

export function useSession(): Session {
  return useSyncExternalStore(onSession, () => session)
}

function onSession(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function become(next: Session): void {
  session = next
  if (next.state === 'out') localStorage.removeItem(MARK)
  if (next.state === 'in') localStorage.setItem(MARK, '1')
  onSessionEnd(next.state === 'in' || next.state === 'expired' ? expire : null)
  for (const listener of listeners) listener()
}

/** Finds out whether a session of an earlier visit still lives. */
export async function startSession(): Promise<void> {
  await setLanguage(storedLanguage())
  if (!localStorage.getItem(MARK)) return become({ state: 'out' })
  try {
    become({ state: 'in', me: await askMe() })
  } catch (error) {
    become({ state: 'out' })
    if (!(error instanceof ApiError) || error.code !== 'unauthenticated') throw error
  }
}

/** Logs in, at first or again. Somebody else logging in over a page must not see it: everything starts anew. */
export async function enter(name: string, password: string): Promise<void> {
  const before = session
  const me = await login({ name, password })
  if (before.state === 'expired' && before.me.name !== me.name) return location.assign('/')
  await setLanguage(me.language as Language)
  become({ state: 'in', me })
  waiting.forEach(go => go())
  waiting = []
}

export async function leave(): Promise<void> {
  onSessionEnd(null) // whether it still lives does not matter now
  await logout().catch(() => undefined)
  become({ state: 'out' })
}

export function update(me: Me): void {
  become({ state: 'in', me })
}

function expire(): Promise<void> {
  if (session.state === 'in') become({ state: 'expired', me: session.me })
  return new Promise(resolve => waiting.push(resolve))
}

/** The server ends a session that was idle; the page then hides what it shows without waiting for the next click. */
setInterval(() => {
  if (session.state === 'in' && Date.now() - lastAnswerMs() > session.me.idle_timeout_s * 1000) void expire()
}, IDLE_CHECK_MS)

export const may = (me: Me, right: string): boolean => me.rights.includes(right)

/** The user whose pages are drawn; only called below a session. */
export function useMe(): Me {
  const now = useSession()
  if (now.state !== 'in' && now.state !== 'expired') throw new Error('no session')
  return now.me
}
