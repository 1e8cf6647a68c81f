/** Taking in a list that a machine printed: a try that writes nothing says what would come of it, then the import itself. */
import { Alert, Button, Input, Modal } from 'antd'
import { useState } from 'react'
import { useUnitCode } from '../address'
import { botnet_import, firewall_import, neighbours_import, type BotnetImport, type FirewallImport, type NeighboursImport } from '../gen/api'
import { number } from '../format'
import { t } from '../language'
import { useAct } from '../parts/act'
import { Facts } from '../parts/page'
import { STALE, type Entry } from './definitions'
import { FileField } from './file-field'

type Counts = BotnetImport | FirewallImport | NeighboursImport
type Send = (file: File, dry_run: boolean, month: string | undefined) => Promise<Counts>

/** By register: the act on its page. */
export function ListImportAct({ register }: { register: string }) {
  const unit = useUnitCode()
  if (register === 'botnet_listing') return <ListImport lead={t('lists.botnet')} month send={(file, dry_run, month) => botnet_import(file, { unit, dry_run, month, source: file.name })} />
  if (register === 'network_sighting') return <ListImport lead={t('lists.neighbours')} send={(file, dry_run) => neighbours_import(file, { unit, dry_run })} />
  return null
}

/** On the page of a device that has rules. */
export function FirewallImportAct({ entry, writes }: { entry: Entry; writes: boolean }) {
  const guards = ['firewall', 'router', 'server'].includes(String(entry.fields.kind))
  return writes && guards ? <ListImport lead={t('lists.firewall')} send={(file, dry_run) => firewall_import(file, { device: entry.id, dry_run })} /> : null
}

function ListImport({ lead, month = false, send }: { lead: string; month?: boolean; send: Send }) {
  const [open, show] = useState(false)
  return (
    <>
      <Button onClick={() => show(true)}>{t('lists.title')}</Button>
      {open && <Dialog lead={lead} month={month} send={send} onClose={() => show(false)} />}
    </>
  )
}

function Dialog({ lead, month, send, onClose }: { lead: string; month: boolean; send: Send; onClose: () => void }) {
  const [file, setFile] = useState<File>()
  const [of, setOf] = useState('')
  const [counts, setCounts] = useState<Counts>()
  const tried = useAct(async (bytes: File) => setCounts(await send(bytes, true, of || undefined)), { stale: [] })
  const taken = useAct(async (bytes: File) => setCounts(await send(bytes, false, of || undefined)), { stale: STALE })
  const choose = (next: File | undefined) => {
    setFile(next)
    setCounts(undefined)
    if (next) tried.mutate(next)
  }
  const done = counts?.imported
  return (
    <Modal open title={t('lists.title')} okText={t(done ? 'lists.close' : 'lists.take')} onCancel={onClose} onOk={() => (done ? onClose() : file && taken.mutate(file))}
      confirmLoading={taken.isPending} okButtonProps={{ disabled: !counts }}>
      <p className="step-text">{lead}</p>
      {month && <Input aria-label={t('lists.month')} placeholder={t('lists.month')} value={of} maxLength={7} onChange={event => setOf(event.target.value.trim())} />}
      <FileField id="list-file" label={t('lists.title')} file={file} onChange={choose} />
      {counts && <Facts items={Object.entries(counts).filter(([name]) => name !== 'imported').map(([name, n]) => [t(`lists.count.${name}` as 'lists.count.rows'), number(Number(n))])} />}
      {done && <Alert type="success" showIcon role="status" title={t('lists.done')} />}
    </Modal>
  )
}
