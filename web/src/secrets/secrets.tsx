import { useQuery } from '@tanstack/react-query'
import { Button, Select } from 'antd'
import { lazy, Suspense, useState } from 'react'
import { Link, useLocation } from 'wouter'
import { useHere, useHref, useParams, useUnitCode } from '../address'
import { MakeCampaign } from '../campaigns/make'
import { number } from '../format'
import type { secret_case_list, SecretUnit } from '../gen/api'
import { t, word } from '../language'
import { Icon } from '../parts/icons'
import { Empty, Loaded, Waiting } from '../parts/loaded'
import { Page, Section } from '../parts/page'
import { DataTable, Pager, type Column } from '../parts/table'
import * as queries from '../queries'
import { may, useMe } from '../session'
import { SecretTable } from './secret-table'

type Query = NonNullable<Parameters<typeof secret_case_list>[0]>

const WeekBars = lazy(() => import('../parts/week-bars'))

const LEVELS = ['tuyet_mat', 'toi_mat', 'mat'] as const
const COLOURS = { tuyet_mat: '#7c1d16', toi_mat: '#c43a31', mat: '#e2a29c' }
const STATES = ['all', 'open', 'found', 'held', 'false_alarm', 'handed_over', 'gone']
const LIMIT = 50
const WEEKS = 12

/** Documents marked secret on networked machines: how many, where, and what became of each. */
export default function Secrets() {
  const unit = useUnitCode()
  return (
    <Page title={t('nav.secrets')} lead={t('secrets.lead')} acts={may(useMe(), 'endpoint.order') && <SearchUnit unit={unit} />}>
      <Units unit={unit} />
      <Weeks unit={unit} />
      <Cases unit={unit} />
    </Page>
  )
}

/** Orders the search of every machine of the unit and below. */
function SearchUnit({ unit }: { unit: string }) {
  const [making, make] = useState(false)
  const [, go] = useLocation()
  const href = useHref()
  return (
    <>
      <Button type="primary" icon={<Icon sign="search" />} onClick={() => make(true)}>{t('secrets.search_unit')}</Button>
      {making && <MakeCampaign unit={unit} scan="search" onClose={() => make(false)} onMade={campaign => go(href(`/campaigns/${campaign.id}`))} />}
    </>
  )
}

const count = (value: number) => (value ? <b>{number(value)}</b> : <span className="soft">0</span>)

function Units({ unit }: { unit: string }) {
  const query = useQuery(queries.secretUnits(unit))
  const here = useHere()
  const columns: Column<SecretUnit>[] = [
    { id: 'unit', title: t('unit'), wide: true, cell: row => <Link href={here({ unit: row.unit.code })}>{row.unit.name}</Link> },
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

/** Whether they become fewer. */
function Weeks({ unit }: { unit: string }) {
  const query = useQuery(queries.secretWeeks(unit, WEEKS))
  return (
    <Loaded query={query} rows={4}>
      {({ items }) => items.some(week => LEVELS.some(level => week[level] > 0)) && (
        <Section title={t('secrets.weeks')} className="weeks">
          <Suspense fallback={<Waiting rows={4} />}>
            <WeekBars stacked title={t('secrets.weeks')} weeks={items.map(({ week }) => week)}
              series={[...LEVELS].reverse().map(level => ({ name: word('secret_level', level), colour: COLOURS[level], values: items.map(week => week[level]) }))} />
          </Suspense>
        </Section>
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
