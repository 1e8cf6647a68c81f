/**
 * A server to develop the console against: node mock/server.mjs [PORT] [FOLDER]. It answers the API from mock/, serves the built console from
 * FOLDER (default dist) with the real content security policy, and listens on the loopback only. Users: admin, canbo, lanhdao (password
 * Khien-mau-2026) and moi (Lan-dau-2026-x, must change it).
 */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { endSessions, handle } from './handle.mjs'

export const POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"

const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.woff2': 'font/woff2', '.json': 'application/json' }

export function serve(port, folder) {
  const server = createServer(async (request, response) => {
    const url = new URL(request.url, 'http://mock')
    if (url.pathname === '/mock/end-sessions') return response.end(String(endSessions()))
    if (url.pathname.startsWith('/api/')) return api(request, response, url)
    return file(response, folder, url.pathname)
  })
  return new Promise(resolve => server.listen(port, '127.0.0.1', () => resolve(server)))
}

async function api(request, response, url) {
  const text = await collect(request)
  const body = text.length && /json/.test(request.headers['content-type']) ? JSON.parse(Buffer.concat(text).toString('utf8')) : {} // the bytes of a file are not looked at
  const token = /khien_session=([^;]+)/.exec(request.headers.cookie ?? '')?.[1]
  const answer = handle({ method: request.method, path: url.pathname, query: Object.fromEntries(url.searchParams), body, token, marked: request.headers['x-khien'] === '1' })
  if (answer.cookie) response.setHeader('set-cookie', `khien_session=${answer.cookie}; HttpOnly; SameSite=Strict; Path=/`)
  const json = typeof answer.body !== 'string'
  response.writeHead(answer.status, { 'content-type': json ? 'application/json' : 'text/csv; charset=utf-8', 'cache-control': 'no-store' })
  response.end(answer.body === undefined ? '' : json ? JSON.stringify(answer.body) : answer.body)
}

async function collect(request) {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  return chunks
}

function file(response, folder, path) {
  const wanted = join(folder, normalize(path))
  const [name, content] = read(wanted) ?? ['index.html', readFileSync(join(folder, 'index.html'))]
  response.writeHead(200, { 'content-type': TYPES[extname(name)] ?? 'application/octet-stream', 'content-security-policy': POLICY, 'x-content-type-options': 'nosniff', 'cache-control': name.includes('assets') ? 'public, max-age=31536000, immutable' : 'no-cache' })
  response.end(content)
}

function read(path) {
  try {
    return [path, readFileSync(path)]
  } catch {
    return null
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const port = Number(process.argv[2] ?? 5180)
  await serve(port, process.argv[3] ?? fileURLToPath(new URL('../dist', import.meta.url)))
  console.log(`http://127.0.0.1:${port}`)
}
