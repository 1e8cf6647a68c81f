/** One request of the API, answered: route, login, rights, parameters with their defaults, then the function in answers.mjs. */
import { answers, note, people } from './answers.mjs'
import { Refusal } from './refusal.mjs'
import { below, rightsOf, routes } from './world.mjs'

const sessions = new Map()

const patterns = routes.map(route => ({
  route,
  method: route.method,
  pattern: new RegExp(`^${route.path.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`),
}))

/**
 * Never throws for a bad request. `token`: the session cookie; `marked`: the request carries X-Khien.
 * @param {{method: string, path: string, query?: Record<string, unknown>, body?: unknown, token?: string, marked?: boolean}} request
 * @returns {{status: number, body: any, cookie?: string}}
 */
export function handle({ method, path, query = {}, body = {}, token, marked }) {
  try {
    const found = patterns.find(one => one.method === method && one.pattern.test(path))
    if (!found) throw new Refusal(404, 'not_found', 'Không tìm thấy')
    if (method !== 'GET' && !marked) throw new Refusal(403, 'csrf', 'Yêu cầu không đến từ giao diện này')
    return answer(found, { path, query, body, token })
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return { status: error.status, body: { error: { code: error.code, message: error.message, detail: error.detail } } }
  }
}

function answer({ route, pattern }, { path, query, body, token }) {
  const person = sessions.get(token)
  admit(route, person)
  let cookie
  const result = answers[route.route]({
    params: Object.fromEntries(Object.entries(pattern.exec(path).groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)])),
    query: typed(route.query, query),
    body: typed(route.body, body),
    person,
    scope: code => below(code ?? person.unit),
    open: who => sessions.set((cookie = crypto.randomUUID()), who),
    close: () => sessions.delete(token),
  })
  if (route.method !== 'GET' && person) note(route.route.replace('_', '.'), person.name, String(body.name ?? path.split('/').at(-1)))
  return { status: result === undefined ? 204 : 200, body: result, cookie }
}

function admit(route, person) {
  if (route.right === 'public') return
  if (!person) throw new Refusal(401, 'unauthenticated', 'Cần đăng nhập')
  if (route.right !== 'session' && !rightsOf(person).includes(route.right)) throw new Refusal(403, 'forbidden', 'Không được phép làm việc này')
}

function typed(params = [], given) {
  const values = { ...given }
  for (const { name, type, default: fallback, required, values: allowed } of params) {
    if (values[name] === undefined && fallback !== undefined) values[name] = fallback
    else if (type === 'int' && values[name] !== undefined) values[name] = Number(values[name])
    else if (type === 'bool' && values[name] !== undefined) values[name] = values[name] === true || values[name] === 'true'
    if (required && values[name] === undefined) throw new Refusal(400, 'invalid_field', 'Giá trị không hợp lệ', name)
    if (allowed && values[name] !== undefined && !allowed.includes(values[name])) throw new Refusal(400, 'invalid_field', 'Giá trị không hợp lệ', name)
  }
  return values
}

/** For tests: every session ends, as after a restart. */
export function endSessions() {
  sessions.clear()
}

export { people }
