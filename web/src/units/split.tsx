/** Splitting a unit, step by step: the decision, the new units, who gets what, and what would come of it; only then it is done. */
import { useQuery } from '@tanstack/react-query'
import { Alert, Button, Form, Input, Modal, Select } from 'antd'
import { useState } from 'react'
import { unit_split, type Holding, type Unit, type UnitShare, type UnitSplit } from '../gen/api'
import { number } from '../format'
import { t, word } from '../language'
import { useAct } from '../parts/act'
import { Icon } from '../parts/icons'
import { Loaded } from '../parts/loaded'
import { SearchBox } from '../parts/search-box'
import { DataTable } from '../parts/table'
import * as queries from '../queries'
import { isStale } from '../registers/faults'
import { KINDS, STALE } from './acts'
import { useDecide, type Decided } from './decide'
import DecisionFields from './decision-fields'
import { chosenOf, give, keyOf, NOTHING_SHARED, partsOf, placesOf, without, type Chosen, type NewUnit, type Shares } from './shares'
import { whatText } from './what'

const SHOWN = 100 // rows; what lies behind them is found by narrowing down
const READ = ['unit', 'units', 'holdings'] // what is shared out
const STEPS = ['decision', 'units', 'shares', 'look'] as const

interface Values extends Decided {
  end: boolean
  parts: NewUnit[]
}

export default function SplitDialog({ unit, onClose }: { unit: Unit; onClose: () => void }) {
  const [form] = Form.useForm<Values>()
  const [step, go] = useState(0)
  const [shares, share] = useState(NOTHING_SHARED)
  const [would, tell] = useState<UnitSplit>()
  const decide = useDecide(unit.code)
  const held = useQuery(queries.holdings(unit.code))
  const values = () => form.getFieldsValue(true) as Values
  const ask = async (dry_run: boolean) => {
    const { end, parts, ...decided } = values()
    const decision = dry_run ? {} : { decision: await decide(decided) }
    return unit_split(unit.code, { version: unit.version, end, dry_run, parts: partsOf(parts, held.data?.items ?? [], shares, end), ...decision })
  }
  const look = useAct(async () => { tell(await ask(true)); go(3) }, { stale: [], read: READ })
  const done = useAct(async () => { await ask(false); onClose() }, { stale: STALE, read: READ, done: t('unit.split.done') })
  const next = () => (step === 3 ? done.mutate(undefined, { onError: error => isStale(error) && go(2) }) : form.validateFields().then(() => (step === 2 ? look.mutate(undefined) : go(step + 1)), () => undefined))
  return (
    <Modal open title={t('unit.split.title', { name: unit.name })} width={860} onCancel={onClose} footer={[
      step > 0 && <Button key="back" onClick={() => go(step - 1)}>{t('unit.split.back')}</Button>,
      <Button key="next" type="primary" danger={step === 3} loading={look.isPending || done.isPending} disabled={step === 2 && (!held.data || (values().end && shares.rest === null))} onClick={next}>{t(step === 3 ? 'unit.split' : 'unit.split.next')}</Button>,
    ]}>
      <ol className="split-steps">{STEPS.map((name, place) => <li key={name} aria-current={place === step ? 'step' : undefined}>{place + 1}. {t(`unit.split.step.${name}`)}</li>)}</ol>
      <Form form={form} layout="vertical" initialValues={{ end: false, parts: [{ kind: unit.kind }] }}>
        {step === 0 && <Paper />}
        {step === 1 && <NewUnits onRemove={place => share(without(shares, place))} />}
        {step === 2 && <Loaded query={held} rows={8}>{({ items }) => <Sharing holdings={items} units={values().parts} end={values().end} shares={shares} onShare={share} />}</Loaded>}
        {step === 3 && would && <Look would={would} holdings={held.data?.items ?? []} units={values().parts} shares={shares} />}
      </Form>
    </Modal>
  )
}

const required = () => [{ required: true, whitespace: true, message: t('required') }]

const Paper = () => (
  <>
    <Alert type="info" showIcon title={t('unit.split.explain')} className="dialog-note" />
    <Form.Item name="end" label={t('unit.split.how')}>
      <Select options={[{ value: false, label: t('unit.split.part') }, { value: true, label: t('unit.split.whole') }]} />
    </Form.Item>
    <DecisionFields />
  </>
)

const NewUnits = ({ onRemove }: { onRemove: (place: number) => void }) => (
  <Form.List name="parts">
    {(fields, { add, remove }) => (
      <>
        {fields.map(({ key, name }) => (
          <div key={key} className="split-unit">
            <Form.Item name={[name, 'name']} label={t('unit.split.name', { number: name + 1 })} rules={required()}><Input maxLength={200} autoFocus={name === fields.length - 1} /></Form.Item>
            <Form.Item name={[name, 'kind']} label={t('unit.kind')} rules={required()}><Select options={KINDS.map(value => ({ value, label: word('unit_kind', value) }))} /></Form.Item>
            {fields.length > 1 && <Button aria-label={t('unit.split.remove', { number: name + 1 })} icon={<Icon sign="close" />} onClick={() => { remove(name); onRemove(name) }} />}
          </div>
        ))}
        {fields.length < 20 && <Button icon={<Icon sign="add" />} onClick={() => add({ kind: 'department' })}>{t('unit.split.more')}</Button>}
      </>
    )}
  </Form.List>
)

