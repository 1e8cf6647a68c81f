/** How a figure is written: its value, its target and whether that is met; a figure nothing measures says what it waits for. */
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { useHref } from '../address'
import { number, percent } from '../format'
import type { Figure, FigurePart, Words } from '../gen/api'
import { may, useMe } from '../session'
import { t, words } from '../language'
import { StateMark } from '../parts/state'
import { DrillLink } from '../shell/drill-link'

export const figureState = (figure: Figure): 'met' | 'not_met' | 'partly' | 'not_measured' =>
  figure.value === null ? 'not_measured' : figure.met === null ? 'partly' : figure.met ? 'met' : 'not_met'

/** A value in the figure's own kind: a share in percent, a count or a sum as it is, hours, minutes and a mean with one decimal. */
export function amount(kind: string, value: number | null): string {
  if (value === null) return '–'
  if (kind === 'share') return percent(value)
  if (kind === 'hours' || kind === 'minutes') return t(kind, { count: number(value, 1) })
  return number(value, kind === 'mean' ? 1 : 0)
}

/** Why there is no value. */
export const why = ({ waits_for, reason }: { waits_for?: Words | null; reason: Words | null }): string | undefined => {
  const text = waits_for ?? reason
  return text ? words(text) : undefined
}

export function target(figure: Figure): string {
  if (figure.target === null) return t('figure.no_target')
  return t(figure.better === 'low' ? 'figure.at_most' : 'figure.at_least', { target: amount(figure.kind, figure.target) })
}

/** The same under a heading that says "target". */
export function aim(figure: Figure): string {
  const value = amount(figure.kind, figure.target)
  return figure.better === 'low' ? t('figure.aim_at_most', { target: value }) : value
}

/** One line of a figure inside a clause. */
export function FigureLine({ figure, unit }: { figure: Figure; unit?: string }) {
  return (
    <div className="figure-line">
      <span className="figure-id">{figure.id}</span>
      <span className="figure-title">
        {words(figure.title)}
        {figure.value === null && <span className="figure-wait"><StateMark state="not_measured" />{why(figure) && <span className="soft"> · {why(figure)}</span>}</span>}
      </span>
      {figure.value !== null && (
        <span className="figure-value">
          <FigureValue figure={figure} unit={unit} />
          <span className="soft"> {target(figure)}</span>
          {figure.met !== null && <StateMark state={figure.met ? 'met' : 'not_met'} />}
        </span>
      )}
      {figure.parts.length > 0 && <FigureParts figure={figure} unit={unit} />}
    </div>
  )
}

export function FigureValue({ figure, unit }: { figure: Figure; unit?: string | undefined }) {
  const text = <b>{amount(figure.kind, figure.value)}</b>
  if (figure.value === null) return text
  if (!figure.control) return <SourceLink figure={figure.id} of={figure} unit={unit}>{text}</SourceLink>
  // A share is explained by what is missing from it, a count by what it counts.
  const states = figure.kind === 'share' ? undefined : figure.states
  return <DrillLink control={figure.control} states={states} unit={unit} label={t('figure.rows', { title: words(figure.title) })}>{text}</DrillLink>
}

export const FigureParts = ({ figure, unit }: { figure: Figure; unit?: string | undefined }) => (
  <ul className="figure-parts">
    {figure.parts.map(part => <li key={part.id}>{words(part.title)}: <PartValue figure={figure} part={part} unit={unit} /></li>)}
  </ul>
)

function PartValue({ figure, part, unit }: { figure: Figure; part: FigurePart; unit?: string | undefined }) {
  if (part.value === null) return <span className="soft" title={why(part)}>{t('state.not_measured')}</span>
  const text = <b>{amount(part.kind, part.value)}</b>
  if (!part.control) return <SourceLink figure={figure.id} of={part} state={part.states[0]} unit={unit}>{text}</SourceLink>
  return <DrillLink control={part.control} states={part.kind === 'share' ? undefined : part.states} unit={unit}>{text}</DrillLink>
}

interface SourceProps {
  figure: string
  of: { controls: string[]; registers: string[] }
  state?: string | undefined
  unit?: string | undefined
  children: ReactNode
}

/** From a figure that counts controls, or subjects of several, to the table of those controls, from one that adds up records to their register. */
function SourceLink({ figure, of, state, unit, children }: SourceProps) {
  const href = useHref()
  const reads = may(useMe(), 'register.read')
  if (of.controls.length > 0) return <Link className="drill" href={href('/figures', { tab: 'controls', figure, ...(state !== 'fail' && { state }), ...(unit && { unit }) })}>{children}</Link>
  if (!of.registers[0] || !reads) return children
  return <Link className="drill" href={href(`/registers/${of.registers[0]}`, unit ? { unit } : {})}>{children}</Link>
}
