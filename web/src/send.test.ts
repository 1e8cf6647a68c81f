import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ApiError, onSessionEnd, send } from './send'

const answers: [number, unknown][] = []
const asked: [string, RequestInit][] = []

beforeEach(() => {
  vi.stubGlobal('fetch', (address: string, init: RequestInit) => {
    asked.push([address, init])
    const [status, body] = answers.shift()!
    return Promise.resolve(new Response(status === 204 ? null : JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } }))
  })
})

afterEach(() => {
  asked.length = 0
  answers.length = 0
  onSessionEnd(null)
  vi.unstubAllGlobals()
})

const refusal = (code: string) => ({ error: { code, message: 'Sentence', detail: 'field' } })

test('a write is marked, a question is not', async () => {
  answers.push([200, {}], [200, {}])
  await send('POST', '/x', undefined, { a: 1 })
  await send('GET', '/x')
  expect(asked[0]![1].headers).toMatchObject({ 'x-khien': '1', 'content-type': 'application/json' })
  expect(asked[1]![1].headers).not.toHaveProperty('x-khien')
})

test('empty parameters are left out, others escaped', async () => {
  answers.push([200, {}])
  await send('GET', '/x', { text: 'a&b', unit: undefined, state: '', limit: 0, desc: false })
  expect(asked[0]![0]).toBe('/x?text=a%26b&limit=0&desc=false')
})

test('a refusal carries code, sentence and detail', async () => {
  answers.push([409, refusal('exists')])
  await expect(send('POST', '/x')).rejects.toMatchObject({ code: 'exists', message: 'Sentence', detail: 'field', status: 409 })
})

test('a server that cannot be reached is an error with a code', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('network')))
  await expect(send('GET', '/x')).rejects.toEqual(new ApiError('unreachable', '', '', 0))
})

test('an ended session: the request waits for the login and is sent once more', async () => {
  answers.push([401, refusal('unauthenticated')], [200, { done: true }])
  const ask = vi.fn(() => new Promise<void>(resolve => setTimeout(resolve, 50)))
  onSessionEnd(ask)
  const answer = send('PUT', '/x', undefined, { typed: 'much' })
  await vi.waitFor(() => expect(ask).toHaveBeenCalled())
  expect(asked).toHaveLength(1)
  expect(await answer).toEqual({ done: true })
  expect(asked.map(([, init]) => init.body)).toEqual(['{"typed":"much"}', '{"typed":"much"}'])
})

test('without a session nothing is asked twice', async () => {
  answers.push([401, refusal('unauthenticated')])
  await expect(send('GET', '/x')).rejects.toMatchObject({ code: 'unauthenticated' })
})

test('an answer without a body is none', async () => {
  answers.push([204, null])
  expect(await send('DELETE', '/x')).toBeUndefined()
})
