/** Taking in a table: the template, a try that writes nothing and names every mistake by row, then the import itself. */
import { Alert, Button } from 'antd'
import { useState } from 'react'
import { Link } from 'wouter'
import { useHref, useUnitCode } from '../address'
import { record_import, type ImportError, type ImportResult, type RegisterDefinition } from '../gen/api'
import { number } from '../format'
import { t, words } from '../language'
import { useAct } from '../parts/act'
import { Icon } from '../parts/icons'
import { NotHere } from '../parts/not-here'
import { Facts, Page, Section } from '../parts/page'
import { DataTable, type Column } from '../parts/table'
import { useMe } from '../session'
import { columnTitle } from './columns'
import { mayWrite, registerOf, STALE } from './definitions'
import { FileField } from './file-field'

export default function ImportPage({ params }: { params: { register?: string } }) {
  const register = registerOf(params.register!)
  const href = useHref()
  if (!register || !mayWrite(useMe(), register)) return <NotHere />
  return (
    <Page title={t('import.title', { label: words(register.label) })} lead={<Link href={href(`/registers/${register.name}`)}>{words(register.label)}</Link>}>
      <Import register={register} />
    </Page>
  )
}

function Import({ register }: { register: RegisterDefinition }) {
  const unit = useUnitCode()
  const [file, setFile] = useState<File>()
  const [result, setResult] = useState<ImportResult>()
  const tried = useAct(async (bytes: File) => setResult(await record_import(register.name, bytes, { unit, dry_run: true })), { stale: [] })
  const taken = useAct(async (skip_errors: boolean) => setResult(await record_import(register.name, file!, { unit, dry_run: false, skip_errors })), { stale: STALE })
  const choose = (next: File | undefined) => {
    setFile(next)
    setResult(undefined)
    if (next) tried.mutate(next)
  }
  return (
    <>
      <Section title={t('import.step.template')}>
        <p className="step-text">{register.import.length ? t('import.keys', { names: register.import.map(name => columnTitle(register, name)).join(', ') }) : t('import.adds_only')}</p>
        <a className="act add-link" href={`/api/v1/registers/${register.name}/template`} download><Icon sign="download" />{t('import.template')}</a>
      </Section>
      <Section title={t('import.step.file')}>
        <p className="step-text">{t('import.file')}</p>
        <FileField id="import-file" label={t('import.step.file')} file={file} accept=".xlsx,.csv" onChange={choose} />
        {tried.isPending && <p className="soft" role="status">{t('import.trying')}</p>}
      </Section>
      {result && <Result register={register} result={result} busy={taken.isPending} onImport={skip => taken.mutate(skip)} />}
    </>
  )
}

function Result({ register, result, busy, onImport }: { register: RegisterDefinition; result: ImportResult; busy: boolean; onImport: (skipErrors: boolean) => void }) {
  const href = useHref()
  const good = result.created + result.changed
  return (
    <Section title={t(result.imported ? 'import.step.done' : 'import.step.check')} className="import-result">
      <Facts items={[
        [t('import.rows'), number(result.rows)], [t('import.created'), number(result.created)], [t('import.changed'), number(result.changed)],
        [t('import.same'), number(result.same)], [t('import.failed'), result.failed ? <b className="is-not_met">{number(result.failed)}</b> : number(0)],
      ]} />
      {result.imported
        ? <Alert type="success" showIcon role="status" title={t('import.done', { count: good })} action={<Link className="all" href={href(`/registers/${register.name}`)}>{t('import.see')}</Link>} />
        : (
          <div className="form-acts">
            {result.failed === 0 && <Button type="primary" loading={busy} disabled={good === 0} onClick={() => onImport(false)}>{t('import.take', { count: good })}</Button>}
            {result.failed > 0 && good > 0 && <Button loading={busy} onClick={() => onImport(true)}>{t('import.take_good', { count: good })}</Button>}
            {result.failed > 0 && <span className="soft">{t('import.mend')}</span>}
          </div>
        )}
      {result.errors.length > 0 && <DataTable caption={t('import.errors')} columns={errorColumns()} rows={result.errors} rowKey={(_, place) => place} />}
    </Section>
  )
}

const errorColumns = (): Column<ImportError>[] => [
  { id: 'row', title: t('import.row'), align: 'end', cell: error => number(error.row) },
  { id: 'column', title: t('import.column'), cell: error => error.column ?? '–' },
  { id: 'text', title: t('import.error'), wide: true, cell: error => error.text },
]
