// @vitest-environment node
/** A component whose styles were forgotten would stand on the page without any. */
import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { COMPONENTS, styleSheet } from './antd'

const SOURCE = join(dirname(fileURLToPath(import.meta.url)), '../src')
const WITHOUT_STYLES = ['ConfigProvider', 'type ThemeConfig']

const imported = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  .filter(name => /\.tsx?$/.test(name))
  .flatMap(name => /import (?:type )?\{([^}]*)\} from 'antd'/.exec(readFileSync(join(SOURCE, name), 'utf8'))?.[1]?.split(',') ?? [])
  .map(name => name.trim())

test('the style sheet has every component the console uses, and no other', () =>
  expect([...new Set(imported)].filter(name => !WITHOUT_STYLES.includes(name) && name !== 'ThemeConfig').sort()).toEqual([...COMPONENTS].sort()))

test('it is in our theme and under the variables’ scope', () => {
  const css = styleSheet()
  expect(css).toContain('.khien')
  expect(css).toContain('--ant-color-primary:#0a5468')
  expect(css).toContain('.ant-drawer')
})
