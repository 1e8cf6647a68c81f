import { Form, Input, Modal, Select } from 'antd'
import { campaign_create, type Campaign } from '../gen/api'
import { time } from '../format'
import { t, word } from '../language'
import { useAct } from '../parts/act'
import { UnitField } from '../units/unit-field'

type Wish = Parameters<typeof campaign_create>[0]

const HOURS = [8, 24, 72, 168, 336, 720]

const span = (hours: number): string => (hours < 48 ? t('span.hours', { count: hours }) : t('span.days', { count: hours / 24 }))

/** Asks what is scanned or searched, where, and until when. */
export function MakeCampaign({ unit, scan = 'full', onClose, onMade }: { unit: string; scan?: Wish['scan']; onClose: () => void; onMade: (campaign: Campaign) => void }) {
  const [form] = Form.useForm<Wish>()
  const make = useAct(async (wish: Wish) => onMade(await campaign_create(wish)), { stale: ['campaigns'], done: t('campaign.made') })
  const now = Math.floor(Date.now() / 1000)
  return (
    <Modal open title={t('campaign.make')} okText={t('campaign.make')} onOk={() => form.submit()} onCancel={onClose} confirmLoading={make.isPending}>
      <Form form={form} layout="vertical" initialValues={{ unit, scan, hours: 168 }} onFinish={wish => make.mutate(wish)}>
        <Form.Item name="name" label={t('campaign.name')} rules={[{ required: true, whitespace: true, message: t('required') }]}>
          <Input maxLength={60} placeholder={t(scan === 'search' ? 'campaign_search.name.example' : 'campaign.name.example')} autoFocus />
        </Form.Item>
        <Form.Item name="unit" label={t('campaign.unit')} extra={t('campaign.unit.explain')} rules={[{ required: true }]}><UnitField /></Form.Item>
        <Form.Item name="scan" label={t('campaign.scan')}>
          <Select options={['full', 'quick', 'search'].map(value => ({ value, label: word('campaign.scan', value) }))} />
        </Form.Item>
        <Form.Item name="hours" label={t('campaign.hours')}>
          <Select options={HOURS.map(value => ({ value, label: t('campaign.hours.choice', { span: span(value), time: time(now + value * 3600) }) }))} />
        </Form.Item>
      </Form>
    </Modal>
  )
}
