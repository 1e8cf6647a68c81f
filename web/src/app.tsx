import { lazy, Suspense, useEffect, useState } from 'react'
import { useRoute } from 'wouter'
import { useLanguage } from './language'
import { Login } from './login/login'
import { NewPassword } from './login/new-password'
import { ErrorBoundary } from './parts/error-boundary'
import { Failure, Waiting } from './parts/loaded'
import { startSession, useSession } from './session'

/** Everything behind the login comes in a second part, fetched while the user types the password. */
const loadShell = () => import('./shell/shell')
const Shell = lazy(loadShell)
const EnrolLink = lazy(() => import('./enrolment/enrol-link'))

export function App() {
  useLanguage()
  const session = useSession()
  const [failure, setFailure] = useState<unknown>(null)
  const [isEnrolLink, enrolLink] = useRoute('/e/:token')
  useEffect(() => void startSession().catch(setFailure), [])
  useEffect(() => {
    if (session.state === 'out' && !isEnrolLink) void loadShell()
  }, [session.state, isEnrolLink])

  if (failure) return <Failure error={failure} retry={() => location.reload()} />
  if (session.state === 'starting') return null
  if (isEnrolLink) return <Suspense><EnrolLink token={enrolLink.token} /></Suspense>
  if (session.state === 'out') return <Login />
  if (session.me.must_change) return <NewPassword forced />
  return (
    <ErrorBoundary>
      <Suspense fallback={<Waiting />}>
        <Shell />
      </Suspense>
      {session.state === 'expired' && <Login over={session.me} />}
    </ErrorBoundary>
  )
}
