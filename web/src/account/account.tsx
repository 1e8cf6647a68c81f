import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { number, time } from '../format'
import { t, words } from '../language'
import { Loaded } from '../parts/loaded'
import { notify } from '../parts/notices'
import { Facts, Page, Section } from '../parts/page'
import * as queries from '../queries'
import { useMe } from '../session'
import { NewPassword } from '../login/new-password'

export default function Account() {
  const me = useMe()
  const about = useQuery(queries.about)
  const [times, setTimes] = useState(0) // a changed password empties the form
  return (
    <Page title={t('nav.account')}>
      <div className="halves">
        <div>
          <Section title={me.full_name || me.name}>
            <Facts items={[[t('login.name'), me.name], [t('user.role'), words(me.role_label)], [t('unit'), me.unit.name]]} />
          </Section>
          <Section title={t('about')}>
            <Loaded query={about} rows={3}>
              {data => (
                <Facts
                  items={[
                    [t('about.version'), `${data.product} ${data.version}`],
                    [t('about.started'), time(data.started_s)],
                    [t('about.loaded'), t('about.loaded.text', { controls: number(data.controls), figures: number(data.figures), directives: number(data.directives), tables: number(data.fact_tables) })],
                  ]}
                />
              )}
            </Loaded>
          </Section>
        </div>
        <section className="card">
          <NewPassword key={times} onDone={() => { notify(t('password.changed')); setTimes(times + 1) }} />
        </section>
      </div>
    </Page>
  )
}
