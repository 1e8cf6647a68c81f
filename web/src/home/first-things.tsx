import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'wouter'
import { useHref } from '../address'
import type { ControlPosture } from '../gen/api'
import { number } from '../format'
import { t, words } from '../language'
import { Empty, Loaded } from '../parts/loaded'
import { Section } from '../parts/page'
import { Remedy } from '../parts/remedy'
import { StackedBar, StateSign, total } from '../parts/state'
import * as queries from '../queries'
import { DrillLink } from '../shell/drill-link'

const SHOWN = 8

/** What to do first: the controls that fail, the most subjects first, each with its remedy and the way to its rows. */
export function FirstThings({ code }: { code: string }) {
  const query = useQuery(queries.posture(code))
  const href = useHref()
  const [all, showAll] = useState(false)
  return (
    <Section title={t('home.first')} acts={<Link className="all" href={href('/figures', { tab: 'controls' })}>{t('home.all_controls')}</Link>}>
      <Loaded query={query}>
        {({ items }) => {
          const failing = toDo(items)
          if (failing.length === 0) return <NothingFails postures={items} />
          return (
            <>
              <ol className="first-things">
                {failing.slice(0, all ? undefined : SHOWN).map(posture => <FirstThing key={posture.control} posture={posture} />)}
              </ol>
              {failing.length > SHOWN && (
                <button type="button" className="plain-button" onClick={() => showAll(!all)}>
                  {all ? t('home.fewer') : t('home.more', { count: failing.length - SHOWN })}
                </button>
              )}
            </>
          )
        }}
      </Loaded>
    </Section>
  )
}

/** No failure is good news only when everything was measured. */
function NothingFails({ postures }: { postures: ControlPosture[] }) {
  const unmeasured = postures.filter(({ state, counts }) => state === 'not_measured' || counts.unknown > 0).length
  if (unmeasured === 0) return <Empty sign="met">{t('home.nothing_failing')}</Empty>
  const none = postures.every(({ counts }) => total({ ...counts }) === 0)
  return <Empty sign="not_measured">{none ? t('home.nothing_measured') : t('home.nothing_known', { count: unmeasured })}</Empty>
}

/** The most failures first. What is only unmeasured is no task for the repairer. */
export const toDo = (postures: ControlPosture[]): ControlPosture[] =>
  postures.filter(({ counts }) => counts.fail > 0).sort((a, b) => b.counts.fail - a.counts.fail || (a.share ?? 0) - (b.share ?? 0))

function FirstThing({ posture }: { posture: ControlPosture }) {
  const href = useHref()
  const { fail, unknown } = posture.counts
  const asked = useQuery(queries.controls).data?.items.find(control => control.name === posture.control)
  const machines = asked?.over === 'endpoint' // of the others no machine has an answer
  return (
    <li className="first-thing">
      <div className="first-thing-head">
        <StateSign state="fail" />
        <div>
          <strong>{words(posture.title)}</strong>
          <StackedBar counts={posture.counts} label={words(posture.title)} />
          <div className="first-thing-foot">
            <span>
              <DrillLink control={posture.control} states={['fail']}>{t('home.failing', { count: number(fail) })}</DrillLink>
              {unknown > 0 && <> · <DrillLink control={posture.control} states={['unknown']}>{t('home.unknown', { count: number(unknown) })}</DrillLink></>}
              {machines && <> · <Link href={href('/endpoints', { control: posture.control, answer: 'fail' })}>{t('home.machines')}</Link></>}
            </span>
            <details className="fold">
              <summary>{t('home.how')}</summary>
              <Remedy text={words(posture.remedy)} />
            </details>
          </div>
        </div>
      </div>
    </li>
  )
}
