import { useQuery } from '@tanstack/react-query'
import { Checkbox } from 'antd'
import { useState } from 'react'
import { Link } from 'wouter'
import { useHere } from '../address'
import type { ControlPosture } from '../gen/api'
import { number, percent } from '../format'
import { t, words } from '../language'
import { Icon } from '../parts/icons'
import { Empty, Loaded } from '../parts/loaded'
import { Section } from '../parts/page'
import { StateMark, StateSign, STATES, stateWord } from '../parts/state'
import * as queries from '../queries'
import { DrillLink } from '../shell/drill-link'
import type { Cell, Compared } from './compared'

/** More units than this and they become the rows: a table may be long, but not wide. */
const MANY = 7

/** The units directly below, control by control. Every cell has colour, sign and number, and opens its rows. */
export function Comparison({ code }: { code: string }) {
  const query = useQuery(queries.comparison(code))
  const [all, showAll] = useState(false)
  return (
    <Section title={t('comparison')} acts={<Checkbox checked={all} onChange={event => showAll(event.target.checked)}>{t('comparison.all')}</Checkbox>}>
      <Loaded query={query} rows={8}>
        {data => <Heat data={data} all={all} />}
      </Loaded>
      <p className="legend">{STATES.map(state => <StateMark key={state} state={state} />)}</p>
    </Section>
  )
}

function Heat({ data, all }: { data: { items: Compared[]; controls: ControlPosture[] }; all: boolean }) {
  const controls = all ? data.controls : data.controls.filter(({ state }) => state === 'not_met' || state === 'partly')
  if (data.items.length === 0) return <Empty>{t('units.no_children')}</Empty>
  if (controls.length === 0) {
    const unmeasured = data.controls.filter(({ state }) => state === 'not_measured').length
    return <Empty sign={unmeasured ? 'not_measured' : 'met'}>{t('comparison.nothing', { count: unmeasured })}</Empty>
  }
  return data.items.length > MANY ? <UnitsDown units={data.items} controls={controls} /> : <ControlsDown units={data.items} controls={controls} />
}

interface HeatProps {
  units: Compared[]
  controls: ControlPosture[]
}

const ControlsDown = ({ units, controls }: HeatProps) => (
  <div className="heat-frame" tabIndex={0} role="region" aria-label={t('comparison')}>
    <table className="heat heat-controls">
      <thead>
        <tr>
          <th scope="col">{t('control')}</th>
          {units.map(item => <th key={key(item)} scope="col"><UnitHead item={item} /></th>)}
        </tr>
      </thead>
      <tbody>
        {controls.map(posture => (
          <tr key={posture.control}>
            <th scope="row">{words(posture.title)}</th>
            {units.map(item => <HeatCell key={key(item)} item={item} posture={posture} />)}
          </tr>
        ))}
      </tbody>
    </table>
  </div>
)

const UnitsDown = ({ units, controls }: HeatProps) => (
  <div className="heat-frame" tabIndex={0} role="region" aria-label={t('comparison')}>
    <table className="heat heat-units">
      <thead>
        <tr>
          <th scope="col">{t('unit')}</th>
          {controls.map(posture => <th key={posture.control} scope="col" title={words(posture.title)}><span>{words(posture.title)}</span></th>)}
        </tr>
      </thead>
      <tbody>
        {units.map(item => (
          <tr key={key(item)}>
            <th scope="row"><UnitHead item={item} /></th>
            {controls.map(posture => <HeatCell key={posture.control} item={item} posture={posture} />)}
          </tr>
        ))}
      </tbody>
    </table>
  </div>
)

const key = (item: Compared): string => item.unit.code + item.own

function UnitHead({ item: { unit, own, endpoints, silent } }: { item: Compared }) {
  const here = useHere()
  return (
    <>
      {own ? <span>{t('unit.own')}</span> : <Link href={here({ unit: unit.code })}>{unit.name}</Link>}
      <span className="soft small"> {t('units.machines', { count: endpoints })}{silent > 0 && <span className="nowrap"> · <Icon sign="silent" />{number(silent)}</span>}</span>
    </>
  )
}

function HeatCell({ item, posture }: { item: Compared; posture: ControlPosture }) {
  const cell = item.cells[posture.control]
  if (!cell) return <td className="heat-cell"><StateSign state="not_measured" /></td>
  const text = <><StateSign state={cell.state} />{cell.share !== null && <span>{number(Math.floor(cell.share))}</span>}</>
  return (
    <td className={`heat-cell heat-${cell.state}`} title={explain(item, posture, cell)}>
      {cell.fail + cell.unknown > 0 && !item.own
        ? <DrillLink control={posture.control} unit={item.unit.code} states={['fail', 'unknown']} label={explain(item, posture, cell)}>{text}</DrillLink>
        : text}
    </td>
  )
}

const explain = ({ unit }: Compared, posture: ControlPosture, cell: Cell): string =>
  [`${unit.name}. ${words(posture.title)}: ${stateWord(cell.state)}`, cell.share !== null && percent(cell.share), cell.fail && `${stateWord('fail')}: ${number(cell.fail)}`,
    cell.unknown && `${stateWord('unknown')}: ${number(cell.unknown)}`].filter(Boolean).join(', ')
