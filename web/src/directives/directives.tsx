import { useQuery } from '@tanstack/react-query'
import { Link, useLocation } from 'wouter'
import { useHref, useUnitCode } from '../address'
import type { DirectiveSummary } from '../gen/api'
import { t, words } from '../language'
import { AtDay, useAtDay } from '../parts/at-day'
import { Empty, Loaded } from '../parts/loaded'
import { Page } from '../parts/page'
import { StackedBar, Tally } from '../parts/state'
import { DataTable, type Column } from '../parts/table'
import * as queries from '../queries'
import { issue } from './directive-bars'

export default function Directives() {
  const code = useUnitCode()
  const at = useAtDay()
  const query = useQuery(queries.directives(code, at))
  const href = useHref()
  const [, go] = useLocation()
  const address = (item: DirectiveSummary) => href(`/directives/${item.id}`, { at })
  const columns: Column<DirectiveSummary>[] = [
    {
      id: 'title', title: t('directive'), wide: true,
      cell: item => (
        <>
          <Link href={address(item)} className="strong">{words(item.title)}</Link>
          <div className="soft small">{issue(item)}{item.superseded_by && ` · ${t('directive.superseded', { by: item.superseded_by })}`}</div>
        </>
      ),
    },
    { id: 'clauses', title: t('directive.clauses'), align: 'end', cell: item => item.clauses },
    { id: 'states', title: t('directive.states'), cell: item => <div className="bar-cell"><StackedBar counts={item.states} label={words(item.title)} /><Tally counts={item.states} /></div> },
  ]
  return (
    <Page title={t('nav.directives')} lead={t('directives.lead')} acts={<AtDay />}>
      <Loaded query={query}>
        {({ items }) => items.length === 0
          ? <Empty>{t('directives.none')}</Empty>
          : <DataTable caption={t('nav.directives')} columns={columns} rows={items} rowKey={item => item.id} onOpen={item => go(address(item))} />}
      </Loaded>
    </Page>
  )
}
