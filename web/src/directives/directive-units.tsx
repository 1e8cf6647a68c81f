import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { useHere } from '../address'
import type { DirectiveUnit } from '../gen/api'
import { t } from '../language'
import { Empty, Loaded } from '../parts/loaded'
import { StackedBar, Tally } from '../parts/state'
import { DataTable, type Column } from '../parts/table'
import * as queries from '../queries'

/** The same directive in the units directly below, to see who is behind. */
export function DirectiveUnits({ id, code, at }: { id: string; code: string; at: string | undefined }) {
  const query = useQuery(queries.directiveUnits(id, code, at))
  const here = useHere()
  const columns: Column<DirectiveUnit>[] = [
    {
      id: 'unit', title: t('unit'),
      cell: ({ unit, own }) => own ? <>{unit.name} <span className="soft">({t('unit.own')})</span></> : <Link href={here({ unit: unit.code, tab: undefined })}>{unit.name}</Link>,
    },
    { id: 'states', title: t('directive.states'), wide: true, cell: ({ states }) => <div className="bar-cell"><StackedBar counts={states} /><Tally counts={states} /></div> },
  ]
  return (
    <Loaded query={query}>
      {({ items }) => items.length === 0
        ? <Empty>{t('units.no_children')}</Empty>
        : <DataTable caption={t('directive.tab.units')} columns={columns} rows={items} rowKey={item => item.unit.code + item.own} />}
    </Loaded>
  )
}
