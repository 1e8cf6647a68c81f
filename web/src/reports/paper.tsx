/** A document as the server lays it out, piece by piece, drawn like a sheet of paper. The files have the exact form; this is for reading before. */
import type { ReportPreview, ReportSection } from '../gen/api'
import { number } from '../format'
import { t } from '../language'

interface Text { face: string; lead: string; text: string }
interface Pair { left: Piece[]; right: Piece[] }
interface Table { columns: string[]; rows: string[][]; rows_total: number }
type Piece = Text | Pair | Table | { rule: true } | { space: true }

const HEADINGS = ['type', 'section', 'clause', 'annex', 'annex-title']

export const Paper = ({ preview }: { preview: ReportPreview }) => (
  <article className="paper" lang="vi" aria-label={preview.title}>
    {preview.sections.map((section: ReportSection, index: number) => (
      <section key={index} className={section.landscape ? 'sheet sheet-wide' : 'sheet'}>
        <Pieces pieces={section.pieces as Piece[]} />
      </section>
    ))}
  </article>
)

const Pieces = ({ pieces }: { pieces: Piece[] }) => <>{pieces.map((piece, index) => <PieceOf key={index} piece={piece} />)}</>

function PieceOf({ piece }: { piece: Piece }) {
  if ('face' in piece) return <Paragraph {...piece} />
  if ('left' in piece) return <div className="paper-pair"><div><Pieces pieces={piece.left} /></div><div><Pieces pieces={piece.right} /></div></div>
  if ('columns' in piece) return <TableOf {...piece} />
  return 'rule' in piece ? <div className="paper-rule" /> : <div className="paper-space" />
}

function Paragraph({ face, lead, text }: Text) {
  const Tag = HEADINGS.includes(face) ? 'h2' : 'p'
  return <Tag className={`paper-${face}`}>{lead === '- ' ? lead : lead && <b>{lead}</b>}{text}</Tag>
}

const TableOf = ({ columns, rows, rows_total }: Table) => (
  <div className="paper-table" tabIndex={0} role="region" aria-label={columns.join(', ')}>
    <table>
      <thead><tr>{columns.map((column, index) => <th key={index} scope="col">{column}</th>)}</tr></thead>
      <tbody>{rows.map((row, at) => <tr key={at}>{row.map((cell, index) => <td key={index}>{cell}</td>)}</tr>)}</tbody>
    </table>
    {rows_total > rows.length && <p className="paper-more">{t('reports.more_rows', { count: number(rows_total - rows.length) })}</p>}
  </div>
)
