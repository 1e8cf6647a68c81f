import { useQueries, useQuery } from '@tanstack/react-query'
import { number } from '../format'
import type { ControlPosture } from '../gen/api'
import { t, words } from '../language'
import { Empty } from '../parts/loaded'
import { Section } from '../parts/page'
import { Remedy } from '../parts/remedy'
import * as queries from '../queries'
import { nowSeconds } from '../detections/clock'
import { registerOf } from '../registers/definitions'
import { may, useMe } from '../session'
import { DrillLink } from '../shell/drill-link'
import { DueList, DueMark, RecordLink } from './due-list'
import { dueOf, mostPressing, openQuery, type Act } from './due'
import { FirstThings, toDo } from './first-things'

const SOURCES = ['alert', 'incident', 'incident_report', 'task', 'dispatch_answer', 'report_due', 'finding']
const ACTS = 3

/** The officer's day: the three next acts, then everything that waits, and what is wrong with the machines. */
export function Today({ code }: { code: string }) {
  return (
    <>
      <NextActs code={code} />
      <div className="halves">
        <DueList register="alert" unit={code} none={t('today.no_alerts')} />
        <DueList register="task" unit={code} none={t('today.no_tasks')} />
        <DueList register="dispatch_answer" unit={code} title={t('today.answers')} none={t('today.no_answers')} />
        <DueList register="finding" unit={code} none={t('today.no_findings')} />
      </div>
      <FirstThings code={code} />
    </>
  )
}

/** The most pressing of all that is open; where less than three press, what fails most. */
function NextActs({ code }: { code: string }) {
  const me = useMe()
  const now = nowSeconds()
  const names = SOURCES.filter(name => may(me, registerOf(name)!.read))
  const answers = useQueries({ queries: names.map(name => queries.records(name, openQuery(name, { unit: code, limit: 5 }))) })
  const posture = useQuery(queries.posture(code))
  if (answers.some(answer => answer.isPending)) return null
  const acts = mostPressing(names.flatMap((register, place) => (answers[place]?.data?.items ?? []).map(entry => ({ register, entry, due: dueOf(register, entry, now) })))).slice(0, ACTS)
  const failing = toDo(posture.data?.items ?? []).slice(0, ACTS - acts.length)
  return (
    <Section title={t('today.next')} className="next-acts">
      {acts.length + failing.length === 0 ? <Empty sign="met">{t('today.nothing')}</Empty> : (
        <ol>
          {acts.map(act => <NextAct key={`${act.register} ${act.entry.id}`} act={act} />)}
          {failing.map(one => <NextRepair key={one.control} posture={one} />)}
        </ol>
      )}
    </Section>
  )
}

const NextAct = ({ act: { register, entry, due } }: { act: Act }) => (
  <li className={`next-act next-${due.urgency}`}>
    <span className="soft small">{words(registerOf(register)!.one)}</span>
    <RecordLink register={register} entry={entry} className="strong" />
    <DueMark due={due} />
  </li>
)

const NextRepair = ({ posture }: { posture: ControlPosture }) => (
  <li className="next-act">
    <span className="soft small">{t('today.repair')}</span>
    <span className="strong">{words(posture.title)}</span>
    <DrillLink control={posture.control} states={['fail']}>{t('home.failing', { count: number(posture.counts.fail) })}</DrillLink>
    <details className="fold"><summary>{t('home.how')}</summary><Remedy text={words(posture.remedy)} /></details>
  </li>
)
