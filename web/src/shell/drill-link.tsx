/**
 * From a number to its rows. The address says which rows are asked for (`rows=CONTROL` and `answers=fail,unknown`), so any page can link to
 * them, the link can be sent to somebody, and Back closes the drawer.
 */
import { lazy, Suspense, type ReactNode } from 'react'
import { Link } from 'wouter'
import { useHere, useParams } from '../address'
import { may, useMe } from '../session'

const DrillDrawer = lazy(() => import('../figures/drill-drawer'))

interface Props {
  control: string
  states?: readonly string[]
  unit?: string
  className?: string
  label?: string // said after the number by screen readers
  children: ReactNode
}

/** Without the right to see evidence the number is only a number. */
export function DrillLink({ control, states, unit, className, label, children }: Props) {
  const here = useHere()
  if (!may(useMe(), 'evidence.read')) return <span className={className}>{children}</span>
  const to = here({ rows: control, answers: states?.join(',') || undefined, of: unit, first: undefined })
  return (
    <Link className={className ? `drill ${className}` : 'drill'} href={to} data-drill={control}>
      {children}
      {label && <span className="for-readers"> {label}</span>}
    </Link>
  )
}

export function Drill() {
  const [params] = useParams()
  const control = params.get('rows')
  if (!control) return null
  return (
    <Suspense>
      <DrillDrawer key={control} control={control} />
    </Suspense>
  )
}
