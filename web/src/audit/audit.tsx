import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { useHref, useParams } from '../address'
import type { AuditRow } from '../gen/api'
import { time } from '../format'
import { t, word, words } from '../language'
import { Empty, Loaded } from '../parts/loaded'
import { Page } from '../parts/page'
import { SearchBox } from '../parts/search-box'
import { DataTable, Pager, type Column } from '../parts/table'
import * as queries from '../queries'
import { addressOf, registerOf } from '../registers/definitions'

const LIMIT = 50

/** "local:root" and "endpoint:<id>" in words; a user's name as it is. */
function actor({ actor }: AuditRow): string {
  const [kind, name] = actor.split(':', 2) as [string, string?]
  return name === undefined && kind !== 'system' ? actor : word('actor', kind) + (name === undefined ? '' : `: ${name}`)
}

/** "incident/4" is a record: its register in words, with the way to it. Everything else is a name already. */
export function Target({ target }: { target: string }) {
  const href = useHref()
  const [name, id] = target.split('/', 2) as [string, string?]
  const register = id && registerOf(name)
  if (!register) return <span className="clip" title={target}>{target}</span>
  return <Link className="clip" href={href(addressOf(name, id))}>{words(register.one)} {id}</Link>
}

/** "internet → secret" in words; every other detail is text already. */
const detail = (row: AuditRow): string => (row.action === 'endpoint.role' ? row.detail.split(' → ').map(role => word('role', role)).join(' → ') : row.detail)

/** Who did what. Each entry is bound to the one before; `khien-server audit verify` checks the chain. */
export default function Audit() {
  const [params, change] = useParams()
  const text = params.get('text') ?? ''
  const offset = Number(params.get('offset') ?? 0)
  const query = useQuery(queries.audit({ text: text || undefined, limit: LIMIT, offset }))
  const columns: Column<AuditRow>[] = [
    { id: 'at', title: t('audit.at'), cell: row => <span className="nowrap">{time(row.at_ms / 1000)}</span> },
    { id: 'actor', title: t('audit.actor'), cell: row => <span className="clip" title={actor(row)}>{actor(row)}</span> },
    { id: 'action', title: t('audit.action'), tight: true, cell: row => word('audit_action', row.action) },
    { id: 'target', title: t('audit.target'), cell: row => <Target target={row.target} /> },
    { id: 'unit', title: t('unit'), cell: row => <span className="clip" title={row.unit?.name}>{row.unit?.name ?? '–'}</span> },
    { id: 'detail', title: t('audit.detail'), wide: true, cell: row => <span className="soft breaks">{detail(row)}</span> },
  ]
  return (
    <Page title={t('nav.audit')} lead={t('audit.lead')}>
      <div className="tools">
        <SearchBox label={t('audit.search')} value={text} onSearch={value => change({ text: value || undefined, offset: undefined }, { replace: true })} />
      </div>
      <Loaded query={query} rows={12}>
        {({ items, total }) => items.length === 0 ? <Empty>{t('audit.none')}</Empty> : (
          <>
            <DataTable caption={t('nav.audit')} columns={columns} rows={items} rowKey={row => row.id} busy={query.isFetching} />
            <Pager offset={offset} limit={LIMIT} total={total} onTurn={first => change({ offset: first || undefined })} />
          </>
        )}
      </Loaded>
    </Page>
  )
}
