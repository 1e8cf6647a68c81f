/**
 * The one place that talks to the server. `gen/api.ts` holds a typed function for every route and calls `send`.
 *
 * Writes carry `X-Khien: 1`, which no other origin can send: the server refuses writes without it. A request that meets an ended session
 * waits while the user logs in again over the page, and is then sent once more; nothing typed is lost.
 */
import { currentLanguage } from './language'

/** One thing that is wrong with what was sent; `field` null: with all of it. */
export interface Fault {
  field: string | null
  text: string
}

export class ApiError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly detail: string,
    readonly status: number,
    readonly faults: Fault[] = [],
  ) {
    super(message)
  }
}

type Query = Record<string, string | number | boolean | undefined>

let askToLogIn: (() => Promise<void>) | null = null

/** What to do about an ended session; resolves when somebody has logged in again. Null: no session to renew, the error is passed on. */
export function onSessionEnd(ask: typeof askToLogIn): void {
  askToLogIn = ask
}

const LAST_ANSWER = 'khien.answer'

/** When the last answer came to any tab of this browser: they share one session, so they share its idle clock. */
export const lastAnswerMs = (): number => Number(localStorage.getItem(LAST_ANSWER) ?? 0)

export async function send<T>(method: string, path: string, query?: Query, body?: unknown, signal?: AbortSignal): Promise<T> {
  try {
    return await once<T>(method, path, query, body, signal)
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'unauthenticated' || !askToLogIn) throw error
    await askToLogIn()
    return once<T>(method, path, query, body, signal)
  }
}

async function once<T>(method: string, path: string, query?: Query, body?: unknown, signal?: AbortSignal): Promise<T> {
  const response = await reach(path + search(query), {
    method,
    signal: signal ?? null,
    credentials: 'same-origin',
    headers: headers(method, body),
    body: body === undefined ? null : body instanceof Blob ? body : JSON.stringify(body),
  })
  localStorage.setItem(LAST_ANSWER, String(Date.now()))
  if (!response.ok) throw await refusal(response)
  if (response.status === 204) return undefined as T
  const json = response.headers.get('content-type')?.startsWith('application/json')
  return (json ? await response.json() : await response.text()) as T
}

async function reach(address: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(address, init)
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new ApiError('unreachable', '', '', 0)
  }
}

function headers(method: string, body: unknown): Record<string, string> {
  const all: Record<string, string> = { accept: 'application/json', 'accept-language': currentLanguage() }
  if (method !== 'GET') all['x-khien'] = '1'
  if (body !== undefined) all['content-type'] = body instanceof Blob ? 'application/octet-stream' : 'application/json'
  return all
}

async function refusal(response: Response): Promise<ApiError> {
  const answer: unknown = await response.json().catch(() => null)
  const { error, faults } = (answer ?? {}) as { error?: { code?: string; message?: string; detail?: string }; faults?: Fault[] }
  return new ApiError(error?.code ?? 'internal', error?.message ?? '', error?.detail ?? '', response.status, faults)
}

export function search(query: Query = {}): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined && value !== '')
  return pairs.length ? `?${new URLSearchParams(pairs.map(([key, value]) => [key, String(value)]))}` : ''
}
