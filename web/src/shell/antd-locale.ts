import english from 'antd/locale/en_GB'
import vietnamese from 'antd/locale/vi_VN'
import type { Language } from '../language'

export const antdLocale = (language: Language) => (language === 'en' ? english : vietnamese)
