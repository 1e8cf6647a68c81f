import { render, screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { useState } from 'react'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { setLanguage } from '../language'
import { ApiError } from '../send'
import { outcome } from '../endpoints/scan'
import type { Endpoint, Scan } from '../gen/api'
import { explain, Failure } from './loaded'
import { NotHere } from './not-here'
import { Remedy } from './remedy'
import { SearchBox } from './search-box'
import { ANSWERS, contactOf, StackedBar, StateMark, STATES, Tally } from './state'
import { DataTable, Pager } from './table'

beforeAll(() => setLanguage('vi'))

describe('states', () => {
  test('each has a word and a sign of its own', () => {
    const { container } = render(<>{STATES.map(state => <StateMark key={state} state={state} />)}</>)
    const marks = [...container.querySelectorAll('.mark')]
    expect(new Set(marks.map(mark => mark.textContent)).size).toBe(STATES.length)
    expect(new Set(marks.map(mark => mark.querySelector('svg')!.innerHTML)).size).toBe(STATES.length)
    expect(new Set(marks.map(mark => mark.className)).size).toBe(STATES.length)
  })
  test('answers likewise', () => {
    const { container } = render(<>{ANSWERS.map(state => <StateMark key={state} state={state} />)}</>)
    expect(new Set([...container.querySelectorAll('.mark')].map(mark => mark.textContent)).size).toBe(ANSWERS.length)
  })
  test('a bar says its numbers to a screen reader', () => {
    render(<StackedBar counts={{ pass: 1200, fail: 3, unknown: 0, not_applicable: 2, excepted: 0 }} label="Phép kiểm" />)
    expect(screen.getByRole('img', { name: 'Phép kiểm. Đạt: 1.200; Không đạt: 3; Không áp dụng: 2' })).toBeTruthy()
  })
  test('a bar of nothing is not a full one', () => {
    const { container } = render(<StackedBar counts={{ pass: 0, fail: 0, unknown: 0, not_applicable: 0, excepted: 0 }} />)
    expect(container.querySelectorAll('.bar-part')).toHaveLength(0)
  })
  test('a tally filters', async () => {
    const pick = vi.fn()
    render(<Tally counts={{ met: 1, partly: 0, not_met: 2, not_measured: 3, not_applicable: 0 }} picked={['not_met']} onPick={pick} />)
    expect(screen.getByRole('button', { name: '2 Chưa đạt' }).getAttribute('aria-pressed')).toBe('true')
    await userEvent.click(screen.getByRole('button', { name: '3 Chưa đo được' }))
    expect(pick).toHaveBeenCalledWith('not_measured')
  })
  test.each([
    [{ state: 'active', silent: false, offline: false }, 'heard'],
    [{ state: 'active', silent: true, offline: false }, 'silent'],
    [{ state: 'active', silent: false, offline: true }, 'offline'],
    [{ state: 'active', silent: true, offline: true }, 'silent'],
    [{ state: 'active', silent: true, offline: true, linked: true }, 'linked'],
    [{ state: 'revoked', silent: false, offline: false, linked: true }, 'revoked'],
  ])('a machine %o is %s', (endpoint, contact) => expect(contactOf(endpoint as Endpoint)).toBe(contact))
})

describe('scans', () => {
  const clean = { partly: 0, errors: 0, infected: 0, suspicious: 0, stopped: null } as Scan
  test.each([
    [null, 0, 'never'],
    [null, 1, 'found'],
    [clean, 0, 'clean'],
    [{ ...clean, partly: 1 }, 0, 'partly'],
    [{ ...clean, stopped: 'time' }, 0, 'partly'],
    [{ ...clean, errors: 1 }, 0, 'partly'],
    [{ ...clean, infected: 1 }, 0, 'found'],
    [clean, 2, 'found'],
  ])('%o with %d open: %s', (scan, open, expected) => expect(outcome(scan as Scan | null, open)).toBe(expected))
})

describe('tables', () => {
  const rows = ['a', 'b', 'c']
  const columns = [{ id: 'name', title: 'Tên', sort: 'name', cell: (row: string) => row }]
  test('rows open by Enter and are walked by arrows', async () => {
    const open = vi.fn()
    render(<DataTable caption="Bảng" columns={columns} rows={rows} rowKey={row => row} onOpen={open} />)
    const [, first] = screen.getAllByRole('row')
    first!.focus()
    await userEvent.keyboard('{ArrowDown}{Enter}')
    expect(open).toHaveBeenCalledExactlyOnceWith('b')
  })
  test('sorting is told and turned', async () => {
    const change = vi.fn()
    render(<DataTable caption="Bảng" columns={columns} rows={rows} rowKey={row => row} sorting={{ by: 'name', desc: false, change }} />)
    expect(screen.getByRole('columnheader').getAttribute('aria-sort')).toBe('ascending')
    await userEvent.click(within(screen.getByRole('columnheader')).getByRole('button'))
    expect(change).toHaveBeenCalledWith('name', true)
  })
  test('pages turn, and not past the ends', async () => {
    const turn = vi.fn()
    render(<Pager offset={50} limit={50} total={100} onTurn={turn} />)
    expect(screen.getByText('51–100 trong 100')).toBeTruthy()
    expect(screen.getByRole('button', { name: 'Sau' })).toHaveProperty('disabled', true)
    await userEvent.click(screen.getByRole('button', { name: 'Trước' }))
    expect(turn).toHaveBeenCalledWith(0)
  })
})

describe('search', () => {
  function Held({ asked }: { asked: (text: string) => void }) {
    const [value, setValue] = useState('')
    return <SearchBox label="Tìm" value={value} onSearch={text => { setValue(text); asked(text) }} />
  }
  test('asks once typing pauses; Esc empties', async () => {
    const asked = vi.fn()
    render(<Held asked={asked} />)
    await userEvent.type(screen.getByRole('searchbox'), 'máy')
    await vi.waitFor(() => expect(asked.mock.calls).toEqual([['máy']]))
    await userEvent.keyboard('{Escape}')
    await vi.waitFor(() => expect(asked).toHaveBeenLastCalledWith(''))
  })
})

describe('remedies', () => {
  test('numbered lines become steps', () => {
    render(<Remedy text={'1. Cài phần mềm.\n2. Bật lại.\n3. Chờ.\n'} />)
    expect(screen.getAllByRole('listitem').map(item => item.textContent)).toEqual(['Cài phần mềm.', 'Bật lại.', 'Chờ.'])
  })
  test('anything else stays a sentence', () => {
    render(<Remedy text="Hỏi người quản trị." />)
    expect(screen.queryByRole('list')).toBeNull()
  })
})

describe('errors', () => {
  test('the server’s own sentence comes first', () => expect(explain(new ApiError('exists', 'Đã có', 'mã', 409))).toEqual({ message: 'Đã có', detail: 'mã' }))
  test('no server: our sentence', () => expect(explain(new ApiError('unreachable', '', '', 0)).message).toMatch(/Không kết nối được/))
  test('a code without a sentence is shown', () => expect(explain(new ApiError('odd', '', '', 500)).message).toContain('odd'))
  test('it can be tried again', async () => {
    const retry = vi.fn()
    render(<Failure error={new ApiError('busy', 'Máy chủ đang bận', '', 503)} retry={retry} />)
    expect(screen.getByRole('alert').textContent).toContain('Máy chủ đang bận')
    await userEvent.click(screen.getByRole('button', { name: 'Thử lại' }))
    expect(retry).toHaveBeenCalled()
  })
})

describe('where nothing is', () => {
  const home = () => screen.queryByRole('link', { name: 'Về trang Tổng quan' })?.getAttribute('href')
  test('a page that is not there says why and leads home', () => {
    render(<NotHere />)
    expect(screen.getByText(/Địa chỉ gõ sai/)).toBeTruthy()
    expect(home()).toBe('/')
  })
  test('a record that is not there leads home; asking again would not help', () => {
    render(<Failure error={new ApiError('not_found', 'Không có', '', 404)} retry={() => undefined} />)
    expect(home()).toBe('/')
    expect(screen.queryByRole('button')).toBeNull()
  })
  test('what failed for another reason is asked for again', () => {
    render(<Failure error={new ApiError('busy', 'Đang bận', '', 503)} retry={() => undefined} />)
    expect(home()).toBeUndefined()
    expect(screen.getByRole('button')).toBeTruthy()
  })
})
