import { beforeAll, expect, test } from 'vitest'
import type { Unit } from '../gen/api'
import { codeOf } from './acts'
import { setLanguage } from '../language'
import { branches, matching, pathTo } from './tree'
import { changeText } from './units'

beforeAll(() => setLanguage('vi'))

const unit = (code: string, name: string, parent: string | null) => ({ code, name, parent }) as Unit
const UNITS = [
  unit('tinh', 'UBND tỉnh', null),
  unit('phuong', 'UBND phường Trúc Lâm', 'tinh'),
  unit('truong', 'Trường Mầm non Hoa Mai', 'phuong'),
  unit('xa', 'UBND xã Bãi Bàng', 'tinh'),
]

test('the list becomes a tree', () => {
  const [top, ...others] = branches(UNITS)
  expect(others).toEqual([])
  expect(top!.children.map(child => child.key)).toEqual(['phuong', 'xa'])
  expect(top!.children[0]!.children[0]!.key).toBe('truong')
})

test('a unit whose superior is not seen stands at the top', () => expect(branches(UNITS.slice(1)).map(({ key }) => key)).toEqual(['phuong', 'xa']))

test('a search keeps what is above a hit', () => {
  const { shown, hits } = matching(UNITS, 'mam non')
  expect(shown.map(({ code }) => code)).toEqual(['tinh', 'phuong', 'truong'])
  expect([...hits]).toEqual(['truong'])
})

test('nothing found is nothing shown', () => expect(matching(UNITS, 'zzz').shown).toEqual([]))
test('the way to a unit', () => expect(pathTo(UNITS, 'truong')).toEqual(['tinh', 'phuong', 'truong']))
test('a code from a name', () => expect(codeOf('Trường THCS Đông Hà – cơ sở 2')).toBe('truong-thcs-dong-ha-co-so-2'))

test('a change in words: the line and the unit by their names, another text as it is', () => {
  const nameOf = (code: string) => UNITS.find(unit => unit.code === code)?.name
  expect(changeText('police: → phuong', nameOf)).toBe('Công an: → UBND phường Trúc Lâm')
  expect(changeText('← khong-thay', nameOf)).toBe('← khong-thay')
  expect(changeText('Phường A → Phường B', nameOf)).toBe('Phường A → Phường B')
})
