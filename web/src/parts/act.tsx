import { useMutation, useQueryClient } from '@tanstack/react-query'
import { App } from 'antd'
import { explain } from './loaded'

/**
 * A write: on success says `done` and asks anew what it made stale (first parts of the keys in queries.ts); on failure says why and leaves
 * everything as it is.
 */
export function useAct<Input, Output>(act: (input: Input) => Promise<Output>, { stale, done }: { stale: string[]; done?: string }) {
  const { message } = App.useApp()
  const client = useQueryClient()
  return useMutation({
    mutationFn: act,
    onSuccess: () => {
      if (done) void message.success(done)
      return Promise.all(stale.map(key => client.invalidateQueries({ queryKey: [key] })))
    },
    onError: error => {
      const { message: text, detail } = explain(error)
      void message.error(detail ? `${text}: ${detail}` : text, 6)
    },
  })
}
