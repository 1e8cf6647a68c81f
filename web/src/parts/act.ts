import { useMutation, useQueryClient } from '@tanstack/react-query'
import { ApiError } from '../send'
import { explain } from './loaded'
import { notify, notifyFailure } from './notices'

/**
 * A write: on success says `done` and asks anew what it made stale (first parts of the keys in queries.ts); on failure says why and leaves
 * everything as it is, except that what somebody else has changed meanwhile is asked anew: what it would make stale, and `read`, what it went by.
 */
export function useAct<Input, Output>(act: (input: Input) => Promise<Output>, { stale, read = [], done }: { stale: string[]; read?: string[]; done?: string }) {
  const client = useQueryClient()
  const anew = (keys: string[]) => Promise.all(keys.map(key => client.invalidateQueries({ queryKey: [key] })))
  return useMutation({
    mutationFn: act,
    onSuccess: () => {
      if (done) notify(done)
      return anew(stale)
    },
    onError: error => {
      const { message, detail } = explain(error)
      notifyFailure(detail ? `${message}: ${detail}` : message)
      if (error instanceof ApiError && error.code === 'stale_version') return anew([...new Set([...stale, ...read])])
      return undefined
    },
  })
}
