import { useQuery } from '@tanstack/react-query'
import { Select } from 'antd'
import { useParams, useUnitCode } from '../address'
import type { detection_list } from '../gen/api'
import { t, word } from '../language'
import { Empty, Loaded } from '../parts/loaded'
import { Page } from '../parts/page'
import { SearchBox } from '../parts/search-box'
import { Pager } from '../parts/table'
import * as queries from '../queries'
import { DetectionTable } from './detection-table'

type Query = NonNullable<Parameters<typeof detection_list>[0]>

const STATES = ['all', 'open', 'found', 'verified', 'quarantined', 'cleaned', 'false_alarm']
const VERDICTS = ['infected', 'suspicious']
const LIMIT = 50

export default function Detections() {
  const [params, change] = useParams()
  const unit = useUnitCode()
  const text = params.get('text') ?? ''
  const state = params.get('state') ?? 'all'
  const verdict = params.get('verdict') ?? ''
  const offset = Number(params.get('offset') ?? 0)
  const query = useQuery(queries.detections({ unit, text: text || undefined, state: state as Query['state'], verdict: (verdict || undefined) as Query['verdict'], limit: LIMIT, offset }))
  const set = (name: string) => (value: string) => change({ [name]: value || undefined, offset: undefined }, { replace: true })
  return (
    <Page title={t('nav.detections')} lead={t('detections.lead')}>
      <div className="tools">
        <SearchBox label={t('detections.search')} value={text} onSearch={set('text')} />
        <Select aria-label={t('state')} value={state} onChange={set('state')} options={STATES.map(value => ({ value, label: word('detection_state', value) }))} />
        <Select aria-label={t('detection.verdict')} value={verdict} onChange={set('verdict')}
          options={[{ value: '', label: t('verdict.all') }, ...VERDICTS.map(value => ({ value, label: word('verdict', value) }))]} />
      </div>
      <Loaded query={query} rows={10}>
        {({ items, total }) => items.length === 0 ? <Empty>{t('detections.none')}</Empty> : (
          <>
            <DetectionTable items={items} machines busy={query.isFetching} />
            <Pager offset={offset} limit={LIMIT} total={total} onTurn={first => change({ offset: first || undefined })} />
          </>
        )}
      </Loaded>
    </Page>
  )
}
