import { useQuery } from '@tanstack/react-query'
import { Modal } from 'antd'
import { number } from '../format'
import { t } from '../language'
import { Loaded } from '../parts/loaded'
import * as queries from '../queries'
import { UnitTree } from './unit-tree'

/** A dialog to choose a unit of the tree. */
export default function UnitPicker({ chosen, onPick, onClose }: { chosen: string; onPick: (code: string) => void; onClose: () => void }) {
  const query = useQuery(queries.units())
  return (
    <Modal open title={t('unit.choose')} footer={null} onCancel={onClose} width={560} destroyOnHidden>
      <Loaded query={query}>
        {({ items }) => (
          <UnitTree units={items} chosen={chosen} onChoose={onPick} height={380}
            row={unit => <><span>{unit.name}</span><span className="soft small">{t('units.machines', { count: number(unit.endpoints) })}</span></>} />
        )}
      </Loaded>
    </Modal>
  )
}
