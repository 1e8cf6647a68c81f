/** Short notices over the page: what was done, or why it was not. Spoken by screen readers, gone by themselves; a failure stays longer. */
import { useEffect, useSyncExternalStore } from 'react'
import { useLocation } from 'wouter'
import { t } from '../language'
import { Icon } from './icons'

interface Notice {
  id: number
  text: string
  failed: boolean
}

const STAYS_MS = 4000
const FAILURE_STAYS_MS = 12_000

let notices: Notice[] = []
let next = 1
const listeners = new Set<() => void>()

export const notify = (text: string): void => show(text, false)
export const notifyFailure = (text: string): void => show(text, true)

function show(text: string, failed: boolean): void {
  const notice = { id: next++, text, failed }
  change([...notices, notice])
  setTimeout(() => drop(notice.id), failed ? FAILURE_STAYS_MS : STAYS_MS)
}

const drop = (id: number): void => change(notices.filter(notice => notice.id !== id))

function change(now: Notice[]): void {
  notices = now
  for (const listener of listeners) listener()
}

export function Notices() {
  const shown = useSyncExternalStore(onChange, () => notices)
  const [path] = useLocation()
  useEffect(() => change(notices.filter(({ failed }) => !failed)), [path]) // what failed on one page is no news on the next
  return (
    <div className="notices" role="status" aria-live="polite">
      {shown.map(({ id, text, failed }) => (
        <p key={id} className={failed ? 'notice notice-failed' : 'notice'}>
          <Icon sign={failed ? 'not_met' : 'met'} />
          <span>{text}</span>
          <button type="button" onClick={() => drop(id)} aria-label={t('close')}><Icon sign="close" /></button>
        </p>
      ))}
    </div>
  )
}

function onChange(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
