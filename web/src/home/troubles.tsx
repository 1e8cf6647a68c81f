import { useQuery } from '@tanstack/react-query'
import { Alert } from 'antd'
import { time } from '../format'
import { t, words } from '../language'
import * as queries from '../queries'

/** What the server cannot do by itself at present (a job that fails, no mail server): nothing else on the pages would show it. */
export function Troubles() {
  const { data } = useQuery(queries.status)
  if (!data || data.items.length === 0) return null
  return (
    <Alert type="warning" showIcon role="status" className="dialog-note" title={t('home.troubles')}
      description={<ul>{data.items.map(item => <li key={item.what}>{words(item.label)} <span className="soft">{t('home.trouble_since', { time: time(item.since_s) })}</span></li>)}</ul>} />
  )
}
