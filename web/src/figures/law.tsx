import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { LawRule } from '../gen/api'
import { day, number } from '../format'
import { found } from '../fold'
import { t, word, words } from '../language'
import { useAtDay } from '../parts/at-day'
import { Empty, Loaded } from '../parts/loaded'
import { SearchBox } from '../parts/search-box'
import { DataTable, type Column } from '../parts/table'
import * as queries from '../queries'

/** The rules the controls and figures go by, as they stand on the day: number, text, article, and how far the source can be trusted. */
export function LawTable() {
  const query = useQuery(queries.law(useAtDay()))
  const [question, ask] = useState('')
  const columns: Column<LawRule>[] = [
    { id: 'title', title: t('law.rule'), wide: true, cell: rule => <>{words(rule.title)}{rule.level !== null && <span className="soft"> · {t('law.level', { level: rule.level })}</span>}</> },
    { id: 'value', title: t('law.value'), cell: value },
    { id: 'text', title: t('law.text'), tight: true, cell: source },
    { id: 'from', title: t('law.from'), tight: true, cell: rule => (rule.from ? day(rule.from) : '–') },
    { id: 'to', title: t('law.to'), tight: true, cell: rule => (rule.to ? day(rule.to) : <span className="soft">{t('law.open')}</span>) },
    { id: 'trust', title: t('law.trust'), tight: true, cell: rule => <span className={/[AB]/.test(rule.trust) ? undefined : 'soft'}>{word('law.trust', rule.trust)}</span> },
  ]
  return (
    <Loaded query={query} rows={14}>
      {({ items }) => {
        const shown = items.filter(rule => found(`${words(rule.title)} ${rule.text ? `${rule.text.number ?? ''} ${words(rule.text.name)}` : ''} ${rule.article ?? ''}`, question))
        return (
          <>
            <div className="tools">
              <SearchBox label={t('law.search')} value={question} onSearch={ask} />
              <span className="soft">{t('law.lead')}</span>
            </div>
            {shown.length
              ? <DataTable caption={t('law.tab')} columns={columns} rows={shown} rowKey={(rule, index) => `${rule.rule} ${index}`} />
              : <Empty>{t('law.none')}</Empty>}
          </>
        )
      }}
    </Loaded>
  )
}

/** "15 ngày", "Có", "20/12", or the list itself. */
function value(rule: LawRule) {
  if (rule.list.length > 0) return <span className="breaks">{rule.list.join(', ')}</span>
  if (rule.value === null) return <span className="soft">{t('law.unknown')}</span>
  if (rule.unit === 'yes_no') return t(/^(true|1)$/.test(rule.value) ? 'yes' : 'no')
  if (rule.unit === 'month_day' || rule.unit === 'date') return day(rule.value)
  if (rule.unit === 'text') return rule.value
  const amount = Number.isNaN(Number(rule.value)) ? rule.value : number(Number(rule.value), 2)
  return <span className="nowrap">{amount} {word('law.unit', rule.unit)}</span>
}

function source({ text, article }: LawRule) {
  if (!text) return <span className="soft">{t('law.default')}</span>
  return <>{text.number ?? words(text.name)}{article && <div className="soft small">{article}</div>}</>
}
