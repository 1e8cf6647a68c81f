import type { Scan } from '../gen/api'
import { ago, bytes, duration, number, time } from '../format'
import { t, word } from '../language'
import { Facts } from '../parts/page'
import { Icon, type Sign } from '../parts/icons'

type Outcome = 'never' | 'found' | 'partly' | 'clean'

/** Not scanned, partly scanned, scanned and clean, scanned and found: four different things. */
export const outcome = (scan: Scan | null, open: number): Outcome =>
  open > 0 ? 'found' : scan === null ? 'never' : scan.stopped !== null || scan.partly + scan.errors > 0 ? 'partly' : scan.infected + scan.suspicious > 0 ? 'found' : 'clean'

const SIGNS: Record<Outcome, Sign> = { never: 'not_measured', found: 'not_met', partly: 'partly', clean: 'met' }

export function ScanMark({ scan, open }: { scan: Scan | null; open: number }) {
  const result = outcome(scan, open)
  return (
    <span className={`mark is-${SIGNS[result]}`}>
      <Icon sign={SIGNS[result]} />
      <span>{result === 'found' && open > 0 ? t('scan.open', { count: open }) : word('scan', result)}{scan && <span className="soft"> · {ago(scan.ended_s)}</span>}</span>
    </span>
  )
}

export const ScanFacts = ({ scan }: { scan: Scan }) => (
  <Facts
    items={[
      [t('scan.kind'), word('scan.kind', scan.kind)],
      [t('scan.ended'), time(scan.ended_s)],
      [t('scan.end'), word('scan.end', scan.stopped ?? 'whole')],
      [t('scan.took'), duration(scan.ended_s - scan.started_s)],
      [t('scan.files'), t('scan.files.of', { files: scan.files, bytes: bytes(scan.bytes) })],
      [t('scan.infected'), number(scan.infected)],
      [t('scan.suspicious'), number(scan.suspicious)],
      [t('scan.partly'), number(scan.partly)],
      [t('scan.errors'), number(scan.errors)],
      [t('scan.skipped'), number(scan.skipped)],
      [t('scan.rules'), number(scan.rules)],
    ]}
  />
)
