/** The places of the console: address, sign in the rail, right it takes, and the page, each fetched when it is first opened. */
import { lazy, Suspense, type ComponentType } from 'react'
import { Route, Switch } from 'wouter'
import type { Me } from '../gen/api'
import { t, type Key } from '../language'
import { Waiting } from '../parts/loaded'
import { NotHere } from '../parts/not-here'
import type { Sign } from '../parts/icons'
import { may } from '../session'

interface Params {
  id?: string
  register?: string
}

interface Place {
  path: string
  page: ComponentType<{ params: Params }>
  right: string
  rail?: { sign: Sign; title: Key; group: 'see' | 'work' | 'manage' }
}

const place = (path: string, right: string, load: () => Promise<{ default: Place['page'] }>, rail?: Place['rail']): Place =>
  ({ path, right, page: lazy(load), ...(rail && { rail }) })

const PLACES: Place[] = [
  place('/', 'posture.read', () => import('../home/home'), { sign: 'home', title: 'nav.home', group: 'see' }),
  place('/directives', 'posture.read', () => import('../directives/directives'), { sign: 'directives', title: 'nav.directives', group: 'see' }),
  place('/directives/:id', 'posture.read', () => import('../directives/directive')),
  place('/reports', 'evidence.read', () => import('../reports/reports'), { sign: 'reports', title: 'nav.reports', group: 'see' }),
  place('/figures', 'posture.read', () => import('../figures/figures'), { sign: 'figures', title: 'nav.figures', group: 'see' }),
  place('/units', 'unit.read', () => import('../units/units'), { sign: 'units', title: 'nav.units', group: 'see' }),
  place('/endpoints', 'endpoint.read', () => import('../endpoints/endpoints'), { sign: 'endpoints', title: 'nav.endpoints', group: 'work' }),
  place('/endpoints/:id', 'endpoint.read', () => import('../endpoints/endpoint')),
  place('/detections', 'evidence.read', () => import('../detections/detections'), { sign: 'detections', title: 'nav.detections', group: 'work' }),
  place('/detections/:id', 'evidence.read', () => import('../detections/detection')),
  place('/secrets', 'evidence.read', () => import('../secrets/secrets'), { sign: 'secrets', title: 'nav.secrets', group: 'work' }),
  place('/secrets/:id', 'evidence.read', () => import('../secrets/case')),
  place('/campaigns', 'endpoint.read', () => import('../campaigns/campaigns'), { sign: 'campaigns', title: 'nav.campaigns', group: 'work' }),
  place('/campaigns/:id', 'endpoint.read', () => import('../campaigns/campaign')),
  place('/content', 'endpoint.read', () => import('../content/content'), { sign: 'content', title: 'nav.content', group: 'work' }),
  place('/registers', 'register.read', () => import('../registers/menu'), { sign: 'registers', title: 'nav.registers', group: 'see' }),
  place('/registers/:register', 'register.read', () => import('../registers/list')),
  place('/registers/:register/new', 'register.read', () => import('../registers/form').then(({ NewRecord }) => ({ default: NewRecord }))),
  place('/registers/:register/import', 'register.read', () => import('../registers/import')),
  place('/registers/:register/:id', 'register.read', () => import('../registers/record')),
  place('/registers/:register/:id/edit', 'register.read', () => import('../registers/form').then(({ EditRecord }) => ({ default: EditRecord }))),
  place('/quiz/:id', '', () => import('../quiz/quiz')),
  place('/portals', 'register.read', () => import('../portals/portals'), { sign: 'portals', title: 'nav.portals', group: 'work' }),
  place('/portals/alarms/:id', 'register.read', () => import('../portals/alarm')),
  place('/portals/:id', 'register.read', () => import('../portals/portal')),
  place('/enrolment', 'token.manage', () => import('../enrolment/enrolment'), { sign: 'enrolment', title: 'nav.enrolment', group: 'work' }),
  place('/users', 'user.manage', () => import('../users/users'), { sign: 'users', title: 'nav.users', group: 'manage' }),
  place('/audit', 'audit.read', () => import('../audit/audit'), { sign: 'audit', title: 'nav.audit', group: 'manage' }),
  place('/account', '', () => import('../account/account')),
]

export const railPlaces = (me: Me) => PLACES.filter(({ rail, right }) => rail && may(me, right))

export function Places({ me }: { me: Me }) {
  return (
    <Suspense fallback={<Waiting rows={10} />}>
      <Switch>
        {PLACES.map(({ path, page: Page, right }) => (
          <Route key={path} path={path}>
            {params => (!right || may(me, right) ? <Page params={params as Params} /> : <NotHere text={t('forbidden')} />)}
          </Route>
        ))}
        <Route><NotHere /></Route>
      </Switch>
    </Suspense>
  )
}
