import { useQuery } from '@tanstack/react-query'
import { Checkbox, Select } from 'antd'
import { useParams, useUnitCode } from '../address'
import type { detection_list } from '../gen/api'
import { t, word } from '../language'
import { Empty, Loaded } from '../parts/loaded'
import { Page } from '../parts/page'
import { SearchBox } from '../parts/search-box'
import { Pager } from '../parts/table'
import * as queries from '../queries'
import { DetectionTable } from './detection-table'
import { Weeks } from './weeks'

type Query = NonNullable<Parameters<typeof detection_list>[0]>

const STATES = ['all', 'open', 'dealt_with', 'found', 'verified', 'quarantined', 'handled', 'cleaned', 'false_alarm']
const CLOCKS = ['running', 'verify_overdue', 'handle_overdue']
const VERDICTS = ['infected', 'suspicious']
const LIMIT = 50

export default function Detections() {
  const [params, change] = useParams()
  const unit = useUnitCode()
  const text = params.get('text') ?? ''
  const state = params.get('state') ?? 'all'
  const clock = params.get('clock') ?? ''
  const verdict = params.get('verdict') ?? ''
  const again = params.get('again') === 'true'
  const offset = Number(params.get('offset') ?? 0)
  const query = useQuery(queries.detections({
    unit, text: text || undefined, state: state as Query['state'], clock: (clock || undefined) as Query['clock'], verdict: (verdict || undefined) as Query['verdict'], again, limit: LIMIT, offset,
  }))
  const set = (name: string) => (value: string) => change({ [name]: value || undefined, offset: undefined }, { replace: true })
  return (
    <Page title={t('nav.detections')} lead={t('detections.lead')}>
      <Weeks code={unit} />
      <div className="tools">
        <SearchBox label={t('detections.search')} value={text} onSearch={set('text')} />
        <Select aria-label={t('state')} value={state} onChange={set('state')} popupMatchSelectWidth={false} options={STATES.map(value => ({ value, label: word('detection_state', value) }))} />
        <Select aria-label={t('detection.clock')} value={clock} onChange={set('clock')} popupMatchSelectWidth={false}
          options={[{ value: '', label: t('detection.clock.all') }, ...CLOCKS.map(value => ({ value, label: word('detection_clock', value) }))]} />
        <Select aria-label={t('detection.verdict')} value={verdict} onChange={set('verdict')}
          options={[{ value: '', label: t('verdict.all') }, ...VERDICTS.map(value => ({ value, label: word('verdict', value) }))]} />
        <Checkbox checked={again} onChange={event => set('again')(event.target.checked ? 'true' : '')}>{t('detection.again.only')}</Checkbox>
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
