import { useQuery } from '@tanstack/react-query'
import { Button } from 'antd'
import { useEffect } from 'react'
import { Link, useLocation } from 'wouter'
import { useHref, useParams, useUnitCode } from '../address'
import { day, time } from '../format'
import type { Directive } from '../gen/api'
import { found } from '../fold'
import { t, words } from '../language'
import { AtDay, useAtDay } from '../parts/at-day'
import { Icon } from '../parts/icons'
import { Empty, Loaded } from '../parts/loaded'
import { Page, Tabs, useTab } from '../parts/page'
import { SearchBox } from '../parts/search-box'
import { StackedBar, Tally } from '../parts/state'
import * as queries from '../queries'
import { search } from '../send'
import { may, useMe } from '../session'
import { ClauseCard } from './clause'
import { issue } from './directive-bars'
import { DirectiveUnits } from './directive-units'

const TABS = ['clauses', 'units']

/** One directive in one unit: every clause with its quotation, state, figures, and what is still needed. */
export default function DirectivePage({ params: { id } }: { params: { id?: string } }) {
  const code = useUnitCode()
  const at = useAtDay()
  const query = useQuery(queries.directive(id!, code, at))
  return (
    <Loaded query={query} rows={16}>
      {data => <Shown data={data} code={code} at={at} />}
    </Loaded>
  )
}

function Shown({ data, code, at }: { data: Directive; code: string; at: string | undefined }) {
  const { directive, unit } = data
  const tab = useTab('tab', TABS)
  return (
    <Page name={words(directive.title)} title={words(directive.title)} acts={<><AtDay /><Acts id={directive.id} code={code} at={at} /></>}
      lead={<>{issue(directive)}{directive.superseded_by && <Superseded by={directive.superseded_by} />}</>}>
      <p className="print-only">{t('directive.printed', { unit: unit.name, day: day(data.day), time: time(Date.now() / 1000) })}</p>
      <Tabs param="tab" label={words(directive.title)} tabs={[{ id: 'clauses', title: t('directive.tab.clauses', { unit: unit.name }) }, { id: 'units', title: t('directive.tab.units') }]} />
      {tab === 'units' ? <DirectiveUnits id={directive.id} code={code} at={at} /> : <Clauses data={data} />}
    </Page>
  )
}

function Superseded({ by }: { by: string }) {
  const href = useHref()
  return <> · <Link href={href(`/directives/${by}`)}>{t('directive.superseded', { by })}</Link></>
}

function Acts({ id, code, at }: { id: string; code: string; at: string | undefined }) {
  const href = useHref()
  const [, go] = useLocation()
  const file = (format: string) => `/api/v1/directives/${id}/report${search({ unit: code, at, format })}`
  return (
    <>
      <Button icon={<Icon sign="print" />} onClick={() => print()}>{t('print')}</Button>
      {may(useMe(), 'evidence.read') && <Button icon={<Icon sign="reports" />} onClick={() => go(href('/reports', { kind: 'directive', subject: id, at }))}>{t('nav.reports')}</Button>}
      {may(useMe(), 'evidence.read') && <Button icon={<Icon sign="download" />} href={file('csv')} download={`${id}.csv`}>{t('directive.csv')}</Button>}
    </>
  )
}

function Clauses({ data: { directive, unit, clauses } }: { data: Directive }) {
  const [params, change] = useParams()
  const picked = params.get('state')?.split(',') ?? []
  const text = params.get('text') ?? ''
  const pick = (state: string) => {
    const next = picked.includes(state) ? picked.filter(other => other !== state) : [...picked, state]
    change({ state: next.join(',') || undefined }, { replace: true })
  }
  useEffect(() => {
    const clause = document.getElementById(decodeURIComponent(location.hash.slice(1)))
    if (clause) requestAnimationFrame(() => clause.scrollIntoView())
  }, [directive.id])
  const shown = clauses.filter(clause => (!picked.length || picked.includes(clause.state)) && found(`${clause.clause} ${clause.quote} ${words(clause.does)}`, text))
  return (
    <>
      <section className="card clause-summary" aria-label={t('directive.summary')}>
        <StackedBar counts={directive.states} label={t('directive.summary')} />
        <div className="tools">
          <Tally counts={directive.states} picked={picked} onPick={pick} zeros />
          <SearchBox label={t('directive.search')} value={text} onSearch={value => change({ text: value || undefined }, { replace: true })} />
        </div>
      </section>
      <p className="for-readers" role="status">{t('directive.shown', { shown: shown.length, total: clauses.length })}</p>
      {shown.length === 0 && <Empty>{t('directive.no_clause')}</Empty>}
      <ol className="clauses">
        {shown.map(clause => <ClauseCard key={clause.id} clause={clause} unit={unit.code} />)}
      </ol>
    </>
  )
}
