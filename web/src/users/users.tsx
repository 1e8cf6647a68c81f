import { useQuery } from '@tanstack/react-query'
import { Button, Form, Input, Modal, Popconfirm, Select } from 'antd'
import { useState } from 'react'
import { useParams, useUnitCode } from '../address'
import { user_add, user_reset_password, user_set_disabled, type User, type UserPassword } from '../gen/api'
import { ago, time } from '../format'
import { t, word } from '../language'
import { useAct } from '../parts/act'
import { Icon } from '../parts/icons'
import { Empty, Loaded } from '../parts/loaded'
import { Facts, Page } from '../parts/page'
import { SearchBox } from '../parts/search-box'
import { DataTable, Pager, type Column } from '../parts/table'
import * as queries from '../queries'
import { useMe } from '../session'
import { CopyBox } from '../enrolment/copy-box'
import { UnitField } from '../units/unit-field'

const LIMIT = 50
const ROLES = ['admin', 'officer', 'leader', 'police', 'viewer']

export default function Users() {
  const [params, change] = useParams()
  const unit = useUnitCode()
  const text = params.get('text') ?? ''
  const offset = Number(params.get('offset') ?? 0)
  const query = useQuery(queries.users({ unit, text: text || undefined, limit: LIMIT, offset }))
  const [adding, add] = useState(false)
  const [shown, show] = useState<UserPassword | null>(null)
  return (
    <Page title={t('nav.users')} lead={t('users.lead')} acts={<Button type="primary" icon={<Icon sign="add" />} onClick={() => add(true)}>{t('user.add')}</Button>}>
      <div className="tools">
        <SearchBox label={t('users.search')} value={text} onSearch={value => change({ text: value || undefined, offset: undefined }, { replace: true })} />
      </div>
      <Loaded query={query}>
        {({ items, total }) => items.length === 0 ? <Empty>{t('users.none')}</Empty> : (
          <>
            <UserTable items={items} onPassword={show} />
            <Pager offset={offset} limit={LIMIT} total={total} onTurn={first => change({ offset: first || undefined })} />
          </>
        )}
      </Loaded>
      {adding && <AddDialog unit={unit} onClose={() => add(false)} onAdded={password => { add(false); show(password) }} />}
      {shown && <PasswordDialog shown={shown} onClose={() => show(null)} />}
    </Page>
  )
}

function UserTable({ items, onPassword }: { items: User[]; onPassword: (password: UserPassword) => void }) {
  const columns: Column<User>[] = [
    { id: 'name', title: t('user.name'), tight: true, cell: user => <><span className="strong">{user.full_name}</span><div className="soft small">{user.name}</div></> },
    { id: 'role', title: t('user.role'), tight: true, cell: user => word('user_role', user.role) },
    { id: 'unit', title: t('unit'), wide: true, cell: user => user.unit.name },
    { id: 'login', title: t('user.login'), tight: true, cell: user => user.login_s === null ? <span className="soft">{t('user.never')}</span> : <span title={time(user.login_s)}>{ago(user.login_s)}</span> },
    { id: 'state', title: t('state'), tight: true, cell: user => <span className={`user-state user-${userState(user)}`}>{word('user_state', userState(user))}</span> },
    { id: 'acts', title: <span className="for-readers">{t('acts')}</span>, cell: user => <Acts user={user} onPassword={onPassword} /> },
  ]
  return <DataTable caption={t('nav.users')} columns={columns} rows={items} rowKey={user => user.id} />
}

const userState = (user: User) => (user.disabled ? 'disabled' : user.locked ? 'locked' : user.must_change ? 'must_change' : 'active')

function Acts({ user, onPassword }: { user: User; onPassword: (password: UserPassword) => void }) {
  const me = useMe()
  const disable = useAct((disabled: boolean) => user_set_disabled(String(user.id), { disabled, version: user.version }), { stale: ['users'], done: t('saved') })
  const reset = useAct(async () => onPassword(await user_reset_password(String(user.id), { version: user.version })), { stale: ['users'] })
  if (user.name === me.name) return <span className="soft small">{t('user.you')}</span>
  return (
    <span className="row-acts">
      {!user.disabled && (
        <Popconfirm title={t('user.reset.sure', { name: user.name })} okText={t('user.reset')} onConfirm={() => reset.mutate()}>
          <Button size="small">{t('user.reset')}</Button>
        </Popconfirm>
      )}
      {user.disabled
        ? <Button size="small" onClick={() => disable.mutate(false)}>{t('user.enable')}</Button>
        : <Popconfirm title={t('user.disable.sure', { name: user.name })} okText={t('user.disable')} okButtonProps={{ danger: true }} onConfirm={() => disable.mutate(true)}>
            <Button size="small" danger>{t('user.disable')}</Button>
          </Popconfirm>}
    </span>
  )
}

type Addition = Parameters<typeof user_add>[0]

function AddDialog({ unit, onClose, onAdded }: { unit: string; onClose: () => void; onAdded: (password: UserPassword) => void }) {
  const [form] = Form.useForm<Addition>()
  const add = useAct(async (values: Addition) => onAdded(await user_add(values)), { stale: ['users'] })
  const required = [{ required: true, whitespace: true, message: t('required') }]
  return (
    <Modal open title={t('user.add')} okText={t('user.add')} onOk={() => form.submit()} onCancel={onClose} confirmLoading={add.isPending}>
      <Form form={form} layout="vertical" initialValues={{ unit, role: 'officer', language: 'vi' }} onFinish={values => add.mutate(values)}>
        <Form.Item name="full_name" label={t('user.full_name')} rules={required}><Input maxLength={200} autoFocus /></Form.Item>
        <Form.Item name="name" label={t('user.login_name')} extra={t('user.login_name.explain')} rules={[...required, { pattern: /^[a-z0-9._-]+$/, message: t('user.login_name.explain') }]}>
          <Input maxLength={64} autoCapitalize="none" spellCheck={false} />
        </Form.Item>
        <Form.Item name="role" label={t('user.role')}><Select options={ROLES.map(value => ({ value, label: word('user_role', value) }))} /></Form.Item>
        <Form.Item name="unit" label={t('unit')}><UnitField /></Form.Item>
      </Form>
    </Modal>
  )
}

/** The first password, the one time it is shown. */
const PasswordDialog = ({ shown: { user, password }, onClose }: { shown: UserPassword; onClose: () => void }) => (
  <Modal open title={t('user.password.title', { name: user.full_name })} onCancel={onClose} footer={<Button type="primary" onClick={onClose}>{t('user.password.noted')}</Button>} mask={{ closable: false }}>
    <p>{t('user.password.explain')}</p>
    <Facts items={[[t('login.name'), <CopyBox text={user.name} />], [t('login.password'), <CopyBox text={password} />]]} />
  </Modal>
)
