import { t } from '../language'

/** Yes, no or not said; works inside an Ant Design form item. */
export function YesNo({ id, value, onChange, required }: { id?: string; value?: boolean | null; onChange?: (value: boolean | null) => void; required?: boolean }) {
  const choices: [string, boolean | null][] = [[t('yes'), true], [t('no'), false], ...(required ? [] : [[t('not_said'), null] as [string, null]])]
  return (
    <div className="yes-no" id={id} role="radiogroup">
      {choices.map(([label, choice]) => (
        <label key={label}>
          <input type="radio" name={id} checked={(value ?? null) === choice && (choice !== null || !required)} onChange={() => onChange?.(choice)} />
          {label}
        </label>
      ))}
    </div>
  )
}
