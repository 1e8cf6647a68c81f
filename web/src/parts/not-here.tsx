import { Link } from 'wouter'
import { t } from '../language'
import { Empty } from './loaded'
import { Page } from './page'

export const WayHome = () => <Link className="act" href="/">{t('not_found.home')}</Link>

/** Stands where no page is: says so in the heading and the title, and leads home. */
export const NotHere = ({ text }: { text?: string }) => (
  <Page title={text ?? t('not_found')} lead={text ? undefined : t('not_found.why')}>
    <Empty><WayHome /></Empty>
  </Page>
)
