import type { ControlPosture } from '../gen/api'
import { number, percent } from '../format'
import { t, words } from '../language'
import { StackedBar, StateSign, total } from '../parts/state'
import { DrillLink } from '../shell/drill-link'

/** A control in a unit: state, question, bar of answers, share; opens its rows. */
export function ControlLine({ posture, unit }: { posture: ControlPosture; unit?: string }) {
  const all = total({ ...posture.counts })
  return (
    <div className="control-line">
      <StateSign state={posture.state} />
      <span className="control-title">{words(posture.title)}</span>
      {all === 0 ? <span className="soft control-none">{t('control.unanswered')}</span> : (
        <DrillLink className="control-counts" control={posture.control} unit={unit} label={t('control.rows', { title: words(posture.title) })}>
          <StackedBar counts={posture.counts} />
          <span className="control-share">{posture.share === null ? '–' : percent(posture.share)}</span>
          <span className="soft small">{t('control.of', { pass: number(posture.counts.pass), all: number(all - posture.counts.not_applicable) })}</span>
        </DrillLink>
      )}
    </div>
  )
}
