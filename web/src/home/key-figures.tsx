import { useQuery } from '@tanstack/react-query'
import { useParams } from '../address'
import type { Figure } from '../gen/api'
import { t, words } from '../language'
import { Loaded } from '../parts/loaded'
import { StateMark } from '../parts/state'
import * as queries from '../queries'
import { amount, figureState, target } from '../figures/figure'
import { All } from './home'

/** What a leader asks about first; a figure nothing measures yet gives its place to the next. */
const FIRST = ['K01', 'K03', 'K05', 'K07', 'K08', 'K15', 'K16', 'K04', 'K20', 'K31', 'K32', 'K10']
const SHOWN = 6

/** Small plates; the chosen one is drawn over time beside them. */
export function KeyFigures({ code }: { code: string }) {
  const query = useQuery(queries.figures(code))
  const [params, change] = useParams()
  return (
    <Loaded query={query} rows={4}>
      {({ items }) => {
        const tiles = keyFigures(items)
        const chosen = chosenFigure(tiles, params)
        return (
          <section className="key-figures" aria-label={t('home.figures')}>
            <header className="card-head">
              <h2>{t('home.figures')}</h2>
              <All to="/figures" />
            </header>
            <div className="tiles">
              {tiles.map(figure => (
                <Tile key={figure.id} figure={figure} chosen={figure === chosen} onChoose={() => change({ figure: figure.id }, { replace: true })} />
              ))}
            </div>
          </section>
        )
      }}
    </Loaded>
  )
}

/** Measured ones first, in the order of FIRST; none at all: the first ones, saying that they are not measured. */
export function keyFigures(figures: Figure[]): Figure[] {
  const known = FIRST.map(id => figures.find(figure => figure.id === id)).filter(figure => figure !== undefined)
  const measured = known.filter(figure => figure.value !== null)
  const rest = known.filter(figure => figure.value === null)
  return [...measured, ...rest].slice(0, SHOWN).sort((a, b) => a.id.localeCompare(b.id))
}

export const chosenFigure = (tiles: Figure[], params: URLSearchParams): Figure | undefined => tiles.find(figure => figure.id === params.get('figure')) ?? tiles[0]

function Tile({ figure, chosen, onChoose }: { figure: Figure; chosen: boolean; onChoose: () => void }) {
  const state = figureState(figure)
  return (
    <button type="button" className={`tile tile-${state}`} aria-pressed={chosen} onClick={onChoose}>
      <span className="tile-title"><span className="figure-id">{figure.id}</span> {words(figure.title)}</span>
      <span className="tile-value">{amount(figure.kind, figure.value)}</span>
      <span className="tile-foot">
        {state === 'partly' ? null : <StateMark state={state} />}
        {figure.value !== null && <span className="soft">{target(figure)}</span>}
      </span>
    </button>
  )
}
