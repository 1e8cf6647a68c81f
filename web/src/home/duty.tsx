import { useQuery } from '@tanstack/react-query'
import { Button } from 'antd'
import { useEffect, useState } from 'react'
import { Link } from 'wouter'
import { useHref } from '../address'
import { nowSeconds } from '../detections/clock'
import { ago, time } from '../format'
import { record_move, type RegisterMove } from '../gen/api'
import { t, words } from '../language'
import { useAct } from '../parts/act'
import { Empty, Loaded } from '../parts/loaded'
import { Section } from '../parts/page'
import * as queries from '../queries'
import { addressOf, fieldOf, moveOf, registerOf, STALE, type Entry } from '../registers/definitions'
import { MoveDialog } from '../registers/move-dialog'
import { FieldValue, valueText } from '../registers/value'
import { may, useMe } from '../session'
import { DueList, DueMark, RecordLink } from './due-list'
import { dueOf, openQuery } from './due'

const ALERT = registerOf('alert')!
const SHIFT = registerOf('duty_shift')!
const ACKNOWLEDGE = moveOf(ALERT, 'acknowledge')!
const KEY = 'x'
const EVERY_MS = 30_000

/** The desk of whoever is on duty: the queue with its clocks, who has the shift, and what the one before left behind. */
export function Duty({ code }: { code: string }) {
  return (
    <div className="home-grid">
      <Queue code={code} />
      <div>
        <Shift code={code} />
        <Handover code={code} />
        <DueList register="incident" unit={code} title={t('duty.incidents')} none={t('leader.no_incidents')} />
      </div>
    </div>
  )
}

/** New alerts, the nearest clock first. "x" acknowledges the first one (or the one that has the focus) from anywhere on the page. */
function Queue({ code }: { code: string }) {
  const query = useQuery({ ...queries.records('alert', openQuery('alert', { unit: code, limit: 20, states: ['new'] })), refetchInterval: EVERY_MS })
  const acknowledged = useQuery(queries.records('alert', openQuery('alert', { unit: code, limit: 5, states: ['acknowledged'] })))
  const allowed = may(useMe(), ACKNOWLEDGE.right)
  const acknowledge = useAct((entry: Entry) => record_move('alert', String(entry.id), { move: ACKNOWLEDGE.name, version: entry.version }), { stale: STALE, done: t('duty.acknowledged') })
  const items = query.data?.items ?? []
  useKey(KEY, () => {
    const focused = Number(document.activeElement?.closest('[data-alert]')?.getAttribute('data-alert'))
    const entry = items.find(item => item.id === focused) ?? items[0]
    if (allowed && entry && !acknowledge.isPending) acknowledge.mutate(entry)
  })
  return (
    <Section title={<>{t('duty.queue')} {query.data && query.data.total > 0 && <span className="count count-alarm">{query.data.total}</span>}</>}
      acts={allowed && items.length > 0 && <span className="soft small not-on-touch">{t('duty.key')} <kbd>{KEY}</kbd></span>}>
      <Loaded query={query} rows={6}>
        {() => items.length === 0 ? <Empty sign="met">{t('duty.nothing')}</Empty> : (
          <ul className="due-list">
            {items.map(entry => (
              <li key={entry.id} data-alert={entry.id} className="queue-alert">
                <div>
                  <RecordLink register="alert" entry={entry} className="due-title" />
                  <span className="due-foot">
                    <DueMark due={dueOf('alert', entry, nowSeconds())} />
                    <span className={`severity severity-${String(entry.fields.severity)}`}>{valueText(fieldOf(ALERT, 'severity')!, entry.fields.severity)}</span>
                    <span className="soft">{ago(Number(entry.fields.raised_s))} · {entry.unit.name}</span>
                  </span>
                </div>
                {allowed && <Button type="primary" loading={acknowledge.isPending && acknowledge.variables?.id === entry.id} onClick={() => acknowledge.mutate(entry)}>{words(ACKNOWLEDGE.label)}</Button>}
              </li>
            ))}
          </ul>
        )}
      </Loaded>
      {acknowledged.data && acknowledged.data.total > 0 && (
        <>
          <h3 className="sub-head">{t('duty.in_hand', { count: acknowledged.data.total })}</h3>
          <ul className="due-list">{acknowledged.data.items.map(entry => <li key={entry.id}><RecordLink register="alert" entry={entry} /> <span className="soft small">{valueText(fieldOf(ALERT, 'acknowledged_by')!, entry.fields.acknowledged_by, entry.labels.acknowledged_by)}</span></li>)}</ul>
        </>
      )}
    </Section>
  )
}

