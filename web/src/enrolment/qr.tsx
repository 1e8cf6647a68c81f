import { useEffect, useRef } from 'react'

/** The server's QR code. It is parsed as XML and put in as a drawing, never as markup. */
export function Qr({ svg, label }: { svg: string; label: string }) {
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const root = new DOMParser().parseFromString(svg, 'image/svg+xml').documentElement
    if (root.nodeName !== 'svg') return
    root.querySelectorAll('script, style, foreignObject').forEach(node => node.remove())
    place.current?.replaceChildren(document.importNode(root, true))
  }, [svg])
  return <div ref={place} className="qr" role="img" aria-label={label} />
}
