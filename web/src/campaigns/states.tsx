/** How far a campaign has come: each state of a machine with a colour, a shape and a word of its own. What was not scanned is never folded into what was. */
import type { CampaignCounts } from '../gen/api'
import { number, percent } from '../format'
import { t, word } from '../language'
import { Icon, type Sign } from '../parts/icons'

export const STATES = ['done', 'partly', 'running', 'ordered', 'not_reached', 'silent', 'refused', 'failed'] as const
export type State = (typeof STATES)[number]

const SIGNS: Record<State, Sign> = { done: 'met', partly: 'partly', running: 'collect', ordered: 'download', not_reached: 'not_measured', silent: 'silent', refused: 'revoked', failed: 'not_met' }

const isState = (state: string): state is State => (STATES as readonly string[]).includes(state)

export const CampaignState = ({ state }: { state: string }) => (
  <span className={`mark campaign-${state}`}>
    <Icon sign={isState(state) ? SIGNS[state] : 'not_measured'} />
    <span>{word('campaign_state', state)}</span>
  </span>
)

export const scanned = (counts: CampaignCounts): number => counts.done + counts.partly

export function CampaignBar({ counts, label }: { counts: CampaignCounts; label: string }) {
  const present = STATES.filter(state => counts[state])
  const spoken = present.map(state => `${word('campaign_state', state)}: ${number(counts[state])}`).join('; ')
  return (
    <span className="bar campaign-bar" role="img" aria-label={`${label}. ${spoken || t('none')}`} title={spoken}>
      {present.map(state => <span key={state} className={`bar-part campaign-part-${state}`} style={{ flexGrow: counts[state] / counts.machines }} />)}
    </span>
  )
}

/** The bar's numbers; with `onPick` each filters the machines. */
export const CampaignTally = ({ counts, picked, onPick }: { counts: CampaignCounts; picked?: string; onPick?: (state: State) => void }) => (
  <ul className="tally">
    {STATES.filter(state => counts[state]).map(state => {
      const mark = <span className={`mark campaign-${state}`}><Icon sign={SIGNS[state]} /><span><b>{number(counts[state])}</b> {word('campaign_state', state)}</span></span>
      return <li key={state}>{onPick ? <button type="button" className="tally-pick" aria-pressed={picked === state} onClick={() => onPick(state)}>{mark}</button> : mark}</li>
    })}
  </ul>
)

/** "62 % (31/50)" */
export const shareText = (counts: CampaignCounts): string => `${percent((100 * scanned(counts)) / counts.machines)} (${number(scanned(counts))}/${number(counts.machines)})`
