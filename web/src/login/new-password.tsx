import { useState, type FormEvent } from 'react'
import { me_set_password } from '../gen/api'
import { t } from '../language'
import { explain } from '../parts/loaded'
import { leave, update } from '../session'
import { PasswordField } from './password-field'
import '../style/login.css'

/** Changing one's own password; `forced` is the first login, where nothing else is open yet. */
export function NewPassword({ forced, onDone }: { forced?: boolean; onDone?: () => void }) {
  const [old, setOld] = useState('')
  const [fresh, setFresh] = useState('')
  const [again, setAgain] = useState('')
  const [error, setError] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)

  async function submit(event: FormEvent) {
    event.preventDefault()
    if (fresh !== again) return setError(t('password.differ'))
    if (fresh === old) return setError(t('password.same'))
    setBusy(true)
    try {
      update(await me_set_password({ old_password: old, new_password: fresh }))
      onDone?.()
    } catch (failure) {
      const { message, detail } = explain(failure)
      setError(detail ? `${message}: ${detail}` : message)
    }
    setBusy(false)
  }

  const form = (
    <form className="login-form" onSubmit={event => void submit(event)} aria-labelledby="password-title">
      {forced ? <h1 id="password-title">{t('password.first')}</h1> : <h2 id="password-title">{t('password.title')}</h2>}
      {forced && <p className="soft">{t('password.first.explain')}</p>}
      {error && <p className="login-error" role="alert">{error}</p>}
      <PasswordField label={t('password.old')} autoComplete="current-password" value={old} onChange={setOld} autoFocus={!!forced} />
      <PasswordField label={t('password.new')} autoComplete="new-password" value={fresh} onChange={setFresh} describedBy="password-rule" />
      <p id="password-rule" className="soft small">{t('password.rule')}</p>
      <PasswordField label={t('password.again')} autoComplete="new-password" value={again} onChange={setAgain} />
      <button type="submit" className="act act-main" disabled={busy}>{t('password.submit')}</button>
      {forced && <button type="button" className="plain-button" onClick={() => void leave()}>{t('logout')}</button>}
    </form>
  )
  return forced ? <main className="login">{form}</main> : form
}
