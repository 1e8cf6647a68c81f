/**
 * Language of the console: texts and how numbers and times are written.
 *
 * `t('login.title')` reads `web.login.title` of spec/i18n/{vi,en}/web.yaml; parts in {braces} are filled from the second argument. It is a
 * plain function: the root component subscribes to the language and draws everything anew when it changes, keeping all state.
 */
import { useSyncExternalStore } from 'react'
import type vietnamese from './gen/messages.vi.json'
import type { Words } from './gen/api'

export type Language = 'vi' | 'en'
export type Key = keyof typeof vietnamese extends infer K ? (K extends `web.${infer Own}` ? Own : never) : never
export type Parts = Record<string, string | number>

const STORED = 'khien.language'
const LOAD: Record<Language, () => Promise<{ default: Record<string, string> }>> = {
  vi: () => import('./gen/messages.vi.json'),
  en: () => import('./gen/messages.en.json'),
}

let language: Language = 'vi'
let texts: Record<string, string> = {}
const listeners = new Set<() => void>()

/** Texts are there when the promise is; until then the old language stays. */
export async function setLanguage(wanted: Language): Promise<void> {
  texts = (await LOAD[wanted]()).default
  language = wanted
  localStorage.setItem(STORED, wanted)
  document.documentElement.lang = wanted
  for (const listener of listeners) listener()
}

/** The language last used on this computer; Vietnamese at first. */
export const storedLanguage = (): Language => (localStorage.getItem(STORED) === 'en' ? 'en' : 'vi')

export const currentLanguage = (): Language => language

export function useLanguage(): Language {
  return useSyncExternalStore(onLanguage, currentLanguage)
}

function onLanguage(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function t(key: Key, parts?: Parts): string {
  return fill(texts[`web.${key}`] ?? key, parts)
}

/** The text of a word that comes from the server (a role, a state, a kind…); one this console does not know yet is shown as it is. */
export function word(group: string, value: string): string {
  return texts[`web.${group}.${value}`] ?? value
}

export function words(pair: Words): string {
  return language === 'en' ? pair.en || pair.vi : pair.vi
}

function fill(text: string, parts: Parts = {}): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = parts[name]
    return value === undefined ? whole : typeof value === 'number' ? value.toLocaleString(locale()) : value
  })
}

export const locale = (): string => (language === 'en' ? 'en-US' : 'vi-VN')
