import { beforeAll, describe, expect, test } from 'vitest'
import { setLanguage, t, word, words } from './language'

describe('texts', () => {
  beforeAll(() => setLanguage('vi'))
  test('named parts are filled, numbers written as here', () => expect(t('pager.shown', { first: 1, last: 50, total: 12345 })).toBe('1–50 trong 12.345'))
  test('a part that is not given stays to be seen', () => expect(t('home.failing')).toBe('{count} không đạt'))
  test('an unknown word of the server is shown as it came', () => expect(word('role', 'kiosk')).toBe('kiosk'))
  test('texts in both languages follow the language', async () => {
    expect(words({ vi: 'Máy', en: 'Machine' })).toBe('Máy')
    await setLanguage('en')
    expect(words({ vi: 'Máy', en: 'Machine' })).toBe('Machine')
    expect(words({ vi: 'Máy', en: '' })).toBe('Máy')
  })
})
