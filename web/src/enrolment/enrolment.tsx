import { useQuery } from '@tanstack/react-query'
import { Button, Form, InputNumber, Modal, Popconfirm, Select } from 'antd'
import { useState } from 'react'
import { useParams, useUnitCode } from '../address'
import { token_create, token_revoke, type Token, type token_list, type TokenCreated } from '../gen/api'
import { time } from '../format'
import { t, word } from '../language'
import { useAct } from '../parts/act'
import { Icon } from '../parts/icons'
import { Empty, Loaded } from '../parts/loaded'
import { Page } from '../parts/page'
import { DataTable, Pager, type Column } from '../parts/table'
import * as queries from '../queries'
import { UnitField } from '../units/unit-field'
import { Instruction } from './instruction'

const LIMIT = 50
const STATES = ['usable', 'used', 'expired', 'revoked', 'all']

/** Enrolment tokens: a link that lets a number of machines join one unit, until a day. */
export default function Enrolment() {
  const [params, change] = useParams()
  const unit = useUnitCode()
  const state = params.get('state') ?? 'all'
  const offset = Number(params.get('offset') ?? 0)
  const query = useQuery(queries.tokens({ unit, state: state as NonNullable<Parameters<typeof token_list>[0]>['state'], limit: LIMIT, offset }))
  const [making, make] = useState(false)
  const [made, setMade] = useState<TokenCreated | null>(null)
  if (made) return <Instruction made={made} onClose={() => setMade(null)} />
  return (
    <Page title={t('nav.enrolment')} lead={t('enrolment.lead')} acts={<Button type="primary" icon={<Icon sign="add" />} onClick={() => make(true)}>{t('enrolment.make')}</Button>}>
      <div className="tools">
        <Select aria-label={t('state')} value={state} onChange={value => change({ state: value, offset: undefined }, { replace: true })}
          options={STATES.map(value => ({ value, label: word('token_state', value) }))} />
      </div>
      <Loaded query={query}>
        {({ items, total }) => items.length === 0 ? <Empty>{t('enrolment.none')}</Empty> : (
          <>
            <TokenTable items={items} />
            <Pager offset={offset} limit={LIMIT} total={total} onTurn={first => change({ offset: first || undefined })} />
          </>
        )}
      </Loaded>
      {making && <MakeDialog unit={unit} onClose={() => make(false)} onMade={token => { make(false); setMade(token) }} />}
    </Page>
  )
}

function TokenTable({ items }: { items: Token[] }) {
  const revoke = useAct((id: number) => token_revoke(String(id)), { stale: ['tokens'], done: t('enrolment.revoked') })
  const columns: Column<Token>[] = [
    { id: 'unit', title: t('unit'), wide: true, cell: token => token.unit.name },
    { id: 'used', title: t('enrolment.used'), tight: true, cell: token => t('of', { some: token.used, all: token.uses }) },
    { id: 'expires', title: t('enrolment.expires'), tight: true, cell: token => time(token.expires_s) },
    { id: 'created', title: t('enrolment.created'), tight: true, cell: token => <>{time(token.created_s)} <span className="soft">· {token.created_by}</span></> },
    { id: 'state', title: t('state'), tight: true, cell: token => <span className={`token-state token-${token.state}`}>{word('token_state', token.state)}</span> },
    {
      id: 'act', title: <span className="for-readers">{t('acts')}</span>,
      cell: token => token.state === 'usable' && (
        <Popconfirm title={t('enrolment.revoke.sure')} okText={t('enrolment.revoke')} okButtonProps={{ danger: true }} onConfirm={() => revoke.mutate(token.id)}>
          <Button size="small" danger>{t('enrolment.revoke')}</Button>
        </Popconfirm>
      ),
    },
  ]
  return <DataTable caption={t('nav.enrolment')} columns={columns} rows={items} rowKey={token => token.id} />
}

type Wish = Parameters<typeof token_create>[0]

function MakeDialog({ unit, onClose, onMade }: { unit: string; onClose: () => void; onMade: (token: TokenCreated) => void }) {
  const [form] = Form.useForm<Wish>()
  const make = useAct(async (wish: Wish) => onMade(await token_create(wish)), { stale: ['tokens'] })
  return (
    <Modal open title={t('enrolment.make')} okText={t('enrolment.make')} onOk={() => form.submit()} onCancel={onClose} confirmLoading={make.isPending}>
      <Form form={form} layout="vertical" initialValues={{ unit, uses: 10, days: 7 }} onFinish={wish => make.mutate(wish)}>
        <Form.Item name="unit" label={t('enrolment.unit')} rules={[{ required: true }]}><UnitField /></Form.Item>
        <Form.Item name="uses" label={t('enrolment.uses')} rules={[{ required: true, message: t('required') }]}><InputNumber min={1} max={10000} precision={0} /></Form.Item>
        <Form.Item name="days" label={t('enrolment.days')} rules={[{ required: true, message: t('required') }]}><InputNumber min={1} max={365} precision={0} /></Form.Item>
      </Form>
    </Modal>
  )
}
