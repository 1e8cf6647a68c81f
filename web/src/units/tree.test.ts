import { expect, test } from 'vitest'
import type { Unit } from '../gen/api'
import { codeOf } from './acts'
import { branches, matching, pathTo } from './tree'

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
