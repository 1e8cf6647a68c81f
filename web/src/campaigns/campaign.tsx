import { useQuery } from '@tanstack/react-query'
import { Button, Popconfirm } from 'antd'
import { Link } from 'wouter'
import { useHere, useUnitCode } from '../address'
import { campaign_close, type Campaign, type CampaignUnit } from '../gen/api'
import { number, percent, time } from '../format'
import { t, word } from '../language'
import { useAct } from '../parts/act'
import { Empty, Loaded } from '../parts/loaded'
import { Facts, Page, Section, Tabs, useTab } from '../parts/page'
import * as queries from '../queries'
import { may, useMe } from '../session'
import { CampaignEnd } from './campaigns'
import { Machines } from './machines'
import { CampaignBar, CampaignTally, own, scanned, shareText, workOf, type Work } from './states'

/** One campaign, of the chosen unit and below: how far it has come, where it does not move, what it found. */
export default function CampaignPage({ params: { id } }: { params: { id?: string } }) {
  const query = useQuery(queries.campaign(id!, useUnitCode()))
  return (
    <Loaded query={query} rows={12}>
      {campaign => (
        <Page name={campaign.name} title={campaign.name} lead={<>{campaign.unit.name} · {word('order_kind.scan', campaign.scan)}</>} acts={<Acts campaign={campaign} />}>
          <Progress campaign={campaign} />
          <Parts campaign={campaign} />
        </Page>
      )}
    </Loaded>
  )
}

function Acts({ campaign }: { campaign: Campaign }) {
  const close = useAct(() => campaign_close(String(campaign.id)), { stale: ['campaign', 'campaigns', 'campaign units', 'campaign machines'], done: t('campaign.closed') })
  if (!may(useMe(), 'endpoint.order') || !campaign.mine || campaign.closed_s !== null) return null
  return (
    <Popconfirm title={t('campaign.close.sure')} okText={t('campaign.close')} okButtonProps={{ danger: true }} onConfirm={() => close.mutate(undefined)}>
      <Button danger loading={close.isPending}>{t('campaign.close')}</Button>
    </Popconfirm>
  )
}

function Progress({ campaign }: { campaign: Campaign }) {
  const { counts } = campaign
  const work = workOf(campaign)
  return (
    <section className="card" aria-label={t('campaign.progress')}>
      <Facts
        items={[
          [t('state'), <CampaignEnd campaign={campaign} />],
          [t('campaign.created'), <>{time(campaign.created_s)} <span className="soft">· {campaign.created_by}</span></>],
          [t(own(work, 'scanned')), counts.machines ? <b>{shareText(counts)}</b> : t('campaign.no_machines')],
          [t(own(work, 'scanned_in_whole')), counts.machines ? `${percent((100 * counts.done) / counts.machines)} (${number(counts.done)}/${number(counts.machines)})` : '–'],
          [t(own(work, 'not_scanned')), number(counts.machines - scanned(counts))],
          [t(own(work, 'infected')), <b className={counts.infected > counts.cleaned ? 'is-not_met' : undefined}>{number(counts.infected)}</b>],
          [t('campaign.cleaned'), number(counts.cleaned)],
        ]}
      />
      {counts.machines > 0 && <div className="campaign-progress"><CampaignBar work={work} counts={counts} label={campaign.name} /></div>}
    </section>
  )
}

function Parts({ campaign }: { campaign: Campaign }) {
  const tab = useTab('tab', ['units', 'machines'])
  return (
    <>
      <Tabs param="tab" tabs={[{ id: 'units', title: t('campaign.units') }, { id: 'machines', title: <>{t('campaign.by_machine')} <span className="count">{number(campaign.counts.machines)}</span></> }]} label={campaign.name} />
      {tab === 'units' ? <Units campaign={campaign} /> : <Machines campaign={campaign} />}
    </>
  )
}

function Units({ campaign }: { campaign: Campaign }) {
  const query = useQuery(queries.campaignUnits(String(campaign.id), useUnitCode()))
  return (
    <Loaded query={query}>
      {({ items }) => items.length === 0 ? <Section title={t('campaign.by_machine')}><CampaignTally work={workOf(campaign)} counts={campaign.counts} /></Section> : (
        <Section title={t('campaign.units')}>
          {items.every(item => item.counts.machines === 0) && <Empty>{t('campaign.no_machines')}</Empty>}
          <ul className="campaign-units">
            {items.filter(item => item.counts.machines > 0).map(item => <UnitBar key={item.unit.code + item.own} work={workOf(campaign)} item={item} />)}
          </ul>
        </Section>
      )}
    </Loaded>
  )
}

function UnitBar({ work, item: { unit, own: itself, counts } }: { work: Work; item: CampaignUnit }) {
  const here = useHere()
  return (
    <li>
      <div className="campaign-unit-head">
        {itself ? <span className="strong">{t('unit.own')}</span> : <Link className="strong" href={here({ unit: unit.code })}>{unit.name}</Link>}
        <span className="soft small">{shareText(counts)}{counts.infected > 0 && <> · <span className="is-not_met">{t(own(work, 'infected'))}: {number(counts.infected)}</span></>}</span>
      </div>
      <CampaignBar work={work} counts={counts} label={unit.name} />
      <CampaignTally work={work} counts={counts} />
    </li>
  )
}
