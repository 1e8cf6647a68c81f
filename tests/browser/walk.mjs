/** One browser and one page for all walks of a file, and what a person does on it. */
import { after, before, test } from 'node:test'
import { hands, missing, open } from './site.mjs'

let browser
export let page, faults

before(async () => {
  if (!missing) ({ browser, page, faults } = await open())
})
after(() => browser?.close())

export const walk = (name, steps) => test(name, { skip: missing, timeout: 120_000 }, steps)
export const { rows, button, field, dialog, confirm, find, choose } = hands(() => page)
