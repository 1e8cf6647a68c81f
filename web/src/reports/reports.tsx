/** Reports as documents to be signed: what about, by which template; a preview; files. The whole choice stands in the address. */
import { useQuery } from '@tanstack/react-query'
import { Button, Checkbox, Select } from 'antd'
import { useState } from 'react'
import { useParams, useUnitCode } from '../address'
import { period, today } from '../format'
import type { ReportTemplate } from '../gen/api'
import { t, words } from '../language'
import { AtDay, useAtDay } from '../parts/at-day'
import { Icon } from '../parts/icons'
import { Empty, Loaded } from '../parts/loaded'
import { Page } from '../parts/page'
import * as queries from '../queries'
import { search } from '../send'
import { may, useMe } from '../session'
import { Paper } from './paper'
import { periods, years } from './periods'

const KINDS = ['directive', 'period', 'incident', 'form08', 'inspection'] as const
type Kind = (typeof KINDS)[number]
const FORMATS = ['docx', 'pdf', 'xlsx', 'text'] as const
const SIGNED: readonly string[] = ['docx', 'pdf'] // a picture has no place in the others

/** What the API is asked: the parameter that names the subject has the name of the kind, save that of the form. */
const subjectParam = (kind: Kind) => (kind === 'form08' ? 'mau08' : kind)

export default function Reports() {
  const [params, change] = useParams()
  const kind = KINDS.find(one => one === params.get('kind')) ?? 'period'
  const unit = useUnitCode()
  const at = useAtDay()
  const templates = useQuery(queries.reportTemplates)
  const subject = params.get('subject') ?? (kind === 'period' ? today().slice(0, 7) : kind === 'form08' ? today().slice(0, 4) : undefined)
  const template = params.get('template') ?? (kind === 'inspection' ? 'inspection' : undefined)
  const asked = kind === 'inspection' || subject ? { unit, template, ...(kind === 'directive' && { at }), ...(subject && kind !== 'inspection' && { [subjectParam(kind)]: subject }) } : undefined
  const choose = (next: string) => change({ kind: next, subject: undefined, template: undefined }, { replace: true })
  return (
    <Page title={t('nav.reports')} lead={t('reports.lead')} acts={kind === 'directive' && <AtDay />}>
      <div className="tools">
        <Select aria-label={t('reports.kind')} className="select-wide" value={kind} onChange={choose} options={KINDS.map(value => ({ value, label: t(`reports.kind.${value}`) }))} />
        <Subject kind={kind} unit={unit} value={subject} onChange={value => change({ subject: value }, { replace: true })} />
        <Template kind={kind} all={templates.data?.items ?? []} value={template} onChange={value => change({ template: value }, { replace: true })} />
      </div>
      {asked ? <Document asked={asked} /> : <Empty>{t('reports.choose')}</Empty>}
    </Page>
  )
}

/** The directive, period, incident or year; nothing for what needs none. */
function Subject({ kind, unit, value, onChange }: { kind: Kind; unit: string; value: string | undefined; onChange: (value: string) => void }) {
  const directives = useQuery({ ...queries.directives(unit), enabled: kind === 'directive' })
  const incidents = useQuery({ ...queries.incidents(unit), enabled: kind === 'incident' })
  if (kind === 'inspection') return null
  const options =
    kind === 'directive' ? directives.data?.items.map(one => ({ value: one.id, label: words(one.title) }))
    : kind === 'incident' ? incidents.data?.items.map(one => ({ value: String(one.id), label: one.label }))
    : kind === 'period' ? periods(today()) : years(today())
  const other = (kind === 'period' || kind === 'form08') && value && !options?.some(one => one.value === value) ? [{ value, label: period(value) }] : []
  return (
    <Select aria-label={t(`reports.kind.${kind}`)} className="select-wide" value={value ?? null} placeholder={t('reports.choose')} showSearch={{ optionFilterProp: 'label' }}
      onChange={choice => choice && onChange(choice)} options={[...other, ...(options ?? [])]} notFoundContent={t('reports.none')} />
  )
}

/** Shown when there is more than one for this kind. */
function Template({ kind, all, value, onChange }: { kind: Kind; all: ReportTemplate[]; value: string | undefined; onChange: (value: string | undefined) => void }) {
  const fitting = all.filter(one => one.data === kind)
  if (fitting.length < 2) return null
  return (
    <Select aria-label={t('reports.template')} className="select-wide" value={value ?? kind} onChange={choice => onChange(choice === kind ? undefined : choice)}
      options={fitting.map(one => ({ value: one.id, label: one.title }))} />
  )
}

function Document({ asked }: { asked: Parameters<typeof queries.reportPreview>[0] }) {
  const query = useQuery(queries.reportPreview(asked))
  const approves = may(useMe(), 'register.approve')
  const [signed, sign] = useState(false)
  const file = (format: string) => `/api/v1/report${search({ ...asked, format, ...(signed && SIGNED.includes(format) && { signature: true }) })}`
  return (
    <>
      <div className="tools report-files" role="group" aria-label={t('reports.files')}>
        {FORMATS.map((format, index) => (
          <Button key={format} {...(index === 0 && { type: 'primary' as const })} icon={<Icon sign="download" />} href={file(format)} download>
            {t(`reports.format.${format}`)}
          </Button>
        ))}
        {approves && <Checkbox checked={signed} onChange={event => sign(event.target.checked)}>{t('reports.signature')}</Checkbox>}
      </div>
      <Loaded query={query} rows={16}>
        {preview => <Paper preview={preview} />}
      </Loaded>
    </>
  )
}
