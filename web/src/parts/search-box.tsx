import { useEffect, useRef, useState } from 'react'
import { t } from '../language'
import { Icon } from './icons'

const TYPING_MS = 250

/** A search field; the question is asked when typing pauses. "/" anywhere on the page goes to the first one, Esc empties it. */
export function SearchBox({ value, onSearch, label }: { value: string; onSearch: (text: string) => void; label: string }) {
  const [text, setText] = useState(value)
  const asked = useRef(value)
  useEffect(() => {
    if (value !== asked.current) setText((asked.current = value))
  }, [value])
  useEffect(() => {
    if (text === asked.current) return
    const timer = setTimeout(() => onSearch((asked.current = text)), TYPING_MS)
    return () => clearTimeout(timer)
  })
  return (
    <label className="search-box">
      <Icon sign="search" />
      <span className="for-readers">{label}</span>
      <input
        type="search"
        data-search
        placeholder={label}
        value={text}
        onChange={event => setText(event.target.value)}
        onKeyDown={event => {
          if (event.key !== 'Escape' || !text) return
          event.stopPropagation()
          setText('')
        }}
      />
      <kbd aria-hidden="true" title={t('search.key')}>/</kbd>
    </label>
  )
}
