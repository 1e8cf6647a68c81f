import { useQuery } from '@tanstack/react-query'
import { useParams } from '../address'
import type { Scan } from '../gen/api'
import { t } from '../language'
import { Empty, Loaded } from '../parts/loaded'
import { Section } from '../parts/page'
import { Pager } from '../parts/table'
import * as queries from '../queries'
import { DetectionTable } from '../detections/detection-table'
import { ScanFacts } from './scan'

const LIMIT = 50

export function EndpointDetections({ id, scan }: { id: string; scan: Scan | null }) {
  const [params, change] = useParams()
  const offset = Number(params.get('first') ?? 0)
  const query = useQuery(queries.endpointDetections(id, offset))
  return (
    <>
      <Section title={t('scan.last')}>{scan ? <ScanFacts scan={scan} /> : <Empty>{t('scan.never.explain')}</Empty>}</Section>
      <Loaded query={query}>
        {({ items, total }) => items.length === 0 ? <Empty>{t(scan ? 'detections.none_here' : 'detections.not_scanned')}</Empty> : (
          <>
            <DetectionTable items={items} />
            <Pager offset={offset} limit={LIMIT} total={total} onTurn={first => change({ first: first || undefined })} />
          </>
        )}
      </Loaded>
    </>
  )
}
