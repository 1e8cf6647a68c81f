import { Button } from 'antd'
import { lazy, Suspense, useState } from 'react'
import { t } from '../language'
import { Icon } from '../parts/icons'

const IncidentForm = lazy(() => import('../registers/incident-form'))

/** On every page, for everybody: a short form, so that nothing stands between seeing something and saying so. */
export function ReportIncident() {
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button danger className="report-incident" aria-haspopup="dialog" icon={<Icon sign="warning" />} onClick={() => setOpen(true)}>{t('incident.report')}</Button>
      {open && <Suspense><IncidentForm onClose={() => setOpen(false)} /></Suspense>}
    </>
  )
}
