/** The whole console in jsdom against the mock's answers: login, first password, a page, an ended session, rights. */
import { render, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeEach, expect, test, vi } from 'vitest'
import { endSessions, handle } from '../mock/handle.mjs'
import { App } from './app'
import { client } from './queries'
import { leave } from './session'

vi.mock('./parts/trend-chart', () => ({ default: () => null })) // jsdom has no canvas

let token: string | undefined

beforeEach(async () => {
  vi.stubGlobal('fetch', (address: string, init: RequestInit) => {
    const url = new URL(address, 'http://mock')
    const headers = init.headers as Record<string, string>
    const answer = handle({
      method: init.method!, path: url.pathname, query: Object.fromEntries(url.searchParams), token, marked: headers['x-khien'] === '1',
      body: init.body ? JSON.parse(init.body as string) : {},
    })
    token = answer.cookie ?? token
    return Promise.resolve(new Response(answer.status === 204 ? null : JSON.stringify(answer.body), { status: answer.status, headers: { 'content-type': 'application/json' } }))
  })
  await leave()
  client.clear()
  localStorage.clear()
  history.replaceState(null, '', '/')
})

async function logIn(name: string, password = 'Khien-mau-2026') {
  await userEvent.type(await screen.findByLabelText('Tên đăng nhập'), name)
  await userEvent.type(screen.getByLabelText(/^Mật khẩu/), password)
  await userEvent.click(screen.getByRole('button', { name: 'Đăng nhập' }))
}

const seen = { timeout: 10_000 }

test('a wrong password is refused in words, the right one opens the overview', async () => {
  render(<App />)
  await logIn('admin', 'sai')
  expect((await screen.findByRole('alert')).textContent).toContain('Tên đăng nhập hoặc mật khẩu không đúng')
  const password = screen.getByLabelText(/^Mật khẩu/)
  await userEvent.clear(password)
  await userEvent.type(password, 'Khien-mau-2026{Enter}')
  expect(await screen.findByRole('heading', { name: 'UBND tỉnh Sông Lam', level: 1 }, seen)).toBeTruthy()
  expect(await screen.findByText('Việc cần làm trước', undefined, seen)).toBeTruthy()
  expect(await screen.findByText('Máy chủ đang không tự làm được', undefined, seen)).toBeTruthy() // the mock has no mail server
}, 20_000)

test('the first password must be changed before anything else', async () => {
  render(<App />)
  await logIn('moi', 'Lan-dau-2026-x')
  await screen.findByRole('heading', { name: 'Đặt mật khẩu của bạn' })
  const [old, fresh, again] = ['Mật khẩu hiện tại', 'Mật khẩu mới', 'Nhập lại mật khẩu mới'].map(label => screen.getByLabelText(new RegExp(`^${label}`)))
  await userEvent.type(old!, 'Lan-dau-2026-x')
  await userEvent.type(fresh!, 'ngan')
  await userEvent.type(again!, 'khac')
  await userEvent.click(screen.getByRole('button', { name: 'Đổi mật khẩu' }))
  expect(screen.getByRole('alert').textContent).toContain('không giống nhau')
  await userEvent.clear(again!)
  await userEvent.type(again!, 'ngan')
  await userEvent.click(screen.getByRole('button', { name: 'Đổi mật khẩu' }))
  await waitFor(() => expect(screen.getByRole('alert').textContent).toContain('cần ít nhất 12 ký tự'))
  for (const field of [fresh!, again!]) {
    await userEvent.clear(field)
    await userEvent.type(field, 'Mat-khau-cua-toi-1')
  }
  await userEvent.click(screen.getByRole('button', { name: 'Đổi mật khẩu' }))
  expect(await screen.findByRole('heading', { name: 'Trường Mầm non Hoa Mai', level: 1 }, seen)).toBeTruthy()
}, 20_000)

test('a session that ends shows the login over the page, which then goes on', async () => {
  render(<App />)
  await logIn('canbo')
  await screen.findByRole('heading', { name: 'UBND phường Trúc Lâm', level: 1 }, seen)
  await userEvent.click(screen.getByRole('link', { name: 'Máy tính' }))
  await screen.findByRole('heading', { name: 'Máy tính', level: 1 }, seen)
  endSessions()
  await userEvent.type(await screen.findByRole('searchbox', { name: 'Tìm theo tên máy' }, seen), 'PM-01')
  await screen.findByRole('heading', { name: 'Phiên làm việc đã hết hạn' }, seen)
  await userEvent.type(screen.getByLabelText(/^Mật khẩu/), 'Khien-mau-2026')
  await userEvent.click(screen.getByRole('button', { name: 'Đăng nhập' }))
  await waitFor(() => expect(screen.queryByRole('heading', { name: 'Phiên làm việc đã hết hạn' })).toBeNull())
  expect(screen.getByRole('searchbox', { name: 'Tìm theo tên máy' })).toHaveProperty('value', 'PM-01')
  await waitFor(() => expect(location.search).toContain('text=PM-01'))
}, 20_000)

test('without a right there is neither the link nor the page', async () => {
  history.replaceState(null, '', '/users')
  render(<App />)
  await logIn('lanhdao')
  expect(await screen.findByText(/không được xem trang này/, undefined, seen)).toBeTruthy()
  expect(screen.queryByRole('link', { name: 'Người dùng' })).toBeNull()
  expect(screen.queryByRole('link', { name: 'Ghi danh máy' })).toBeNull()
}, 20_000)
