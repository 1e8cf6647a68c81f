import { expect, test } from 'vitest'
import { found } from './fold'

test.each([
  ['Trường Mầm non Hoa Mai', 'truong', true],
  ['Trường Mầm non Hoa Mai', 'TRƯỜNG mai', true],
  ['Trường Mầm non Hoa Mai', 'mai truong', true],
  ['UBND phường Đông Hà', 'dong', true],
  ['UBND phường Đông Hà', 'đông', true],
  ['UBND phường Đông Hà'.normalize('NFD'), 'phường Đông', true],
  ['UBND phường Đông Hà', 'tay', false],
  ['anything', '', true],
])('%s, asked for "%s": %s', (text, question, expected) => expect(found(text, question)).toBe(expected))
