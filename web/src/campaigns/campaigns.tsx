import { useQuery } from '@tanstack/react-query'
import { Button, Select } from 'antd'
import { useState } from 'react'
import { Link, useLocation } from 'wouter'
import { useHref, useParams, useUnitCode } from '../address'
import type { Campaign, campaign_list } from '../gen/api'
import { number, time } from '../format'
import { t, word } from '../language'
import { Icon } from '../parts/icons'
import { Empty, Loaded } from '../parts/loaded'
import { Page } from '../parts/page'
import { DataTable, Pager, type Column } from '../parts/table'
import * as queries from '../queries'
import { may, useMe } from '../session'
import { MakeCampaign } from './make'
import { CampaignBar, shareText, workOf } from './states'

const LIMIT = 20
const FILTERS = ['open', 'closed', 'all']

/** Campaigns of the chosen unit, of those below, and of those above that reach it. */
export default function Campaigns() {
  const [params, change] = useParams()
  const unit = useUnitCode()
  const href = useHref()
  const [, go] = useLocation()
  const state = params.get('state') ?? 'all'
  const offset = Number(params.get('offset') ?? 0)
  const query = useQuery(queries.campaigns({ unit, state: state as NonNullable<Parameters<typeof campaign_list>[0]>['state'], limit: LIMIT, offset }))
  const [making, make] = useState(false)
  const open = (campaign: Campaign) => go(href(`/campaigns/${campaign.id}`))
  return (
    <Page title={t('nav.campaigns')} lead={t('campaigns.lead')}
      acts={may(useMe(), 'endpoint.order') && <Button type="primary" icon={<Icon sign="add" />} onClick={() => make(true)}>{t('campaign.make')}</Button>}>
      <div className="tools">
        <Select aria-label={t('state')} value={state} onChange={value => change({ state: value, offset: undefined }, { replace: true })}
          options={FILTERS.map(value => ({ value, label: word('campaign_filter', value) }))} />
      </div>
      <Loaded query={query}>
        {({ items, total }) => items.length === 0 ? <Empty>{t('campaigns.none')}</Empty> : (
          <>
            <DataTable caption={t('nav.campaigns')} columns={columns()} rows={items} rowKey={campaign => campaign.id} onOpen={open} busy={query.isFetching} />
            <Pager offset={offset} limit={LIMIT} total={total} onTurn={first => change({ offset: first || undefined })} />
          </>
        )}
      </Loaded>
      {making && <MakeCampaign unit={unit} onClose={() => make(false)} onMade={open} />}
    </Page>
  )
}

const columns = (): Column<Campaign>[] => [
  { id: 'name', title: t('campaign.name'), wide: true, cell: campaign => <><CampaignLink campaign={campaign} /><div className="soft small">{campaign.unit.name} · {word('order_kind.scan', campaign.scan)}</div></> },
  { id: 'end', title: t('state'), cell: campaign => <CampaignEnd campaign={campaign} /> },
  {
    id: 'progress', title: t('campaign.scanned'),
    cell: campaign => campaign.counts.machines === 0 ? <span className="soft">{t('campaign.no_machines')}</span> : <div className="bar-cell"><span className="small">{shareText(campaign.counts)}</span><CampaignBar work={workOf(campaign)} counts={campaign.counts} label={campaign.name} /></div>,
  },
  { id: 'infected', title: t('campaign.found'), align: 'end', cell: ({ counts }) => <Infected infected={counts.infected} cleaned={counts.cleaned} /> },
]

function CampaignLink({ campaign }: { campaign: Campaign }) {
  const href = useHref()
  return <Link className="strong" href={href(`/campaigns/${campaign.id}`)}>{campaign.name}</Link>
}

const Infected = ({ infected, cleaned }: { infected: number; cleaned: number }) => (
  infected === 0 ? <>0</> : <><b className={infected > cleaned ? 'is-not_met' : 'is-met'}>{number(infected)}</b><div className="soft small">{t('campaign.cleaned')}: {number(cleaned)}</div></>
)

export function CampaignEnd({ campaign }: { campaign: Campaign }) {
  if (campaign.closed_s === null) return <span className="mark campaign-running"><Icon sign="clock" /><span>{t('campaign.open_until', { time: time(campaign.deadline_s) })}</span></span>
  const at = time(campaign.closed_s)
  return <span className="soft">{campaign.closed_by ? t('campaign.closed_by', { time: at, name: campaign.closed_by }) : t('campaign.closed_deadline', { time: at })}</span>
}