interface SharingProps {
  holdings: Holding[]
  units: NewUnit[]
  end: boolean
  shares: Shares
  onShare: (shares: Shares) => void
}

function Sharing({ holdings, units, end, shares, onShare }: SharingProps) {
  const [chosen, choose] = useState<Chosen>({ text: '' })
  const shown = chosenOf(holdings, chosen)
  const options = units.map((unit, place) => ({ value: place, label: unit.name }))
  const receivers = [{ value: -1, label: t(end ? 'unit.split.rest' : 'unit.split.stays') }, ...options]
  const kinds = [...new Set(holdings.map(one => one.what))].map(value => ({ value, label: whatText(value) }))
  const to = (some: Holding[], place: number) => onShare(give(shares, some, place < 0 ? null : place))
  return (
    <>
      {end && <Form.Item label={t('unit.split.rest_to')} htmlFor="split-rest"><Select id="split-rest" value={shares.rest} placeholder={t('choose')} options={options} onChange={rest => onShare({ ...shares, rest })} /></Form.Item>}
      <div className="tools">
        <SearchBox label={t('unit.split.search')} value={chosen.text} onSearch={text => choose({ ...chosen, text })} />
        <Select aria-label={t('unit.split.what')} className="split-filter" allowClear placeholder={t('unit.split.what')} options={kinds} onChange={what => choose({ ...chosen, what })} />
        <Select aria-label={t('unit.split.place')} className="split-filter" allowClear placeholder={t('unit.split.place')} options={placesOf(holdings).map(value => ({ value, label: value }))} onChange={place => choose({ ...chosen, place })} />
        <Select aria-label={t('unit.split.all_to', { count: shown.length })} className="split-all" value={null} placeholder={t('unit.split.all_to', { count: number(shown.length) })} options={receivers} disabled={shown.length === 0} onChange={place => to(shown, Number(place))} />
      </div>
      <div className="split-rows">
        <DataTable caption={t('unit.split.step.shares')} rows={shown.slice(0, SHOWN)} rowKey={keyOf} columns={[
          { id: 'what', title: t('unit.split.what'), cell: one => whatText(one.what) },
          { id: 'name', title: t('unit.split.item'), wide: true, cell: one => <>{one.name}{one.place && <span className="soft small"> · {one.place}</span>}</> },
          { id: 'to', title: t('unit.split.to'), cell: one => (
            <select className="split-to" aria-label={t('unit.split.to_of', { name: one.name })} value={shares.to.get(keyOf(one)) ?? -1} onChange={event => to([one], Number(event.target.value))}>
              {receivers.map(({ value, label }) => <option key={value} value={value}>{label}</option>)}
            </select>
          ) },
        ]} />
      </div>
      {shown.length > SHOWN && <p className="soft small">{t('unit.split.further', { count: number(shown.length - SHOWN) })}</p>}
    </>
  )
}

function Look({ would, holdings, units, shares }: { would: UnitSplit; holdings: Holding[]; units: NewUnit[]; shares: Shares }) {
  const rows = [...would.parts.map((part, place) => ({ part, place })), ...(would.ended ? [] : [{ part: would.stays, place: -1 }])]
  const count = (of: 'endpoints' | 'users' | 'units' | 'records') => ({ id: of, title: t(`unit.split.${of}`), align: 'end' as const, cell: ({ part }: { part: UnitShare }) => number(part[of]) })
  return (
    <>
      <Alert type="warning" showIcon title={t(would.ended ? 'unit.split.sure.whole' : 'unit.split.sure.part')} className="dialog-note" />
      <DataTable caption={t('unit.split.step.look')} rows={rows} rowKey={({ place }) => place} columns={[
        { id: 'unit', title: t('unit'), wide: true, cell: ({ part, place }) => (place < 0 ? t('unit.split.stays_with', { name: part.unit.name }) : <>{part.unit.name} <span className="code soft">{part.unit.code}</span></>) },
        count('endpoints'), count('users'), count('units'), count('records'),
      ]} />
      {units.map((unit, place) => {
        const given = holdings.filter(one => shares.to.get(keyOf(one)) === place)
        return given.length > 0 && (
          <details key={place} className="split-names">
            <summary>{t('unit.split.gets', { name: unit.name, count: number(given.length) })}</summary>
            <ul>{given.map(one => <li key={keyOf(one)}><span className="soft">{whatText(one.what)}:</span> {one.name}</li>)}</ul>
          </details>
        )
      })}
    </>
  )
}
