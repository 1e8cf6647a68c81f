import { useEffect } from 'react'

/** "/" goes to the search field of the page, from anywhere one is not typing. */
export function useKeys(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.ctrlKey || event.altKey || event.metaKey || typing(event.target)) return
      const fields = [...document.querySelectorAll<HTMLElement>('[data-search]')].filter(field => field.offsetParent !== null)
      const field = fields.at(-1) // a drawer stands after the page it covers
      if (!field) return
      event.preventDefault()
      field.focus()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])
}

const typing = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
