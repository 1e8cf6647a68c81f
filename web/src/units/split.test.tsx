import { QueryClient, QueryClientProvider, useQuery } from '@tanstack/react-query'
import { configure, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { setLanguage } from '../language'
import * as queries from '../queries'
import SplitDialog from './split'

vi.mock('./decision-fields', () => ({ default: () => null }))
vi.mock('./decide', () => ({ useDecide: () => () => Promise.resolve(5) }))

const server = { version: 1, asked: [] as { dry_run: boolean; version: number }[] }

const json = (body: object, status = 200) => new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } })
const unit = () => ({ code: 'truong', name: 'Trường', kind: 'school', parent: 'goc', version: server.version })
const would = () => ({ ended: false, stays: { unit: unit(), endpoints: 0, users: 0, units: 0, records: 0 }, parts: [] })

function answer(address: string, { body }: { body?: string } = {}): Response {
  if (address.endsWith('/holdings')) return json({ items: [], total: 0 })
  if (!address.endsWith('/split')) return json({ unit: unit() })
  const asked = JSON.parse(body!) as typeof server.asked[number]
  server.asked.push({ dry_run: asked.dry_run, version: asked.version })
  return asked.version === server.version ? json(would()) : json({ error: { code: 'stale_version', message: 'Bản ghi đã được người khác sửa' } }, 409)
}

vi.setConfig({ testTimeout: 20_000 })
configure({ asyncUtilTimeout: 4000 })
beforeAll(() => setLanguage('vi'))
beforeEach(() => {
  Object.assign(server, { version: 1, asked: [] })
  vi.stubGlobal('fetch', (address: string, init?: { body?: string }) => Promise.resolve(answer(address, init)))
})

function Dialog({ onClose }: { onClose: () => void }) {
  const { data } = useQuery(queries.unit('truong'))
  return data ? <SplitDialog unit={data.unit} onClose={onClose} /> : null
}

/** Up to the third step, before what would come of it is asked for. */
async function toShares(onClose = () => undefined) {
  render(<QueryClientProvider client={new QueryClient()}><Dialog onClose={onClose} /></QueryClientProvider>)
  await screen.findByText('Tiếp tục')
  next()
  fireEvent.change(await screen.findByLabelText('Tên đơn vị mới 1'), { target: { value: 'Trường mới' } })
  next()
  await standsAt(/Ai nhận gì/)
  await waitFor(() => expect(button('Tiếp tục')).toHaveProperty('disabled', false)) // what it holds has come
}

const button = (name: string) => screen.getByText(name).closest('button')! // by its role it is found slowly in a dialog
const next = () => fireEvent.click(button('Tiếp tục'))
const standsAt = (step: RegExp) => waitFor(() => expect(document.querySelector('[aria-current=step]')!.textContent).toMatch(step))

test('whoever was overtaken goes on with what is there now', async () => {
  await toShares()
  server.version = 2 // somebody else changes the unit
  next()
  await waitFor(() => expect(server.asked).toHaveLength(1))
  await standsAt(/Ai nhận gì/)
  await waitFor(() => { if (server.asked.at(-1)!.version === 1) next(); expect(server.asked.at(-1)).toEqual({ dry_run: true, version: 2 }) })
  await standsAt(/Xem lại/)
})

test('what was looked at is not done when the unit has changed since: it is looked at again', async () => {
  const close = vi.fn()
  await toShares(close)
  next()
  await standsAt(/Xem lại/)
  server.version = 2
  fireEvent.click(button('Chia tách'))
  await standsAt(/Ai nhận gì/)
  expect(close).not.toHaveBeenCalled()
  expect(server.asked.at(-1)).toEqual({ dry_run: false, version: 1 })
})
