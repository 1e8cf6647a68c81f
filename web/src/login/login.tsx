import { useEffect, useRef, useState, type FormEvent } from 'react'
import type { Me } from '../gen/api'
import { t } from '../language'
import { Emblem } from '../parts/icons'
import { LanguageSwitch } from '../parts/language-switch'
import { explain } from '../parts/loaded'
import { enter, leave } from '../session'
import { PasswordField } from './password-field'
import '../style/login.css'

/** The login; with `over` it stands over the page of a session that ended, and the page goes on afterwards. */
export function Login({ over }: { over?: Me }) {
  const [name, setName] = useState(over?.name ?? '')
  const [password, setPassword] = useState('')
  const [error, setError] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    if (over) {
      dialog.current?.showModal()
      dialog.current?.querySelector<HTMLInputElement>('[type=password]')?.focus()
    }
    else document.title = `${t('login.title')} · Khiên`
  }, [over])

  async function submit(event: FormEvent) {
    event.preventDefault()
    setBusy(true)
    setError(null)
    await enter(name.trim(), password).catch(setError)
    setBusy(false)
  }

  const form = (
    <form className="login-form" onSubmit={event => void submit(event)} aria-labelledby="login-title">
      <h1 id="login-title">{t(over ? 'login.expired' : 'login.title')}</h1>
      {over && <p className="soft">{t('login.expired.explain')}</p>}
      {error !== null && <p className="login-error" role="alert">{explain(error).message}</p>}
      <label className="field">
        <span>{t('login.name')}</span>
        <input name="username" autoComplete="username" autoCapitalize="none" spellCheck={false} required maxLength={64} autoFocus={!over} value={name}
          onChange={event => setName(event.target.value)} />
      </label>
      <PasswordField label={t('login.password')} autoComplete="current-password" value={password} onChange={setPassword} />
      <button type="submit" className="act act-main act-wide" disabled={busy}>{t(busy ? 'login.busy' : 'login.submit')}</button>
      {over && <button type="button" className="plain-button" onClick={() => void leave()}>{t('login.other')}</button>}
    </form>
  )
  if (over) return <dialog className="login-over" ref={dialog} onCancel={event => event.preventDefault()}>{form}</dialog>
  return (
    <main className="login">
      <header className="login-brand">
        <Emblem />
        <div>
          <strong>Khiên</strong>
          <span>{t('product')}</span>
        </div>
      </header>
      {form}
      <footer className="login-foot">
        <LanguageSwitch />
        <p>{t('login.help')}</p>
      </footer>
    </main>
  )
}
