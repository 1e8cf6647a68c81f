/**
 * Ant Design without styles made at run time: the content security policy of the console is `style-src 'self'`.
 *
 * 1. `virtual:antd.css` is the style sheet of the components named below, in our theme, made once, while building.
 * 2. The hooks that would make the same styles in the browser are replaced by hooks that only name the CSS variables' scope; the
 *    style functions they were given then fall out of the bundle.
 * 3. What is left of run-time CSS (the scroll lock behind a dialog) goes through constructable style sheets, which the policy allows.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Plugin } from 'vite'
import { theme } from '../src/theme'

export const COMPONENTS = [
  'Alert', 'Button', 'Checkbox', 'DatePicker', 'Drawer', 'Form', 'Input', 'InputNumber', 'Modal', 'Popconfirm', 'Select', 'Tree',
]

const VIRTUAL = 'virtual:antd.css'
const STYLE_HOOKS = /antd\/es\/theme\/util\/genStyleUtils\.js$/
const RUNTIME_CSS = /@rc-component\/util\/es\/Dom\/dynamicCSS\.js$/

const require = createRequire(import.meta.url)
const own = (name: string) => readFileSync(new URL(`./${name}`, import.meta.url), 'utf8')

export function styleSheet(): string {
  const { createElement } = require('react')
  const { ConfigProvider } = require('antd')
  const { extractStyle } = require('@ant-design/static-style-extract/lib')
  const customTheme = (node: unknown) => createElement(ConfigProvider, { theme: { ...theme, zeroRuntime: false } }, node)
  // In a layer: any rule of our own, whatever its specificity, comes before Ant Design's.
  return `@layer antd {\n${extractStyle({ includes: COMPONENTS, customTheme })}\n}`
}

export function antd(): Plugin {
  return {
    name: 'khien-antd',
    enforce: 'pre',
    resolveId: id => (id === VIRTUAL ? `\0${VIRTUAL}` : null),
    load(id) {
      if (id === `\0${VIRTUAL}`) return styleSheet()
      if (STYLE_HOOKS.test(id)) return own('antd-style-hooks.js').replace('__CSS_VAR_KEY__', theme.cssVar!.key!)
      if (RUNTIME_CSS.test(id)) return own('antd-runtime-css.js')
      return null
    },
  }
}
