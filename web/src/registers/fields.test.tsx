import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { Form } from 'antd'
import { useState } from 'react'
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { setLanguage } from '../language'
import { DayField } from '../parts/moment-field'
import { fieldOf, registerOf, type Entry } from './definitions'
import { FormFields } from './form-fields'
import { SignerField, signersOf } from './signer-field'

const HEAD = 'Trần Thủ Trưởng'
const RECORDS: Record<string, object[]> = {
  report_office: [],
  assignment: [{ fields: { head: 1 }, labels: { head: `${HEAD} · Hiệu trưởng` } }],
  staff: [{ fields: { full_name: HEAD, title: 'Hiệu trưởng' }, labels: {} }, { fields: { full_name: 'Lê Phó', title: 'Phó Hiệu trưởng' }, labels: {} }],
}

beforeAll(() => setLanguage('vi'))
beforeEach(() => {
  vi.stubGlobal('fetch', (address: string) => {
    const items = RECORDS[/registers\/(\w+)\//.exec(address)![1]!] ?? []
    return Promise.resolve(new Response(JSON.stringify({ items, total: items.length, states: [] }), { headers: { 'content-type': 'application/json' } }))
  })
})
afterEach(() => vi.useRealTimers())

const entries = (name: string) => RECORDS[name] as Entry[]

test('who signs: as the documents say, the head, the other leaders; each once', () => {
  const office = [{ fields: { signer: 'Lê Phó', title: 'Phó Hiệu trưởng' }, labels: {} }] as unknown as Entry[]
  expect(signersOf(office, entries('assignment'), entries('staff')).map(one => one.name)).toEqual(['Lê Phó', HEAD])
  expect(signersOf([], entries('assignment'), entries('staff')).map(one => one.name)).toEqual([HEAD, 'Lê Phó'])
  expect(signersOf([], [], [])).toEqual([])
})

function Field({ given = null }: { given?: string | null }) {
  const [value, change] = useState<string | null>(given)
  return <QueryClientProvider client={new QueryClient()}><SignerField begins unit="truong" max={120} value={value} onChange={next => change(next as string | null)} /></QueryClientProvider>
}

test('the head stands there; another name may be written, and what was emptied stays empty', async () => {
  render(<Field />)
  const input = screen.getByRole('combobox') as HTMLInputElement
  await waitFor(() => expect(input.value).toBe(HEAD))
  expect([...document.querySelectorAll('datalist option')].map(option => option.getAttribute('value'))).toEqual([HEAD, 'Lê Phó'])
  await userEvent.clear(input)
  expect(input.value).toBe('')
  await userEvent.type(input, 'KT. Nguyễn Khác')
  expect(input.value).toBe('KT. Nguyễn Khác')
})

test('a name that is there stays', async () => {
  render(<Field given="Ai đó" />)
  await waitFor(() => expect(document.querySelectorAll('datalist option')).toHaveLength(2))
  expect((screen.getByRole('combobox') as HTMLInputElement).value).toBe('Ai đó')
})

const NOBODY = { fields: { signed_by: null, signer: null }, labels: {} } as unknown as Entry

test.each([
  ['a record is corrected', 'report_due', 'signed_by', NOBODY, undefined, false],
  ['a record is made that need not be signed yet', 'report_due', 'signed_by', undefined, undefined, false],
  ['a move asks who signed', 'report_due', 'signed_by', NOBODY, ['signed_by'], true],
  ['a move of many asks who signed', 'report_due', 'signed_by', undefined, ['signed_by'], true],
  ['a move asks something else', 'report_due', 'signed_by', NOBODY, ['number'], false],
  ['how a unit signs is written first', 'report_office', 'signer', undefined, undefined, true],
  ['how a unit signs is corrected', 'report_office', 'signer', NOBODY, undefined, false],
])('where %s, the signer stands there only if somebody is asked for one', async (_, register, name, entry, required, stands) => {
  const change = vi.fn()
  render(
    <QueryClientProvider client={new QueryClient()}>
      <Form onValuesChange={change} initialValues={entry?.fields ?? {}}>
        <FormFields register={register} fields={[fieldOf(registerOf(register)!, name)!]} unit="truong" entry={entry} {...(required && { required })} />
      </Form>
    </QueryClientProvider>,
  )
  await waitFor(() => expect(document.querySelectorAll('datalist option')).toHaveLength(2))
  expect((screen.getByRole('combobox') as HTMLInputElement).value).toBe(stands ? HEAD : '')
  expect(change.mock.calls).toEqual(stands ? [[{ [name]: HEAD }, { [name]: HEAD }]] : [])
})

test('"today" is the day in Viet Nam, whatever the time zone of the computer', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-11-21T18:30:00Z') }) // 01:30 of the 22nd there
  const change = vi.fn()
  render(<DayField label="Ngày" onChange={change} />)
  await userEvent.click(screen.getByLabelText('Ngày'))
  await userEvent.click(await screen.findByText('Today'))
  expect(change).toHaveBeenCalledExactlyOnceWith('2026-11-22')
})
