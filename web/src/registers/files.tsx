import { Button, Form, Modal, Popconfirm, Select } from 'antd'
import { useState } from 'react'
import { record_file_add, record_file_remove, type RecordDetail, type RecordFile, type RegisterDefinition } from '../gen/api'
import { bytes, time } from '../format'
import { t, word } from '../language'
import { useAct } from '../parts/act'
import { Icon } from '../parts/icons'
import { Section } from '../parts/page'
import { FILE_KINDS, STALE } from './definitions'
import { FileField } from './file-field'

const MAX_BYTES = 25 * 1024 * 1024 // of record_file_add

/** Files of proof, each with its hash: what a reader can check against the file in hand. */
export function Files({ register, detail }: { register: RegisterDefinition; detail: RecordDetail }) {
  const [adding, add] = useState(false)
  const { files, record, can_change } = detail
  return (
    <Section title={t('files')} acts={can_change && <Button size="small" icon={<Icon sign="add" />} onClick={() => add(true)}>{t('files.add')}</Button>}>
      {files.length === 0 ? <p className="soft">{t('files.none')}</p> : (
        <ul className="files">
          {files.map(file => <FileLine key={file.id} register={register.name} record={record.id} file={file} may={can_change} />)}
        </ul>
      )}
      {adding && <AddFile register={register.name} record={record.id} onClose={() => add(false)} />}
    </Section>
  )
}

function FileLine({ register, record, file, may }: { register: string; record: number; file: RecordFile; may: boolean }) {
  const remove = useAct(() => record_file_remove(register, String(record), String(file.id)), { stale: STALE, done: t('files.removed') })
  return (
    <li>
      <div>
        <a href={`/api/v1/registers/${register}/records/${record}/files/${file.id}`} download={file.name} className="breaks"><Icon sign="download" /> {file.name}</a>
        <span className="soft small"> · {word('file_kind', file.kind)} · {bytes(file.size)}</span>
      </div>
      <div className="soft small">{t('record.by', { time: time(file.added_s), name: file.added_name })}</div>
      <div className="soft small">SHA-256 <span className="hash">{file.sha256}</span></div>
      {may && (
        <Popconfirm title={t('files.remove.sure', { name: file.name })} okText={t('files.remove')} okButtonProps={{ danger: true }} onConfirm={() => remove.mutate(undefined)}>
          <button type="button" className="plain-button">{t('files.remove')}</button>
        </Popconfirm>
      )}
    </li>
  )
}

function AddFile({ register, record, onClose }: { register: string; record: number; onClose: () => void }) {
  const [kind, setKind] = useState('evidence')
  const [file, setFile] = useState<File>()
  const send = useAct(async () => {
    await record_file_add(register, String(record), file!, { kind, name: file!.name })
    onClose()
  }, { stale: STALE, done: t('files.added') })
  const tooLarge = !!file && file.size > MAX_BYTES
  return (
    <Modal open title={t('files.add')} okText={t('files.add')} onCancel={onClose} onOk={() => send.mutate(undefined)} confirmLoading={send.isPending} okButtonProps={{ disabled: !file || tooLarge }}>
      <Form layout="vertical">
        <Form.Item label={t('files.kind')} htmlFor="file-kind">
          <Select id="file-kind" value={kind} onChange={setKind} options={FILE_KINDS.map(value => ({ value, label: word('file_kind', value) }))} />
        </Form.Item>
        <Form.Item label={t('file')} htmlFor="file-bytes" help={tooLarge ? t('files.too_large', { max: bytes(MAX_BYTES) }) : undefined} validateStatus={tooLarge ? 'error' : ''}>
          <FileField id="file-bytes" file={file} onChange={setFile} />
        </Form.Item>
      </Form>
    </Modal>
  )
}
