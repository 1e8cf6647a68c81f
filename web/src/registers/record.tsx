/** One record: what it says, where it stands and may go, its files, its history, and the records that are about it. */
import { useQuery } from '@tanstack/react-query'
import { Button } from 'antd'
import { useState } from 'react'
import { Link, useLocation } from 'wouter'
import { useHref } from '../address'
import { time } from '../format'
import type { RecordDetail, RegisterDefinition, RegisterMove } from '../gen/api'
import { t, word, words } from '../language'
import { Icon } from '../parts/icons'
import { Loaded } from '../parts/loaded'
import { NotHere } from '../parts/not-here'
import { Facts, Page, Section } from '../parts/page'
import * as queries from '../queries'
import { addressOf, fieldOf, moveOf, registerOf, stateOf, type Entry } from './definitions'
import { Files } from './files'
import { History } from './history'
import { MoveDialog } from './move-dialog'
import { Referring } from './referring'
import { SpecialActs } from './special-acts'
import { SpecialSections } from './special-sections'
import { FieldValue, RecordState } from './value'

export default function RecordPage({ params }: { params: { register?: string; id?: string } }) {
  const register = registerOf(params.register!)
  const query = useQuery({ ...queries.record(params.register!, params.id!), enabled: !!register })
  if (!register) return <NotHere />
  return <Loaded query={query} rows={12}>{detail => <RecordView key={detail.record.id} register={register} detail={detail} />}</Loaded>
}

function RecordView({ register, detail }: { register: RegisterDefinition; detail: RecordDetail }) {
  const { record } = detail
  const [move, choose] = useState<RegisterMove | null>(null)
  return (
    <Page name={record.label} title={<span className="breaks">{record.label}</span>} lead={<Lead register={register} entry={record} />} acts={<Acts register={register} detail={detail} onMove={choose} />}>
      <Standing register={register} detail={detail} />
      <div className="record-grid">
        <Section title={t('record.content')}><Content register={register} entry={record} /></Section>
        <div>
          <Files register={register} detail={detail} />
          <History register={register} entry={record} />
        </div>
      </div>
      <SpecialSections register={register.name} entry={record} />
      <Referring register={register} entry={record} />
      {move && <MoveDialog register={register} move={move} detail={detail} onClose={() => choose(null)} />}
    </Page>
  )
}

function Lead({ register, entry }: { register: RegisterDefinition; entry: Entry }) {
  const href = useHref()
  return <><Link href={href(`/registers/${register.name}`)}>{words(register.label)}</Link> · {entry.unit.name}</>
}

function Acts({ register, detail, onMove }: { register: RegisterDefinition; detail: RecordDetail; onMove: (move: RegisterMove) => void }) {
  const href = useHref()
  const [, go] = useLocation()
  const moves = detail.moves.map(name => moveOf(register, name)).filter(move => move !== undefined)
  const waits = ['wait', 'bad'].includes(stateOf(register, detail.record.state).tone) // then the first move is the one to make
  return (
    <>
      {detail.can_change && <Button onClick={() => go(href(`${addressOf(register.name, detail.record.id)}/edit`))}>{t('record.edit')}</Button>}
      <SpecialActs register={register.name} entry={detail.record} />
      {moves.map((move, place) => <Button key={move.name} type={place === 0 && waits ? 'primary' : 'default'} onClick={() => onMove(move)}>{words(move.label)}</Button>)}
    </>
  )
}

/** The state, since when, and what each way on asks for. */
function Standing({ register, detail: { record, moves } }: { register: RegisterDefinition; detail: RecordDetail }) {
  const asking = moves.map(name => moveOf(register, name)).filter(move => move !== undefined && move.needs.length + move.proof.length > 0) as RegisterMove[]
  return (
    <section className="card standing" aria-label={t('state')}>
      <Facts items={[
        [t('state'), <RecordState register={register} state={record.state} />],
        [t('record.since'), time(record.state_s)],
        [t('record.created'), t('record.by', { time: time(record.created_s), name: record.created_name })],
        [t('record.changed'), t('record.by', { time: time(record.changed_s), name: record.changed_name })],
      ]} />
      {asking.length > 0 && (
        <ul className="move-needs">
          {asking.map(move => <li key={move.name}><Icon sign="right" /> <span>{t('move.needs', { move: words(move.label), needs: needsOf(register, move) })}</span></li>)}
        </ul>
      )}
    </section>
  )
}

const needsOf = (register: RegisterDefinition, move: RegisterMove): string =>
  [...move.needs.map(name => words(fieldOf(register, name)!.label)), ...move.proof.map(kind => t('move.proof', { kind: word('file_kind', kind) }))].join(', ')

/** What is filled in; the names of the rest stand below. */
function Content({ register, entry }: { register: RegisterDefinition; entry: Entry }) {
  const isEmpty = (name: string) => entry.fields[name] === null || entry.fields[name] === undefined
  const filled = register.fields.filter(field => !isEmpty(field.name))
  const short = filled.filter(field => field.type !== 'long')
  const empty = register.fields.filter(field => isEmpty(field.name) && !field.set)
  return (
    <>
      <Facts items={short.map(field => [words(field.label), <FieldValue field={field} entry={entry} />])} />
      {filled.filter(field => field.type === 'long').map(field => (
        <div key={field.name} className="long-fact">
          <h3>{words(field.label)}</h3>
          <FieldValue field={field} entry={entry} />
        </div>
      ))}
      {empty.length > 0 && <p className="soft small empty-fields">{t('record.empty', { names: empty.map(field => words(field.label)).join(', ') })}</p>}
    </>
  )
}
