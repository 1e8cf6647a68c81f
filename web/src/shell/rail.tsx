import { Link, useRoute } from 'wouter'
import { useHref } from '../address'
import type { Me } from '../gen/api'
import { t, type Key } from '../language'
import { Emblem, Icon, type Sign } from '../parts/icons'
import { railPlaces } from './places'

const GROUPS = ['see', 'work', 'manage'] as const

export function Rail({ me, open, onClose }: { me: Me; open: boolean; onClose: () => void }) {
  const places = railPlaces(me)
  return (
    <>
      {open && <div className="rail-veil" onClick={onClose} />}
      <nav id="rail" className={open ? 'rail rail-open' : 'rail'} aria-label={t('nav')} onKeyDown={event => event.key === 'Escape' && onClose()}>
        <div className="rail-brand">
          <Emblem />
          <span><strong>Khiên</strong><small>{t('product.short')}</small></span>
        </div>
        {GROUPS.map(group => {
          const members = places.filter(({ rail }) => rail!.group === group)
          return members.length > 0 && (
            <ul key={group} aria-label={t(`nav.${group}`)}>
              <li className="rail-group" aria-hidden="true">{t(`nav.${group}`)}</li>
              {members.map(({ path, rail }) => <li key={path}><RailLink path={path} sign={rail!.sign} title={rail!.title} /></li>)}
            </ul>
          )
        })}
      </nav>
    </>
  )
}

function RailLink({ path, sign, title }: { path: string; sign: Sign; title: Key }) {
  const href = useHref()
  const [here] = useRoute(path === '/' ? '/' : `${path}/*?`)
  return (
    <Link href={href(path)} aria-current={here ? 'page' : undefined} title={t(title)}>
      <Icon sign={sign} />
      <span>{t(title)}</span>
    </Link>
  )
}
