import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { useHref } from '../address'
import type { DirectiveSummary } from '../gen/api'
import { t, words } from '../language'
import { Empty, Loaded } from '../parts/loaded'
import { StackedBar, Tally } from '../parts/state'
import * as queries from '../queries'

/** Every directive with the states of its clauses as one bar; on the home page. */
export function DirectiveBars({ code }: { code: string }) {
  const query = useQuery(queries.directives(code))
  const href = useHref()
  return (
    <Loaded query={query}>
      {({ items }) =>
        items.length === 0 ? <Empty>{t('directives.none')}</Empty> : (
          <ul className="directive-bars">
            {items.map(item => (
              <li key={item.id}>
                <Link href={href(`/directives/${item.id}`)}>{words(item.title)}</Link>
                <span className="soft small">{issue(item)}</span>
                <StackedBar counts={item.states} label={words(item.title)} />
                <Tally counts={item.states} />
              </li>
            ))}
          </ul>
        )}
    </Loaded>
  )
}

/** Who issued it, under which number, when: as far as the text says. */
export function issue({ issuer, number, date }: DirectiveSummary): string {
  return [issuer, number && t('directive.number', { number }), date && date.split('-').reverse().join('/')].filter(Boolean).join(' · ')
}
