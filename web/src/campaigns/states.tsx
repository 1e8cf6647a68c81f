/** How far a campaign has come: each state of a machine with a colour, a shape and a word of its own. What was not scanned is never folded into what was. A campaign that searches for documents
 * marked secret has words of its own. */
import type { Campaign, CampaignCounts } from '../gen/api'
import { number, percent } from '../format'
import { t, word, type Key } from '../language'
import { Icon, type Sign } from '../parts/icons'

export const STATES = ['done', 'partly', 'running', 'ordered', 'not_reached', 'silent', 'refused', 'failed'] as const
export type State = (typeof STATES)[number]

const SIGNS: Record<State, Sign> = { done: 'met', partly: 'partly', running: 'collect', ordered: 'download', not_reached: 'not_measured', silent: 'silent', refused: 'revoked', failed: 'not_met' }

const isState = (state: string): state is State => (STATES as readonly string[]).includes(state)

/** What a campaign does with its machines: the beginning of its words. */
export type Work = 'scan' | 'search'
export const workOf = (campaign: Campaign): Work => (campaign.scan === 'search' ? 'search' : 'scan')

const STATE_WORDS: Record<Work, string> = { scan: 'campaign_state', search: 'search_state' }
export const stateWord = (work: Work, state: string): string => word(STATE_WORDS[work], state)

type Told = 'scanned' | 'scanned_in_whole' | 'not_scanned' | 'infected' | 'machine.found' | 'machine.clean'
/** The key of a text that each kind has: campaign.scanned, campaign_search.scanned. */
export const own = (work: Work, key: Told): Key => (work === 'search' ? `campaign_search.${key}` : `campaign.${key}`)

export const CampaignState = ({ work, state }: { work: Work; state: string }) => (
  <span className={`mark campaign-${state}`}>
    <Icon sign={isState(state) ? SIGNS[state] : 'not_measured'} />
    <span>{stateWord(work, state)}</span>
  </span>
)

export const scanned = (counts: CampaignCounts): number => counts.done + counts.partly

export function CampaignBar({ work, counts, label }: { work: Work; counts: CampaignCounts; label: string }) {
  const present = STATES.filter(state => counts[state])
  const spoken = present.map(state => `${stateWord(work, state)}: ${number(counts[state])}`).join('; ')
  return (
    <span className="bar campaign-bar" role="img" aria-label={`${label}. ${spoken || t('none')}`} title={spoken}>
      {present.map(state => <span key={state} className={`bar-part campaign-part-${state}`} style={{ flexGrow: counts[state] / counts.machines }} />)}
    </span>
  )
}

/** The bar's numbers; with `onPick` each filters the machines. */
export const CampaignTally = ({ work, counts, picked, onPick }: { work: Work; counts: CampaignCounts; picked?: string; onPick?: (state: State) => void }) => (
  <ul className="tally">
    {STATES.filter(state => counts[state]).map(state => {
      const mark = <span className={`mark campaign-${state}`}><Icon sign={SIGNS[state]} /><span><b>{number(counts[state])}</b> {stateWord(work, state)}</span></span>
      return <li key={state}>{onPick ? <button type="button" className="tally-pick" aria-pressed={picked === state} onClick={() => onPick(state)}>{mark}</button> : mark}</li>
    })}
  </ul>
)

/** "62 % (31/50)" */
export const shareText = (counts: CampaignCounts): string => `${percent((100 * scanned(counts)) / counts.machines)} (${number(scanned(counts))}/${number(counts.machines)})`
