import { t } from '../language'
import { CopyBox } from './copy-box'

/** Three steps for somebody who has never seen a terminal. */
export const EnrolSteps = ({ link }: { link: string }) => (
  <ol className="enrol-steps">
    <li>
      <strong>{t('enrol.step.install')}</strong>
      <p>{t('enrol.step.install.how')}</p>
      <CopyBox text="sudo apt install ./khien-agent_*.deb" />
    </li>
    <li>
      <strong>{t('enrol.step.enrol')}</strong>
      <p>{t('enrol.step.enrol.how')}</p>
      <CopyBox text={`sudo khien enroll '${link}'`} />
    </li>
    <li>
      <strong>{t('enrol.step.check')}</strong>
      <p>{t('enrol.step.check.how')}</p>
    </li>
  </ol>
)
