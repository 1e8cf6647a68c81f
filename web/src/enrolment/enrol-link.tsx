import '../style/login.css'
import { t } from '../language'
import { Emblem } from '../parts/icons'
import { LanguageSwitch } from '../parts/language-switch'
import { EnrolSteps } from './steps'

/** What an enrolment link shows when it is opened in a browser: what it is for, and the three steps. Nobody needs to log in for it. */
export default function EnrolLink({ token }: { token: string }) {
  const link = `${location.origin}/e/${token}${location.hash}`
  return (
    <main className="login enrol-page">
      <header className="login-brand">
        <Emblem />
        <div><strong>Khiên</strong><span>{t('product')}</span></div>
      </header>
      <section className="login-form">
        <h1>{t('enrol.page.title')}</h1>
        <p>{t('enrol.page.lead')}</p>
        {location.hash.length < 2 && <p className="login-error" role="alert">{t('enrol.page.cut')}</p>}
        <EnrolSteps link={link} />
      </section>
      <footer className="login-foot"><LanguageSwitch /></footer>
    </main>
  )
}
