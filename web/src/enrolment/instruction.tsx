import { Button } from 'antd'
import type { TokenCreated } from '../gen/api'
import { number, time } from '../format'
import { t } from '../language'
import { Icon } from '../parts/icons'
import { Page } from '../parts/page'
import { CopyBox } from './copy-box'
import { Qr } from './qr'
import { EnrolSteps } from './steps'

/** The one time a link is shown: to copy, to scan, or to print and hand to whoever sets up the machines. */
export function Instruction({ made: { token, link, qr_svg }, onClose }: { made: TokenCreated; onClose: () => void }) {
  return (
    <Page title={t('enrol.title', { unit: token.unit.name })} lead={t('enrol.once')}
      acts={<><Button icon={<Icon sign="print" />} onClick={() => print()}>{t('print')}</Button><Button type="primary" onClick={onClose}>{t('enrol.done')}</Button></>}>
      <section className="card instruction">
        <div className="instruction-link">
          <Qr svg={qr_svg} label={t('enrol.qr')} />
          <div>
            <h2>{t('enrol.link')}</h2>
            <CopyBox text={link} />
            <p className="soft">{t('enrol.limits', { uses: number(token.uses), time: time(token.expires_s) })}</p>
          </div>
        </div>
        <EnrolSteps link={link} />
      </section>
    </Page>
  )
}