/** A key that works wherever nobody is typing and no dialog is open. */
function useKey(key: string, act: () => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)
      if (event.key !== key || event.ctrlKey || event.altKey || event.metaKey || typing || document.querySelector('.ant-modal, dialog[open]')) return
      act()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  })
}

/** Minutes do not matter to a shift: the question stays the same for a while and its answer in the cache. */
const aboutNow = (): number => Math.floor(nowSeconds() / 300) * 300

function Shift({ code }: { code: string }) {
  const now = aboutNow()
  const running = useQuery(queries.records('duty_shift', { unit: code, filter: JSON.stringify({ state: ['planned', 'on_duty'], from_s: { to: now }, to_s: { from: now } }), sort: 'from_s', limit: 3 }))
  const next = useQuery(queries.records('duty_shift', { unit: code, filter: JSON.stringify({ state: ['planned'], from_s: { from: now } }), sort: 'from_s', limit: 1 }))
  const href = useHref()
  return (
    <Section title={t('duty.shift')} acts={<Link className="all" href={href('/registers/duty_shift')}>{words(SHIFT.label)}</Link>}>
      <Loaded query={running} rows={3}>
        {({ items }) => items.length === 0 ? <p className="is-not_met strong">{t('duty.nobody')}</p> : (
          <ul className="due-list">{items.map(entry => <OneShift key={entry.id} entry={entry} />)}</ul>
        )}
      </Loaded>
      {next.data?.items[0] && <p className="soft small">{t('duty.next', { name: next.data.items[0].labels.officer ?? '', time: time(Number(next.data.items[0].fields.from_s)) })}</p>}
    </Section>
  )
}

function OneShift({ entry }: { entry: Entry }) {
  const detail = useQuery(queries.record('duty_shift', String(entry.id)))
  const [move, choose] = useState<RegisterMove | null>(null)
  return (
    <li>
      <RecordLink register="duty_shift" entry={{ ...entry, label: entry.labels.officer ?? entry.label }} className="due-title" />
      <span className="due-foot">
        <span>{t('duty.until', { from: time(Number(entry.fields.from_s)), to: time(Number(entry.fields.to_s)) })}</span>
        {entry.fields.second != null && <span className="soft">{t('duty.second', { name: entry.labels.second ?? '' })}</span>}
        {entry.fields.phone != null && <FieldValue field={fieldOf(SHIFT, 'phone')!} entry={entry} />}
      </span>
      <span className="row-acts shift-acts">
        {['take_over', 'hand_over'].filter(name => detail.data?.moves.includes(name)).map(name => <Button key={name} size="small" onClick={() => choose(moveOf(SHIFT, name)!)}>{words(moveOf(SHIFT, name)!.label)}</Button>)}
      </span>
      {move && detail.data && <MoveDialog register={SHIFT} move={move} detail={detail.data} onClose={() => choose(null)} />}
    </li>
  )
}

/** What the shift before noted for this one. */
function Handover({ code }: { code: string }) {
  const query = useQuery(queries.records('duty_shift', { unit: code, filter: JSON.stringify({ state: ['done'] }), sort: '-handed_over_s', limit: 1 }))
  const href = useHref()
  return (
    <Section title={t('duty.handover')}>
      <Loaded query={query} rows={3}>
        {({ items: [last] }) => !last ? <p className="soft">{t('duty.no_handover')}</p> : (
          <>
            <p className="lines">{String(last.fields.handover ?? '–')}</p>
            <div className="due-foot soft">
              <Link href={href(addressOf('duty_shift', last.id))}>{last.labels.officer}</Link>
              {last.fields.handed_over_s != null && <span>{time(Number(last.fields.handed_over_s))}</span>}
            </div>
          </>
        )}
      </Loaded>
    </Section>
  )
}
