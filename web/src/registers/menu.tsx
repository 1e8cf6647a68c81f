/** All registers the user may read, by group, with how many records each has and how many of them wait for somebody. */
import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { useHref, useParams, useUnitCode } from '../address'
import { found } from '../fold'
import { number } from '../format'
import type { RegisterCounts, RegisterDefinition } from '../gen/api'
import { t, word, words } from '../language'
import { Empty } from '../parts/loaded'
import { Page, Section } from '../parts/page'
import { SearchBox } from '../parts/search-box'
import * as queries from '../queries'
import { useMe } from '../session'
import { GROUPS, mayRead, REGISTERS, stateOf } from './definitions'

export default function RegisterMenu() {
  const me = useMe()
  const unit = useUnitCode()
  const [params, change] = useParams()
  const text = params.get('text') ?? ''
  const { data } = useQuery(queries.registerCounts(unit))
  const counts = new Map(data?.items.map(item => [item.register, item]))
  const shown = REGISTERS.filter(register => mayRead(me, register) && found(`${words(register.label)} ${words(register.one)}`, text))
  return (
    <Page title={t('nav.registers')} lead={t('registers.lead')}>
      <div className="tools"><SearchBox label={t('registers.search')} value={text} onSearch={value => change({ text: value || undefined }, { replace: true })} /></div>
      {shown.length === 0 && <Empty>{t('registers.none')}</Empty>}
      <div className="register-groups">
        {GROUPS.map(group => {
          const members = shown.filter(register => register.group === group)
          return members.length > 0 && (
            <Section key={group} title={word('register_group', group)}>
              <ul className="register-list">{members.map(register => <Line key={register.name} register={register} counts={counts.get(register.name)} />)}</ul>
            </Section>
          )
        })}
      </div>
    </Page>
  )
}

function Line({ register, counts }: { register: RegisterDefinition; counts: RegisterCounts | undefined }) {
  const href = useHref()
  const total = counts?.states.reduce((sum, { count }) => sum + count, 0)
  const open = counts?.states.filter(({ state }) => ['wait', 'bad'].includes(stateOf(register, state).tone)).reduce((sum, { count }) => sum + count, 0) ?? 0
  return (
    <li>
      <Link href={href(`/registers/${register.name}`)} title={register.note ? words(register.note) : undefined}>
        <span>{words(register.label)}</span>
        {open > 0 && <span className="count count-open" title={t('registers.open', { count: open })}>{number(open)}<span className="for-readers"> {t('registers.open', { count: open })}</span></span>}
        <span className="register-total">{total === undefined ? '' : number(total)}</span>
      </Link>
    </li>
  )
}
