/** Taking in a list that a machine printed: a try that writes nothing says what would come of it, then the import itself. */
import { Alert, Button, Form, Input, Modal, Select } from 'antd'
import { useState } from 'react'
import { useUnitCode } from '../address'
import { botnet_import, firewall_import, neighbours_import, type BotnetImport, type FirewallImport, type NeighboursImport } from '../gen/api'
import { number, today } from '../format'
import { t } from '../language'
import { useAct } from '../parts/act'
import { Facts } from '../parts/page'
import { months } from '../reports/periods'
import { STALE, type Entry } from './definitions'
import { FileField } from './file-field'

type Counts = BotnetImport | FirewallImport | NeighboursImport
/** What the rows of a list leave unsaid. */
interface Hints {
  month?: string | undefined
  map?: string | undefined
}
type Send = (file: File, dry_run: boolean, hints: Hints) => Promise<Counts>
type Kind = 'botnet' | 'neighbours' | 'firewall'

/** By register: the act on its page. */
export function ListImportAct({ register }: { register: string }) {
  const unit = useUnitCode()
  if (register === 'botnet_listing') return <ListImport kind="botnet" send={(file, dry_run, hints) => botnet_import(file, { unit, dry_run, ...hints, source: file.name })} />
  if (register === 'network_sighting') return <ListImport kind="neighbours" send={(file, dry_run) => neighbours_import(file, { unit, dry_run })} />
  return null
}

/** On the page of a device that has rules. */
export function FirewallImportAct({ entry, writes }: { entry: Entry; writes: boolean }) {
  const guards = ['firewall', 'router', 'server'].includes(String(entry.fields.kind))
  return writes && guards ? <ListImport kind="firewall" send={(file, dry_run) => firewall_import(file, { device: entry.id, dry_run })} /> : null
}

function ListImport(props: { kind: Kind; send: Send }) {
  const [open, show] = useState(false)
  return (
    <>
      <Button onClick={() => show(true)}>{t(`lists.title.${props.kind}`)}</Button>
      {open && <Dialog {...props} onClose={() => show(false)} />}
    </>
  )
}

/** First what would come of it, then the import: whatever is changed in between is looked at again. */
function Dialog({ kind, send, onClose }: { kind: Kind; send: Send; onClose: () => void }) {
  const [file, setFile] = useState<File>()
  const [pasted, setPasted] = useState('')
  const [hints, setHints] = useState<Hints>({})
  const [counts, setCounts] = useState<Counts>()
  const list = pasted.trim() ? new File([pasted], t('lists.pasted')) : file
  const act = useAct(async (dry_run: boolean) => setCounts(await send(list!, dry_run, hints)), { stale: STALE })
  const anew = (change: () => void) => { change(); setCounts(undefined) }
  const done = counts?.imported
  return (
    <Modal open title={t(`lists.title.${kind}`)} width={640} okText={t(done ? 'lists.close' : counts ? 'lists.take' : 'lists.try')} onCancel={onClose} onOk={() => (done ? onClose() : act.mutate(!counts))}
      confirmLoading={act.isPending} okButtonProps={{ disabled: !list }}>
      <p className="step-text">{t(`lists.${kind}`)}</p>
      {counts && <div role="status"><Alert type={done ? 'success' : 'info'} showIcon title={t(done ? 'lists.done' : 'lists.tried')} className="dialog-note" /><Tally counts={counts} /></div>}
      {!done && <Form layout="vertical">
        <Form.Item label={t('lists.file')} htmlFor="list-file"><FileField id="list-file" file={file} onChange={next => anew(() => { setFile(next); setPasted('') })} /></Form.Item>
        <Form.Item label={t('lists.paste')} htmlFor="list-text"><Input.TextArea id="list-text" rows={4} className="hash" value={pasted} onChange={event => anew(() => setPasted(event.target.value))} /></Form.Item>
        {kind === 'botnet' && (
          <>
            <Form.Item label={t('lists.month')} htmlFor="list-month" extra={t('lists.month.why')}>
              <Select id="list-month" allowClear value={hints.month ?? null} placeholder={t('choose')} options={months(today())} onChange={month => anew(() => setHints({ ...hints, month: month ?? undefined }))} />
            </Form.Item>
            <Form.Item label={t('lists.map')} htmlFor="list-map" extra={t('lists.map.why')}>
              <Input id="list-map" maxLength={1000} value={hints.map ?? ''} onChange={event => anew(() => setHints({ ...hints, map: event.target.value || undefined }))} />
            </Form.Item>
          </>
        )}
      </Form>}
    </Modal>
  )
}

const Tally = ({ counts }: { counts: Counts }) =>
  <Facts items={Object.entries(counts).filter(([name]) => name !== 'imported').map(([name, n]) => [t(`lists.count.${name}` as 'lists.count.rows'), number(Number(n))])} />
