// Stands in for antd/es/theme/util/genStyleUtils.js (see antd.ts): same exports, no styles.
const scope = ['', '__CSS_VAR_KEY__']

/* @__NO_SIDE_EFFECTS__ */
export const genStyleHooks = () => () => scope
/* @__NO_SIDE_EFFECTS__ */
export const genComponentStyleHook = () => () => ''
/* @__NO_SIDE_EFFECTS__ */
export const genSubStyleComponent = () => () => null

export const genCssVar = (antCls, component) => {
  const name = part => `--${antCls.replace(/\./g, '')}-${component}-${part}`
  const reference = (part, fallback) => (fallback ? `var(${name(part)}, ${fallback})` : `var(${name(part)})`)
  return [name, reference]
}
