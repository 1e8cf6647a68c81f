import { useQuery } from '@tanstack/react-query'
import { Button } from 'antd'
import { useState } from 'react'
import { t } from '../language'
import { Icon } from '../parts/icons'
import * as queries from '../queries'
import UnitPicker from './unit-picker'

/** A form field that holds a unit; works inside an Ant Design form item (`id`, `value`, `onChange`). */
export function UnitField({ id, value, onChange, clearable }: { id?: string; value?: string; onChange?: (code: string) => void; clearable?: boolean }) {
  const [open, setOpen] = useState(false)
  const { data } = useQuery(queries.units())
  const name = data?.items.find(unit => unit.code === value)?.name
  return (
    <span className="unit-field-frame">
      <Button id={id} className="unit-field" onClick={() => setOpen(true)} aria-haspopup="dialog">
        <span>{name ?? value ?? t('unit.choose')}</span>
        <Icon sign="down" />
      </Button>
      {clearable && value && <Button aria-label={t('clear')} icon={<Icon sign="close" />} onClick={() => onChange?.('')} />}
      {open && <UnitPicker chosen={value ?? ''} onClose={() => setOpen(false)} onPick={code => { setOpen(false); onChange?.(code) }} />}
    </span>
  )
}
