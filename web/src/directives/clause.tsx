import { day, number } from '../format'
import type { Clause, Figure, Row } from '../gen/api'
import { t, word, words } from '../language'
import { StateMark } from '../parts/state'
import { ControlLine } from '../figures/control-line'
import { RowOf, RowSubject } from '../figures/row-of'
import { FigureLine } from '../figures/figure'

/** A clause: what it demands, word for word; where the unit stands; the figures and questions that say so; what is still missing. */
export function ClauseCard({ clause, unit }: { clause: Clause; unit: string }) {
  return (
    <li className={`clause card clause-${clause.state}`} id={clause.id}>
      <header className="clause-head">
        <h2>{clauseTitle(clause)}</h2>
        <StateMark state={clause.state} />
        {clause.overdue && <span className="overdue">{t('clause.overdue')}</span>}
        <span className="clause-meta soft small">
          {clause.by && <>{t('clause.by', { day: day(clause.by) })} · </>}
          {clause.controls.length > 0 && clause.target !== 100 && <>{t('clause.target', { target: number(clause.target) })} · </>}
          <span title={word('clause_kind.explain', clause.kind)}>{word('clause_kind', clause.kind)}</span> · {clause.id}
        </span>
      </header>
      <blockquote>“{clause.quote}”</blockquote>
      {clause.figures.length > 0 && (
        <div className="clause-part">
          <h3>{t('clause.figures')}</h3>
          <div>
            {clause.figures.map(figure => (
              <div key={figure.id} className="clause-figure">
                <FigureLine figure={figure} unit={unit} />
                <EvidenceRows figure={figure} />
              </div>
            ))}
          </div>
        </div>
      )}
      {clause.controls.length > 0 && (
        <div className="clause-part">
          <h3>{t('clause.controls')}</h3>
          <div>{clause.controls.map(posture => <ControlLine key={posture.control} posture={posture} unit={unit} />)}</div>
        </div>
      )}
      {clause.needs.length > 0 && (
        <div className="clause-part clause-needs">
          <h3>{t('clause.needs')}</h3>
          <ul>{clause.needs.map((need, index) => <li key={index}>{words(need)}</li>)}</ul>
        </div>
      )}
      <details className="fold">
        <summary>{t('clause.does')}</summary>
        <p>{words(clause.does)}</p>
      </details>
    </li>
  )
}

/** "Mục 1, gạch 3"; places without a number ("Trích yếu", "Kết thúc") are called as the dispatch calls them. */
export const clauseTitle = ({ clause }: Clause): string => (/^\d/.test(clause) ? t('clause.title', { clause }) : clause)

/** The first rows under a figure: enough to see what it is about; the number itself opens all of them. */
function EvidenceRows({ figure }: { figure: Figure }) {
  const failing = figure.evidence.filter(row => row.state !== 'pass')
  if (failing.length === 0) return null
  return <ul className="evidence">{failing.map((row, index) => <EvidenceRow key={index} row={row} />)}</ul>
}

const EvidenceRow = ({ row }: { row: Row }) => (
  <li>
    <StateMark state={row.state} /> <RowOf row={row} />
    {row.record && <> · <RowSubject row={row} /></>}
    {row.evidence && <> · {row.evidence}</>}
  </li>
)
