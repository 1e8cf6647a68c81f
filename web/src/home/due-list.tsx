import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { useHref } from '../address'
import { t, words } from '../language'
import { Icon, type Sign } from '../parts/icons'
import { Empty, Loaded } from '../parts/loaded'
import { Section } from '../parts/page'
import * as queries from '../queries'
import { may, useMe } from '../session'
import { addressOf, registerOf, type Entry } from '../registers/definitions'
import { RecordState } from '../registers/value'
import { nowSeconds } from '../detections/clock'
import { dueOf, openQuery, openStates, statesBefore, type Due, type Urgency } from './due'

const SIGNS: Record<Urgency, Sign> = { over: 'not_met', soon: 'clock', running: 'clock', none: 'not_applicable' }

/** `quiet`: nothing is said where there is no clock. */
export const DueMark = ({ due, quiet }: { due: Due; quiet?: boolean }) => quiet && due.urgency === 'none' ? null : (
  <span className={`mark clock clock-${due.urgency}`}>
    <Icon sign={SIGNS[due.urgency]} />
    <span>{due.text}</span>
  </span>
)

export function RecordLink({ register, entry, className }: { register: string; entry: Entry; className?: string }) {
  const href = useHref()
  return <Link {...(className && { className })} href={href(addressOf(register, entry.id))}>{entry.label}</Link>
}

/** What is open in one register (or what waits for the given move in the unit itself: nobody signs for another), what is due first at the top, with the way to all of it. */
export function DueList({ register: name, unit, limit = 5, move, title, none, more }: { register: string; unit: string; limit?: number; move?: string; title?: string; none: string; more?: (entry: Entry) => ReactNode }) {
  const register = registerOf(name)!
  const states = move ? statesBefore(register, move) : openStates(register)
  const me = useMe()
  const href = useHref()
  const query = useQuery({ ...queries.records(name, openQuery(name, { unit, limit, states, ...(move && { own: true }) })), enabled: may(me, register.read) })
  if (!may(me, register.read)) return null
  const total = query.data?.total ?? 0
  return (
    <Section title={<>{title ?? words(register.label)} {total > 0 && <span className="count">{total}</span>}</>}
      acts={<Link className="all" href={href(`/registers/${name}`, { state: states.join(','), own: move && 'true' })}>{t('all')}<Icon sign="right" /></Link>}>
      <Loaded query={query} rows={4}>
        {({ items }) => items.length === 0 ? <Empty sign="met">{none}</Empty> : (
          <ul className="due-list">
            {items.map(entry => (
              <li key={entry.id}>
                <RecordLink register={name} entry={entry} className="due-title" />
                <span className="due-foot">
                  <DueMark due={dueOf(name, entry, nowSeconds())} quiet />
                  <RecordState register={register} state={entry.state} />
                  {entry.unit.code !== unit && <span className="soft">{entry.unit.name}</span>}
                  {more?.(entry)}
                </span>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Section>
  )
}
