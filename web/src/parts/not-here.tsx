import { Link } from 'wouter'
import { t } from '../language'
import { Empty } from './loaded'
import { Page } from './page'

/** Stands where no page is: says so in the heading and the title, and leads home. */
export const NotHere = ({ text = t('not_found') }: { text?: string }) => (
  <Page title={text}>
    <Empty><Link href="/">{t('nav.home')}</Link></Empty>
  </Page>
)
