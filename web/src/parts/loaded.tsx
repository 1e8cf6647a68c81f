/** What stands in place of data that is on its way, did not come, or is not there. */
import { useEffect, useState, type ReactNode } from 'react'
import type { UseQueryResult } from '@tanstack/react-query'
import { Link } from 'wouter'
import { t, word } from '../language'
import { ApiError } from '../send'
import { Icon } from './icons'

const PATIENCE_MS = 250

/** Draws `children(data)` when the answer is there. `rows`: how tall the waiting place is. */
export function Loaded<T>({ query, rows = 6, children }: { query: UseQueryResult<T>; rows?: number; children: (data: T) => ReactNode }) {
  if (query.data !== undefined) return <>{query.isError && <Failure error={query.error} retry={() => void query.refetch()} />}{children(query.data)}</>
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />
  return <Waiting rows={rows} />
}

/** Grey lines, shown only when the answer is not there at once. */
export function Waiting({ rows = 6 }: { rows?: number }) {
  const [shown, show] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => show(true), PATIENCE_MS)
    return () => clearTimeout(timer)
  }, [])
  return (
    <div className="waiting" role="status" aria-label={t('loading')}>
      {shown && Array.from({ length: rows }, (_, row) => <span key={row} className="waiting-line" />)}
    </div>
  )
}

export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  const { message, detail } = explain(error)
  return (
    <div className="failure" role="alert">
      <Icon sign="warning" />
      <div>
        <strong>{message}</strong>
        {detail && <p>{detail}</p>}
        {isMissing(error) ? <p><Link href="/">{t('not_found.home')}</Link></p> : retry && <button type="button" className="plain-button" onClick={retry}>{t('retry')}</button>}
      </div>
    </div>
  )
}

/** Asking again brings nothing that is not there. */
const isMissing = (error: unknown): boolean => error instanceof ApiError && error.code === 'not_found'

/** An error in the user's words: the server's own sentence, or ours when the server was not reached. */
export function explain(error: unknown): { message: string; detail: string } {
  if (!(error instanceof ApiError)) return { message: t('error.internal'), detail: error instanceof Error ? error.message : '' }
  const message = error.message || word('error', error.code)
  return { message: message === error.code ? t('error.other', { code: error.code }) : message, detail: error.detail }
}

export const Empty = ({ children, sign = 'search' }: { children: ReactNode; sign?: 'search' | 'met' | 'not_measured' }) => (
  <div className={`empty empty-${sign}`}>
    <Icon sign={sign} />
    <p>{children}</p>
  </div>
)
