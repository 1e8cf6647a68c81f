/** Stretches in which nobody is on the roster of a unit. */
import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { useHref } from '../address'
import { duration, time } from '../format'
import { t } from '../language'
import { Loaded } from '../parts/loaded'
import { StateMark } from '../parts/state'
import * as queries from '../queries'

interface Stretch { from: number; to: number }

/** What of a stretch none of the others cover; all in Unix seconds. */
export function gapsOf(shifts: Stretch[], { from, to }: Stretch): Stretch[] {
  const gaps: Stretch[] = []
  let covered = from
  for (const shift of [...shifts].sort((a, b) => a.from - b.from)) {
    if (shift.from > covered && covered < to) gaps.push({ from: covered, to: Math.min(shift.from, to) })
    covered = Math.max(covered, shift.to)
  }
  return covered < to ? [...gaps, { from: covered, to }] : gaps
}

const SHOWN = 5
const DAY_S = 86400 // what one shift may be asked to last

/** `from`, `to`: Unix seconds. The unit's own roster: each keeps one of its own. */
export function RosterGaps({ unit, from, to }: { unit: string } & Stretch) {
  const query = useQuery(queries.records('duty_shift', { unit, own: true, filter: JSON.stringify({ state: ['planned', 'on_duty', 'done'], from_s: { to }, to_s: { from } }), sort: 'from_s', limit: 500 }))
  const href = useHref()
  return (
    <Loaded query={query} rows={2}>
      {({ items }) => {
        const gaps = gapsOf(items.map(({ fields }) => ({ from: Number(fields.from_s), to: Number(fields.to_s) })), { from, to })
        if (gaps.length === 0) return <p><StateMark state="met">{t('roster.covered')}</StateMark></p>
        return (
          <>
            <p><StateMark state="not_met">{t('roster.gaps', { count: gaps.length, time: duration(gaps.reduce((sum, gap) => sum + gap.to - gap.from, 0)) })}</StateMark></p>
            <ul className="due-list">
              {gaps.slice(0, SHOWN).map(gap => (
                <li key={gap.from} className="due-foot">
                  <span>{t('duty.until', { from: time(gap.from), to: time(gap.to) })}</span>
                  <Link href={href('/registers/duty_shift/new', { unit, 'set.from_s': gap.from, 'set.to_s': Math.min(gap.to, gap.from + DAY_S) })}>{t('roster.fill')}</Link>
                </li>
              ))}
            </ul>
            {gaps.length > SHOWN && <p className="soft small">{t('roster.more', { count: gaps.length - SHOWN })}</p>}
          </>
        )
      }}
    </Loaded>
  )
}
