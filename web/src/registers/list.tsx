/** The records of one register: searched, filtered, sorted, in columns of the reader's choice; many moved on at once; out to Excel and in again. */
import { useQuery } from '@tanstack/react-query'
import { Button, Checkbox } from 'antd'
import { useState } from 'react'
import { Link, useLocation } from 'wouter'
import { useHref, useParams, useUnitCode } from '../address'
import type { record_list, RecordResult, RegisterDefinition } from '../gen/api'
import { number } from '../format'
import { t, words } from '../language'
import { Icon } from '../parts/icons'
import { Empty, Loaded } from '../parts/loaded'
import { Menu } from '../parts/menu'
import { NotHere } from '../parts/not-here'
import { Page } from '../parts/page'
import { SearchBox } from '../parts/search-box'
import { DataTable, Pager, type Column } from '../parts/table'
import * as queries from '../queries'
import { search } from '../send'
import { may, useMe } from '../session'
import { BulkBar, BulkResults } from './bulk'
import { ColumnDialog, tableColumns, useColumns } from './columns'
import { addressOf, mayRead, mayWrite, oneOf, registerOf, type Entry } from './definitions'
import { FilterChips, FilterDrawer, readFilter, writeFilter, type Filter } from './filter'
import { ListImportAct } from './list-import'
import { StateTally } from './state-tally'

const LIMIT = 50

type Chosen = Omit<NonNullable<Parameters<typeof record_list>[1]>, 'limit' | 'offset'>

export default function RecordListPage({ params }: { params: { register?: string } }) {
  const register = registerOf(params.register!)
  const me = useMe()
  if (!register) return <NotHere />
  if (!mayRead(me, register)) return <NotHere text={t('forbidden')} />
  return <RecordList key={register.name} register={register} />
}

function RecordList({ register }: { register: RegisterDefinition }) {
  const [params, change] = useParams()
  const unit = useUnitCode()
  const me = useMe()
  const href = useHref()
  const [, go] = useLocation()
  const [names, setNames] = useColumns(register)
  const [dialog, show] = useState<'columns' | 'filter' | null>(null)
  const [picked, pick] = useState<Map<number, Entry>>(new Map())
  const [results, tell] = useState<RecordResult[]>([])

  const text = params.get('text') ?? ''
  const sort = params.get('sort') ?? register.sort
  const filter = readFilter(params.get('filter'))
  const states = params.get('state')?.split(',') ?? []
  const own = params.get('own') === 'true'
  const offset = Number(params.get('offset') ?? 0)
  const asked = writeFilter({ ...filter, ...(states.length && { state: states }) })
  const chosen = { unit: params.get('unit') ? unit : undefined, own: own || undefined, text: text || undefined, filter: asked, sort }
  const query = useQuery(queries.records(register.name, { ...chosen, limit: LIMIT, offset }))
  const units = useQuery(queries.units())

  const set = (changes: Parameters<typeof change>[0]) => { pick(new Map()); change({ ...changes, offset: undefined }, { replace: true }) }
  const setFilter = (next: Filter) => { show(null); set({ filter: writeFilter(next) }) }
  const moves = register.moves.filter(move => may(me, move.right))
  const open = (entry: Entry) => go(href(addressOf(register.name, entry.id)))
  const single = (units.data?.total ?? 1) < 2

  return (
    <Page title={words(register.label)} lead={register.note && words(register.note)} acts={<Acts register={register} chosen={chosen} />}>
      <div className="tools">
        <SearchBox label={t('records.search')} value={text} onSearch={value => set({ text: value || undefined })} />
        <Button onClick={() => show('filter')} aria-haspopup="dialog"><Icon sign="filter" /> {t('filter.title')}</Button>
        <Button onClick={() => show('columns')} aria-haspopup="dialog"><Icon sign="columns" /> {t('columns')}</Button>
        {!single && <Checkbox checked={own} onChange={event => set({ own: event.target.checked ? 'true' : undefined })}>{t('records.own')}</Checkbox>}
      </div>
      {query.data && register.states.length > 1 && <StateTally register={register} counts={query.data.states} picked={states} onPick={next => set({ state: next.join(',') || undefined })} />}
      <FilterChips register={register} filter={filter} onChange={setFilter} />
      {results.length > 0 && <BulkResults results={results} labels={picked} onClose={() => { tell([]); pick(new Map()) }} />}
      <Loaded query={query} rows={10}>
        {({ items, total }) => items.length === 0 ? <Nothing register={register} filtered={!!(text || asked || own)} /> : (
          <>
            <BulkBar register={register} moves={moves} picked={picked} onClear={() => pick(new Map())} onDone={tell} />
            <DataTable
              caption={words(register.label)}
              columns={[...(moves.length ? [pickColumn(items, picked, pick)] : []), ...tableColumns(register, names, !single && !own)]}
              rows={items}
              rowKey={entry => entry.id}
              onOpen={open}
              busy={query.isFetching}
              sorting={{ by: sort.replace(/^-/, ''), desc: sort.startsWith('-'), change: (by, desc) => set({ sort: desc ? `-${by}` : by }) }}
            />
            <Pager offset={offset} limit={LIMIT} total={total} onTurn={first => change({ offset: first || undefined })} />
          </>
        )}
      </Loaded>
      {dialog === 'columns' && <ColumnDialog register={register} names={names} onChange={setNames} onClose={() => show(null)} />}
      {dialog === 'filter' && <FilterDrawer register={register} filter={filter} unit={unit} onChange={setFilter} onClose={() => show(null)} />}
    </Page>
  )
}

