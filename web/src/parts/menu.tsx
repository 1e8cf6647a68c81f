import { useEffect, useRef, type ReactNode } from 'react'
import { Icon } from './icons'

/** A button that opens a few links below it; closed by Esc, by a choice and by a click elsewhere. */
export function Menu({ title, children }: { title: ReactNode; children: ReactNode }) {
  const place = useRef<HTMLDetailsElement>(null)
  useEffect(() => {
    const close = (event: Event) => {
      if (place.current?.open && !(event.target instanceof Node && place.current.contains(event.target))) place.current.open = false
    }
    document.addEventListener('click', close)
    return () => document.removeEventListener('click', close)
  }, [])
  const shut = () => { if (place.current) place.current.open = false }
  return (
    <details ref={place} className="menu" onKeyDown={event => { if (event.key === 'Escape') { shut(); place.current?.querySelector('summary')?.focus() } }}>
      <summary className="act">{title}<Icon sign="down" /></summary>
      <div className="menu-items" onClick={shut}>{children}</div>
    </details>
  )
}
