/**
 * A plain HTML table: quick on old computers, read well by screen readers, printed as it is, and on a phone a list of cards. Rows that
 * open something are reached with Tab, moved along with the arrow keys, and opened with Enter.
 */
import type { KeyboardEvent, MouseEvent, ReactNode } from 'react'
import { t } from '../language'
import { Icon } from './icons'
import { number } from '../format'

export interface Column<Row> {
  id: string
  title: ReactNode
  cell: (row: Row) => ReactNode
  sort?: string // name the server sorts by
  align?: 'end'
  wide?: boolean // takes the room that is left
  tight?: boolean // stays on one line
  hideOnPhone?: boolean
  pick?: boolean // holds a box to tick: in the corner of a phone's card
}

export interface Sorting {
  by: string
  desc: boolean
  change: (by: string, desc: boolean) => void
}

interface Props<Row> {
  caption: string
  columns: Column<Row>[]
  rows: Row[]
  rowKey: (row: Row, index: number) => string | number
  onOpen?: (row: Row) => void
  sorting?: Sorting
  busy?: boolean
}

export function DataTable<Row>({ caption, columns, rows, rowKey, onOpen, sorting, busy }: Props<Row>) {
  return (
    <div className="table-frame" aria-busy={busy} {...(!onOpen && { tabIndex: 0, role: 'region', 'aria-label': caption })}>
      <table className="table">
        <caption className="for-readers">{caption}</caption>
        <thead>
          <tr>{columns.map(column => <Head key={column.id} column={column} sorting={sorting} />)}</tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={rowKey(row, index)} {...(onOpen && opening(() => onOpen(row)))}>
              {columns.map(column => (
                <td key={column.id} className={cellClass(column)} data-label={typeof column.title === 'string' ? column.title : undefined}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Head<Row>({ column, sorting }: { column: Column<Row>; sorting: Sorting | undefined }) {
  if (!column.sort || !sorting) return <th scope="col" className={cellClass(column)}>{column.title}</th>
  const active = sorting.by === column.sort
  const direction = active ? (sorting.desc ? 'descending' : 'ascending') : 'none'
  return (
    <th scope="col" className={cellClass(column)} aria-sort={direction}>
      <button type="button" className="sort" onClick={() => sorting.change(column.sort!, active ? !sorting.desc : false)}>
        {column.title}
        <Icon sign={active && sorting.desc ? 'down' : 'up'} className={active ? '' : 'sort-idle'} />
      </button>
    </th>
  )
}

const cellClass = <Row,>(column: Column<Row>): string =>
  [column.align === 'end' && 'end', column.wide && 'wide', column.tight && 'tight', column.hideOnPhone && 'not-on-phone', column.pick && 'pick'].filter(Boolean).join(' ')

function opening(open: () => void) {
  return {
    tabIndex: 0,
    className: 'opens',
    onClick: (event: MouseEvent<HTMLTableRowElement>) => {
      if (!(event.target as Element).closest('a, button, input') && !getSelection()?.toString()) open()
    },
    onKeyDown: (event: KeyboardEvent<HTMLTableRowElement>) => {
      if (event.target !== event.currentTarget) return
      if (event.key === 'Enter') open()
      else if (event.key === 'ArrowDown') step(event, event.currentTarget.nextElementSibling)
      else if (event.key === 'ArrowUp') step(event, event.currentTarget.previousElementSibling)
    },
  }
}

function step(event: KeyboardEvent, row: Element | null): void {
  event.preventDefault()
  if (row instanceof HTMLElement) row.focus()
}

/** "51–100 / 312" with both ways to turn the page. */
export function Pager({ offset, limit, total, onTurn }: { offset: number; limit: number; total: number; onTurn: (offset: number) => void }) {
  if (total <= limit && offset === 0) return <p className="pager soft">{t('pager.all', { total })}</p>
  const last = Math.min(total, offset + limit)
  return (
    <nav className="pager" aria-label={t('pager.label')}>
      <span>{t('pager.shown', { first: number(total ? offset + 1 : 0), last: number(last), total: number(total) })}</span>
      <button type="button" disabled={offset === 0} onClick={() => onTurn(Math.max(0, offset - limit))}><Icon sign="left" />{t('pager.previous')}</button>
      <button type="button" disabled={last >= total} onClick={() => onTurn(offset + limit)}>{t('pager.next')}<Icon sign="right" /></button>
    </nav>
  )
}
