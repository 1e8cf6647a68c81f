/** What the pages of some records show besides their fields: what the server works out about them. */
import { useQuery } from '@tanstack/react-query'
import { useUnitCode } from '../address'
import { day, number } from '../format'
import { dueAt } from '../home/due'
import { RosterGaps } from '../home/roster-gaps'
import { t } from '../language'
import { Loaded } from '../parts/loaded'
import { Section } from '../parts/page'
import { DataTable, type Column } from '../parts/table'
import * as queries from '../queries'
import type { Entry } from './definitions'

const SECTIONS: { [register: string]: (props: { entry: Entry }) => React.ReactNode } = { holiday: Holiday }

export function SpecialSections({ register, entry }: { register: string; entry: Entry }) {
  const Sections = SECTIONS[register]
  return Sections ? <Sections entry={entry} /> : null
}

const OCCASIONS = ['tet', 'new_year', 'hung_kings', 'reunification', 'national_day'] as const

/** Who is on duty through it, and what happened in it compared with the same one a year before. */
function Holiday({ entry }: { entry: Entry }) {
  const unit = useUnitCode()
  const DAY_S = 86400
  const occasion = OCCASIONS.find(one => one === entry.fields.occasion)
  return (
    <div className="halves">
      <Section title={t('holiday.roster')}><RosterGaps unit={unit} from={dueAt(entry.fields.from_on)! - DAY_S} to={dueAt(entry.fields.to_on)!} /></Section>
      {occasion && <Section title={t('holiday.compared')}><Compared occasion={occasion} year={Number(entry.fields.year)} unit={unit} /></Section>}
    </div>
  )
}

type Counted = { name: 'alerts' | 'detections' | 'machines' | 'incidents'; now: number; before: number }
const COUNTED = ['alerts', 'detections', 'machines', 'incidents'] as const

function Compared({ occasion, year, unit }: { occasion: (typeof OCCASIONS)[number]; year: number; unit: string }) {
  const query = useQuery(queries.holidayReport({ occasion, year, unit }))
  return (
    <Loaded query={query} rows={4}>
      {({ now, before }) => {
        const when = (one: typeof now) => t('duty.until', { from: day(one.from), to: day(one.to) })
        const columns: Column<Counted>[] = [
          { id: 'name', title: '', wide: true, cell: row => t(`holiday.${row.name}`) },
          { id: 'now', title: when(now), align: 'end', cell: row => number(row.now) },
          { id: 'before', title: when(before), align: 'end', cell: row => number(row.before) },
        ]
        return <DataTable caption={t('holiday.compared')} columns={columns} rows={COUNTED.map(name => ({ name, now: now[name], before: before[name] }))} rowKey={row => row.name} />
      }}
    </Loaded>
  )
}
