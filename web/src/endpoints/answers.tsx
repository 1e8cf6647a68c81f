import { useQueries, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'wouter'
import { useHref } from '../address'
import { clauseTitle } from '../directives/clause'
import type { EndpointAnswer } from '../gen/api'
import { ago, number, time } from '../format'
import { t, words } from '../language'
import { Empty, Loaded, Waiting } from '../parts/loaded'
import { Remedy } from '../parts/remedy'
import { StateMark, StateSign, stateWord, total } from '../parts/state'
import * as queries from '../queries'
import { may, useMe } from '../session'

const DEMANDS = 2
const WORST_FIRST = ['fail', 'unknown', 'excepted', 'pass', 'not_applicable']

/** Every question asked of the machine, worst first; one that fails opens by itself and says what was seen, why it matters, what to do. */
export function Answers({ id, answers }: { id: string; answers: EndpointAnswer[] }) {
  if (answers.length === 0) return <Empty>{t('answers.none')}</Empty>
  return (
    <div className="answers">
      {WORST_FIRST.map(state => {
        const group = answers.filter(answer => answer.state === state)
        return group.length > 0 && (
          <section key={state} className="card answer-group" aria-label={stateWord(state)}>
            <h2 className="answer-group-head"><StateMark state={state}><b>{number(group.length)}</b> {stateWord(state)}</StateMark></h2>
            <ul>{group.map(answer => <AnswerItem key={answer.control} id={id} answer={answer} />)}</ul>
          </section>
        )
      })}
    </div>
  )
}

function AnswerItem({ id, answer }: { id: string; answer: EndpointAnswer }) {
  const [open, setOpen] = useState(false)
  const all = total({ ...answer.counts })
  return (
    <li>
      <details className="answer" open={open} onToggle={event => setOpen(event.currentTarget.open)}>
        <summary>
          <StateSign state={answer.state} />
          <span className="answer-title">{words(answer.title)}</span>
          {all > 1 && answer.counts.fail > 0 && <span className="is-not_met small">{t('answer.fail', { count: answer.counts.fail, all })}</span>}
          <span className="soft small" title={time(answer.since_s)}>{t('answer.since', { when: ago(answer.since_s) })}</span>
        </summary>
        {open && <Explanation id={id} answer={answer} />}
      </details>
    </li>
  )
}

function Explanation({ id, answer }: { id: string; answer: EndpointAnswer }) {
  const me = useMe()
  return (
    <div className="explanation">
      {may(me, 'evidence.read') && (
        <section>
          <h3>{t('answer.what')}</h3>
          <Seen id={id} answer={answer} />
        </section>
      )}
      <section>
        <h3>{t('answer.why')}</h3>
        <Demands control={answer.control} />
      </section>
      {answer.state !== 'pass' && answer.state !== 'not_applicable' && (
        <section>
          <h3>{t('answer.do')}</h3>
          <Remedy text={words(answer.remedy)} />
        </section>
      )}
    </div>
  )
}

/** What happened: the rows themselves. */
function Seen({ id, answer }: { id: string; answer: EndpointAnswer }) {
  const query = useQuery(queries.endpointRows(id, answer.control))
  return (
    <Loaded query={query} rows={1}>
      {({ items, total: all }) => (
        <>
          <ul className="seen">
            {items.map((row, index) => (
              <li key={index}>
                <StateSign state={row.state} />
                <span>{answer.subject !== 'endpoint' && <><span className="code">{row.subject}</span>: </>}{row.evidence ?? t('unreadable')}</span>
              </li>
            ))}
          </ul>
          {all > items.length && <p className="soft small">{t('rows.first', { shown: items.length, total: all })}</p>}
        </>
      )}
    </Loaded>
  )
}

/** Why: the clauses of the directives that ask for it. */
function Demands({ control }: { control: string }) {
  const unit = useMe().unit.code
  const href = useHref()
  const list = useQuery(queries.directives(unit))
  const all = useQueries({ queries: (list.data?.items ?? []).map(item => queries.directive(item.id, unit)) })
  if (list.isPending || all.some(query => query.isPending)) return <Waiting rows={1} />
  const demands = all.flatMap(({ data }) => (data?.clauses ?? [])
    .filter(clause => clause.controls.some(posture => posture.control === control))
    .map(clause => ({ directive: data!.directive, clause })))
  if (demands.length === 0) return <p>{t('answer.no_demand')}</p>
  const items = demands.map(({ directive, clause }) => (
    <li key={clause.id}>
      <Link href={`${href(`/directives/${directive.id}`)}#${clause.id}`}>{directive.issuer}, {clauseTitle(clause)}</Link>: “{clause.quote}”
    </li>
  ))
  return (
    <>
      <ul className="demands">{items.slice(0, DEMANDS)}</ul>
      {items.length > DEMANDS && (
        <details className="fold">
          <summary>{t('answer.more_demands', { count: items.length - DEMANDS })}</summary>
          <ul className="demands">{items.slice(DEMANDS)}</ul>
        </details>
      )}
    </>
  )
}
