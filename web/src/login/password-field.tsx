import { useState } from 'react'
import { t } from '../language'

interface Props {
  label: string
  autoComplete: 'current-password' | 'new-password'
  value: string
  onChange: (value: string) => void
  autoFocus?: boolean
  describedBy?: string
}

/** A password that can be shown while typing: Vietnamese input methods change letters without a word. */
export function PasswordField({ label, autoComplete, value, onChange, autoFocus, describedBy }: Props) {
  const [shown, show] = useState(false)
  return (
    <label className="field">
      <span>{label}</span>
      <span className="password">
        <input type={shown ? 'text' : 'password'} name={autoComplete} autoComplete={autoComplete} required maxLength={1024} autoFocus={autoFocus}
          aria-describedby={describedBy} autoCapitalize="none" spellCheck={false} value={value} onChange={event => onChange(event.target.value)} />
        <button type="button" className="plain-button" aria-pressed={shown} onClick={() => show(!shown)}>{t(shown ? 'password.hide' : 'password.show')}</button>
      </span>
    </label>
  )
}
