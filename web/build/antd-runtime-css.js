// Stands in for @rc-component/util/es/Dom/dynamicCSS.js (see antd.ts): one constructable style sheet per key. The element given back is
// never in the document; callers only hang marks on it.
const sheets = new Map()

export function injectCSS(css) {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(css)
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]
  return document.createElement('style')
}

export function updateCSS(css, key) {
  let sheet = sheets.get(key)
  if (!sheet) {
    sheet = new CSSStyleSheet()
    sheets.set(key, sheet)
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]
  }
  sheet.replaceSync(css)
  return document.createElement('style')
}

export function removeCSS(key) {
  const sheet = sheets.get(key)
  if (!sheet) return
  sheets.delete(key)
  document.adoptedStyleSheets = document.adoptedStyleSheets.filter(other => other !== sheet)
}

export function clearContainerCache() {
  sheets.clear()
}
