import { useQueries } from '@tanstack/react-query'
import { Link, useLocation } from 'wouter'
import { useHref } from '../address'
import type { RegisterDefinition } from '../gen/api'
import { t, words } from '../language'
import { Icon } from '../parts/icons'
import { Section } from '../parts/page'
import { DataTable } from '../parts/table'
import * as queries from '../queries'
import { useMe } from '../session'
import { columnsOf, tableColumns } from './columns'
import { addressOf, mayRead, mayWrite, oneOf, referrersOf, type Entry, type Referrer } from './definitions'

const SHOWN = 5
const COLUMNS = 5

/** Records that are about this one (a device's checks and repairs), and buttons to add the next. */
export function Referring({ register, entry }: { register: RegisterDefinition; entry: Entry }) {
  const me = useMe()
  const referrers = referrersOf(register.name).filter(one => mayRead(me, one.register))
  const answers = useQueries({ queries: referrers.map(one => queries.records(one.register.name, { filter: JSON.stringify({ [one.field.name]: entry.id }), limit: SHOWN })) })
  const empty = referrers.filter((one, place) => answers[place]?.data?.total === 0 && mayWrite(me, one.register))
  return (
    <>
      {referrers.map((one, place) => {
        const data = answers[place]?.data
        return data && data.total > 0 && <About key={`${one.register.name} ${one.field.name}`} of={one} entry={entry} items={data.items} total={data.total} />
      })}
      {empty.length > 0 && (
        <Section title={t('record.add_about')}>
          <p className="add-links">{empty.map(one => <AddLink key={`${one.register.name} ${one.field.name}`} of={one} entry={entry} />)}</p>
        </Section>
      )}
    </>
  )
}

function About({ of, entry, items, total }: { of: Referrer; entry: Entry; items: Entry[]; total: number }) {
  const me = useMe()
  const href = useHref()
  const [, go] = useLocation()
  const names = shortColumns(of)
  const twice = referrersOf(of.field.of!).filter(other => other.register === of.register).length > 1
  return (
    <Section title={<>{words(of.register.label)}{twice && <span className="soft"> · {words(of.field.label)}</span>} <span className="count">{total}</span></>} acts={(
      <span className="row-acts">
        {total > SHOWN && <Link className="all" href={href(`/registers/${of.register.name}`, { filter: JSON.stringify({ [of.field.name]: entry.id }) })}>{t('all')}<Icon sign="right" /></Link>}
        {mayWrite(me, of.register) && <AddLink of={of} entry={entry} />}
      </span>
    )}>
      <DataTable caption={words(of.register.label)} columns={tableColumns(of.register, names, false).map(({ sort: _, ...column }) => column)} rows={items} rowKey={item => item.id}
        onOpen={item => go(href(addressOf(of.register.name, item.id)))} />
    </Section>
  )
}

/** The first few, and always how it stands. */
export function shortColumns({ register, field }: Referrer): string[] {
  const names = columnsOf(register, null).filter(name => name !== field.name)
  const rest = names.filter(name => name !== 'state')
  return rest.length < names.length ? [...rest.slice(0, COLUMNS - 1), 'state'] : rest.slice(0, COLUMNS)
}

function AddLink({ of, entry }: { of: Referrer; entry: Entry }) {
  const href = useHref()
  return (
    <Link className="act add-link" href={href(addressOf(of.register.name, 'new'), { unit: entry.unit.code, [`set.${of.field.name}`]: entry.id })}>
      <Icon sign="add" /> {t('record.add', { one: oneOf(of.register) })}
    </Link>
  )
}