function Acts({ register, chosen }: { register: RegisterDefinition; chosen: Chosen }) {
  const href = useHref()
  const [, go] = useLocation()
  const write = mayWrite(useMe(), register)
  const file = (format: string) => `/api/v1/registers/${register.name}/export${search({ ...chosen, format })}`
  return (
    <>
      <Menu title="Excel">
        <a href={file('xlsx')} download><Icon sign="download" />{t('table.xlsx')}</a>
        <a href={file('csv')} download><Icon sign="download" />{t('table.csv')}</a>
        {write && <Link href={href(addressOf(register.name, 'import'))}><Icon sign="upload" />{t('table.import')}</Link>}
      </Menu>
      {write && <ListImportAct register={register.name} />}
      {write && <Button type="primary" icon={<Icon sign="add" />} onClick={() => go(href(addressOf(register.name, 'new')))}>{t('record.add', { one: oneOf(register) })}</Button>}
    </>
  )
}

function Nothing({ register, filtered }: { register: RegisterDefinition; filtered: boolean }) {
  const href = useHref()
  if (filtered) return <Empty>{t('records.none_found')}</Empty>
  return (
    <Empty>
      {t('records.none', { one: oneOf(register) })}{' '}
      {mayWrite(useMe(), register) && <Link href={href(addressOf(register.name, 'new'))}>{t('record.add', { one: oneOf(register) })}</Link>}
    </Empty>
  )
}

function pickColumn(items: Entry[], picked: Map<number, Entry>, pick: (next: Map<number, Entry>) => void): Column<Entry> {
  const all = items.every(entry => picked.has(entry.id))
  const toggle = (entries: Entry[], on: boolean) => {
    const next = new Map(picked)
    for (const entry of entries) on ? next.set(entry.id, entry) : next.delete(entry.id)
    pick(next)
  }
  return {
    id: 'pick',
    pick: true,
    title: <Checkbox aria-label={t('records.pick_page', { count: number(items.length) })} checked={all} indeterminate={!all && items.some(entry => picked.has(entry.id))} onChange={event => toggle(items, event.target.checked)} />,
    cell: entry => <Checkbox aria-label={t('records.pick', { label: entry.label })} checked={picked.has(entry.id)} onChange={event => toggle([entry], event.target.checked)} />,
  }
}
