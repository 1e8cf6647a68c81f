import { useMutation, useQueryClient } from '@tanstack/react-query'
import { ApiError } from '../send'
import { explain } from './loaded'
import { notify, notifyFailure } from './notices'

/**
 * A write: on success says `done` and asks anew what it made stale (first parts of the keys in queries.ts); on failure says why and leaves
 * everything as it is.
 */
export function useAct<Input, Output>(act: (input: Input) => Promise<Output>, { stale, done }: { stale: string[]; done?: string }) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: act,
    onSuccess: () => {
      if (done) notify(done)
      return Promise.all(stale.map(key => client.invalidateQueries({ queryKey: [key] })))
    },
    onError: error => {
      const { message, detail } = explain(error)
      notifyFailure(detail ? `${message}: ${detail}` : message)
      if (error instanceof ApiError && error.code === 'stale_version') return Promise.all(stale.map(key => client.invalidateQueries({ queryKey: [key] })))
      return undefined
    },
  })
}
