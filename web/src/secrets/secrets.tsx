import { useQuery } from '@tanstack/react-query'
import { Select } from 'antd'
import { useParams, useUnitCode } from '../address'
import { day, number } from '../format'
import type { secret_case_list, SecretUnit, SecretWeek } from '../gen/api'
import { t, word } from '../language'
import { Empty, Loaded } from '../parts/loaded'
import { Page, Section } from '../parts/page'
import { DataTable, Pager, type Column } from '../parts/table'
import * as queries from '../queries'
import { SecretTable } from './secret-table'

type Query = NonNullable<Parameters<typeof secret_case_list>[0]>

const LEVELS = ['tuyet_mat', 'toi_mat', 'mat'] as const
const STATES = ['all', 'open', 'found', 'held', 'false_alarm', 'handed_over', 'gone']
const LIMIT = 50
const WEEKS = 12

/** Documents marked secret on networked machines: how many, where, and what became of each. */
export default function Secrets() {
  const unit = useUnitCode()
  return (
    <Page title={t('nav.secrets')} lead={t('secrets.lead')}>
      <Units unit={unit} />
      <Weeks unit={unit} />
      <Cases unit={unit} />
    </Page>
  )
}

const count = (value: number) => (value ? <b>{number(value)}</b> : <span className="soft">0</span>)

function Units({ unit }: { unit: string }) {
  const query = useQuery(queries.secretUnits(unit))
  const columns: Column<SecretUnit>[] = [
    { id: 'unit', title: t('unit'), wide: true, cell: row => row.unit.name },
    { id: 'machines', title: t('secrets.machines'), align: 'end', cell: row => count(row.machines) },
    ...LEVELS.map(level => ({ id: level, title: word('secret_level', level), align: 'end' as const, cell: (row: SecretUnit) => count(row[level]) })),
    { id: 'held', title: word('secret_case_state', 'held'), align: 'end', cell: row => count(row.held) },
    { id: 'handled', title: t('secrets.handled'), align: 'end', cell: row => count(row.handled) },
    { id: 'false', title: word('secret_case_state', 'false_alarm'), align: 'end', cell: row => count(row.false_alarms) },
  ]
  return (
    <Section title={t('secrets.units')}>
      <Loaded query={query} rows={4}>
        {({ items }) => (items.length === 0 ? <Empty>{t('secrets.none')}</Empty> : <DataTable caption={t('secrets.units')} columns={columns} rows={items} rowKey={row => row.unit.code} />)}
      </Loaded>
    </Section>
  )
}

function Weeks({ unit }: { unit: string }) {
  const query = useQuery(queries.secretWeeks(unit, WEEKS))
  const columns: Column<SecretWeek>[] = [
    { id: 'week', title: t('secrets.week'), wide: true, cell: row => t('weeks.week', { day: day(row.week) }) },
    ...LEVELS.map(level => ({ id: level, title: word('secret_level', level), align: 'end' as const, cell: (row: SecretWeek) => count(row[level]) })),
  ]
  return (
    <Loaded query={query} rows={4}>
      {({ items }) => items.some(week => LEVELS.some(level => week[level] > 0)) && (
        <Section title={t('secrets.weeks')}><DataTable caption={t('secrets.weeks')} columns={columns} rows={items} rowKey={row => row.week} /></Section>
      )}
    </Loaded>
  )
}

function Cases({ unit }: { unit: string }) {
  const [params, change] = useParams()
  const state = params.get('state') ?? 'all'
  const level = params.get('level') ?? ''
  const offset = Number(params.get('offset') ?? 0)
  const query = useQuery(queries.secretCases({ unit, state: state as Query['state'], level: (level || undefined) as Query['level'], limit: LIMIT, offset }))
  const set = (name: string) => (value: string) => change({ [name]: value || undefined, offset: undefined }, { replace: true })
  return (
    <Section title={t('secrets.cases')}>
      <div className="tools">
        <Select aria-label={t('state')} value={state} onChange={set('state')} popupMatchSelectWidth={false}
          options={STATES.map(value => ({ value, label: word('secret_case_state', value) }))} />
        <Select aria-label={t('secrets.level')} value={level} onChange={set('level')} popupMatchSelectWidth={false}
          options={[{ value: '', label: t('secrets.level.all') }, ...LEVELS.map(value => ({ value, label: word('secret_level', value) }))]} />
      </div>
      <Loaded query={query} rows={10}>
        {({ items, total }) => items.length === 0 ? <Empty>{t('secrets.none')}</Empty> : (
          <>
            <SecretTable items={items} machines busy={query.isFetching} />
            <Pager offset={offset} limit={LIMIT} total={total} onTurn={first => change({ offset: first || undefined })} />
          </>
        )}
      </Loaded>
    </Section>
  )
}
