import { useRef } from 'react'
import { bytes } from '../format'
import { t } from '../language'
import { Icon } from '../parts/icons'

/** Chooses one file from this computer, or takes a picture on a phone. */
export function FileField({ id, label, file, accept, onChange }: { id: string; label?: string; file: File | undefined; accept?: string; onChange: (file: File | undefined) => void }) {
  const input = useRef<HTMLInputElement>(null)
  return (
    <span className="file-field">
      <input ref={input} id={id} type="file" className="for-readers" accept={accept} aria-label={label} tabIndex={-1} onChange={event => onChange(event.target.files?.[0])} />
      <button type="button" className="act" onClick={() => input.current?.click()}><Icon sign="add" />{t(file ? 'file.other' : 'file.choose')}</button>
      {file && <span className="breaks">{file.name} <span className="soft small">{bytes(file.size)}</span></span>}
    </span>
  )
}
