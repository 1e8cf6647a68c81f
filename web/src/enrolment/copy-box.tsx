import { useState } from 'react'
import { t } from '../language'
import { Icon } from '../parts/icons'

/** A line to copy. Where the browser does not let us, the line is selected instead. */
export function CopyBox({ text }: { text: string }) {
  const [copied, setCopied] = useState(false)
  async function copy(line: HTMLElement) {
    try {
      await navigator.clipboard.writeText(text)
      setCopied(true)
    } catch {
      getSelection()?.selectAllChildren(line)
    }
  }
  return (
    <span className="copy-box">
      <code>{text}</code>
      <button type="button" className="plain-button" onClick={event => void copy(event.currentTarget.previousElementSibling as HTMLElement)}>
        <Icon sign="copy" />
        <span role="status">{t(copied ? 'copied' : 'copy')}</span>
      </button>
    </span>
  )
}
