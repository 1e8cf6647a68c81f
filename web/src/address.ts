/** What stands in the address bar: every page, filter, tab and drawer can be linked to, and Back undoes it. */
import { useLocation, useSearch } from 'wouter'
import { search } from './send'
import { useMe } from './session'

export type Changes = Record<string, string | number | undefined>

/** The unit that all pages are about: the one chosen at the top, at first the user's own. */
export function useUnitCode(): string {
  const chosen = new URLSearchParams(useSearch()).get('unit')
  const own = useMe().unit.code
  return chosen ?? own
}

/** Reads and changes the part of the address after "?". A change keeps all other parts. */
export function useParams(): [URLSearchParams, (changes: Changes, options?: { replace?: boolean }) => void] {
  const [path, go] = useLocation()
  const params = new URLSearchParams(useSearch())
  const change = (changes: Changes, options = {}) => go(path + changed(params, changes), options)
  return [params, change]
}

/** Makes addresses of other pages; the chosen unit goes along. */
export function useHref(): (path: string, query?: Changes) => string {
  const unit = new URLSearchParams(useSearch()).get('unit') ?? undefined
  return (path, query) => path + search({ unit, ...query })
}

/** The address of this page with some parts changed. */
export function useHere(): (changes: Changes) => string {
  const [path] = useLocation()
  const params = new URLSearchParams(useSearch())
  return changes => path + changed(params, changes)
}

function changed(params: URLSearchParams, changes: Changes): string {
  return search({ ...Object.fromEntries(params), ...changes })
}
