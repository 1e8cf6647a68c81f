import { setLanguage, t, useLanguage, type Language } from '../language'

const NAMES: Record<Language, string> = { vi: 'Tiếng Việt', en: 'English' }

/** Both languages side by side, each named in itself. */
export function LanguageSwitch({ short, onChange }: { short?: boolean; onChange?: (language: Language) => void }) {
  const current = useLanguage()
  return (
    <span className="language" role="group" aria-label={t('language')}>
      {(['vi', 'en'] as const).map(language => (
        <button key={language} type="button" lang={language} aria-pressed={language === current} aria-label={short ? `${language.toUpperCase()}, ${NAMES[language]}` : undefined}
          onClick={() => void setLanguage(language).then(() => onChange?.(language))}>
          {short ? language.toUpperCase() : NAMES[language]}
        </button>
      ))}
    </span>
  )
}
