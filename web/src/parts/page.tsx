import { useEffect, useRef, type ReactNode } from 'react'
import { Link } from 'wouter'
import { useHere, useParams } from '../address'

/** Head of every page. The heading takes the focus when the page opens, so that the keyboard and screen readers start there. */
export function Page({ title, name, lead, acts, children }: { title: ReactNode; name?: string; lead?: ReactNode; acts?: ReactNode; children: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null)
  const shown = name ?? (typeof title === 'string' ? title : '')
  useEffect(() => {
    document.title = shown ? `${shown} · Khiên` : 'Khiên'
  }, [shown])
  useEffect(() => {
    if (document.activeElement === document.body || document.activeElement?.closest('.rail')) heading.current?.focus({ preventScroll: true })
  }, [])
  return (
    <>
      <header className="page-head">
        <div className="page-title">
          <h1 ref={heading} tabIndex={-1}>{title}</h1>
          {lead && <div className="page-lead">{lead}</div>}
        </div>
        {acts && <div className="page-acts">{acts}</div>}
      </header>
      {children}
    </>
  )
}

/** Tabs that are links: each has an address, Back goes to the one before. */
export function Tabs({ param, tabs, label }: { param: string; tabs: { id: string; title: ReactNode }[]; label: string }) {
  const here = useHere()
  const current = useTab(param, tabs.map(tab => tab.id))
  return (
    <nav className="tabs" aria-label={label}>
      {tabs.map((tab, index) => (
        <Link key={tab.id} href={here({ [param]: index ? tab.id : undefined })} aria-current={tab.id === current ? 'page' : undefined}>
          {tab.title}
        </Link>
      ))}
    </nav>
  )
}

/** The chosen tab, the first one when none is named. */
export function useTab(param: string, ids: string[]): string {
  const [params] = useParams()
  const wanted = params.get(param)
  return wanted && ids.includes(wanted) ? wanted : ids[0]!
}

export const Section = ({ title, acts, children, className }: { title: ReactNode; acts?: ReactNode; children: ReactNode; className?: string }) => (
  <section className={className ? `card ${className}` : 'card'}>
    <header className="card-head">
      <h2>{title}</h2>
      {acts}
    </header>
    {children}
  </section>
)

/** Name and value, one under the other. */
export const Facts = ({ items }: { items: [ReactNode, ReactNode][] }) => (
  <dl className="facts">
    {items.map(([name, value], index) => (
      <div key={index}>
        <dt>{name}</dt>
        <dd>{value}</dd>
      </div>
    ))}
  </dl>
)
