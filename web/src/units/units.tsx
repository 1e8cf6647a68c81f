import { useQuery } from '@tanstack/react-query'
import { Checkbox } from 'antd'
import { useState } from 'react'
import { Link } from 'wouter'
import { useHere, useHref, useParams, useUnitCode } from '../address'
import type { Unit, UnitChange, UnitDetail, UnitGiven } from '../gen/api'
import { date, day, number, time } from '../format'
import { t, word } from '../language'
import { Icon } from '../parts/icons'
import { Loaded } from '../parts/loaded'
import { Facts, Page, Section } from '../parts/page'
import { StackedBar, Tally } from '../parts/state'
import * as queries from '../queries'
import { may, useMe } from '../session'
import { UnitActs } from './acts'
import { Comparison } from './comparison'
import { UnitTree } from './unit-tree'
import { whatText } from './what'

/** The tree at the left, the chosen unit at the right: its standing, its children compared, its history. */
export default function Units() {
  const code = useUnitCode()
  const me = useMe()
  const [, change] = useParams()
  const [ended, showEnded] = useState(false)
  const list = useQuery(queries.units(ended))
  return (
    <Page title={t('nav.units')} lead={t('units.lead')}>
      <div className="units">
        <section className="card units-tree" aria-label={t('nav.units')}>
          <Loaded query={list} rows={12}>
            {({ items }) => (
              <UnitTree units={items} chosen={code} height={520} row={unit => <UnitRow unit={unit} />}
                onChoose={chosen => change({ unit: chosen === me.unit.code ? undefined : chosen })} />
            )}
          </Loaded>
          <Checkbox checked={ended} onChange={event => showEnded(event.target.checked)}>{t('units.ended')}</Checkbox>
        </section>
        <Chosen code={code} />
      </div>
    </Page>
  )
}

const UnitRow = ({ unit }: { unit: Unit }) => (
  <>
    <span className="unit-name" title={unit.name}>{unit.name}</span>
    {unit.to_s !== null && <span className="soft small">{t('unit.ended', { date: date(unit.to_s) })}</span>}
    {unit.silent > 0 && <span className="unit-silent" title={t('unit.silent', { count: unit.silent })}><Icon sign="silent" />{number(unit.silent)}</span>}
    <span className="unit-machines" title={t('units.machines', { count: unit.endpoints })}>{number(unit.endpoints)}</span>
    <Standing unit={unit} />
  </>
)

/** Asked for with its siblings when one of them comes into view: of two thousand units nobody looks at all. */
function Standing({ unit }: { unit: Unit }) {
  const { data } = useQuery(queries.standing(unit.parent ?? unit.police_parent ?? unit.code))
  const counts = data?.get(unit.code)
  return counts ? <StackedBar counts={counts} label={unit.name} /> : null
}

function Chosen({ code }: { code: string }) {
  const query = useQuery(queries.unit(code))
  return (
    <div className="units-chosen">
      <Loaded query={query} rows={10}>
        {detail => (
          <>
            <Overview detail={detail} />
            {detail.unit.children > 0 && <Comparison code={code} />}
            <History detail={detail} />
          </>
        )}
      </Loaded>
    </div>
  )
}

function Overview({ detail }: { detail: UnitDetail }) {
  const { unit } = detail
  const href = useHref()
  return (
    <Section title={unit.name} acts={may(useMe(), 'unit.manage') && unit.to_s === null ? <UnitActs unit={unit} /> : undefined}>
      <Trail detail={detail} />
      <div className="unit-standing">
        {unit.controls && <><StackedBar counts={unit.controls} label={t('home.controls')} /><Tally counts={unit.controls} /></>}
      </div>
      <Facts
        items={[
          [t('unit.kind'), word('unit_kind', unit.kind)],
          [t('unit.code'), <span className="code">{unit.code}</span>],
          [t('unit.endpoints'), <Link href={href('/endpoints')}>{t('unit.endpoints.of', { all: unit.endpoints, own: unit.own_endpoints })}</Link>],
          [t('unit.silent.title'), <Link href={href('/endpoints', { state: 'silent' })}>{number(unit.silent)}</Link>],
          [t('unit.police_parent'), unit.police_parent ?? t('none')],
          [t('unit.since'), date(unit.from_s)],
        ]}
      />
    </Section>
  )
}

function Trail({ detail: { path } }: { detail: UnitDetail }) {
  const here = useHere()
  if (path.length < 2) return null
  return (
    <nav className="trail" aria-label={t('unit.path')}>
      {path.map((step, index) => (
        <span key={step.code}>
          {index > 0 && <Icon sign="right" />}
          {index < path.length - 1 ? <Link href={here({ unit: step.code })}>{step.name}</Link> : <span aria-current="page">{step.name}</span>}
        </span>
      ))}
    </nav>
  )
}

/** "admin: → xa-a": the line and the units by their names, where this user sees them. */
export const changeText = (detail: string, nameOf: (code: string) => string | undefined): string =>
  detail.replace(/^(admin|police): /, (_, line: 'admin' | 'police') => `${t(`unit.line.${line}`)}: `).replace(/([→←]) ([a-z0-9.-]+)$/, (_, arrow: string, code: string) => `${arrow} ${nameOf(code) ?? code}`)

function History({ detail: { unit, changes, given } }: { detail: UnitDetail }) {
  const units = useQuery(queries.units())
  if (changes.length === 0) return null
  return (
    <Section title={t('unit.history')}>
      <ul className="history">
        {changes.map((change, index) => (
          <li key={index}>
            <span className="soft nowrap">{time(change.at_s)}</span> <b>{word('unit_change', change.what)}</b> {changeText(change.detail, code => units.data?.items.find(unit => unit.code === code)?.name)}
            {change.decision && <Paper unit={unit.code} decision={change.decision} />} <span className="soft">· {change.actor}</span>
            {change.what === 'split' && <Given given={given.filter(one => one.at_s === change.at_s && change.detail.endsWith(` ${one.to.code === unit.code ? one.from.code : one.to.code}`))} />}
          </li>
        ))}
      </ul>
    </Section>
  )
}

const Paper = ({ unit, decision }: { unit: string; decision: NonNullable<UnitChange['decision']> }) => (
  <> · <a href={`/api/v1/units/${encodeURIComponent(unit)}/decisions/${decision.id}`} download={decision.file_name}>{t('unit.decision.of', { number: decision.number, date: day(decision.decided_on) })}</a></>
)

/** What went from one unit to the other, kind by kind, as it was called that day. */
const Given = ({ given }: { given: UnitGiven[] }) => (
  <ul className="given">
    {given.map(one => (
      <li key={one.what}>
        <details>
          <summary>{whatText(one.what)}: {number(one.count)}</summary>
          <span className="soft small">{one.names.join(', ')}{one.count > one.names.length && '…'}</span>
        </details>
      </li>
    ))}
  </ul>
)
