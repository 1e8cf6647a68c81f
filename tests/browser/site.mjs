/**
 * A browser at a Khiên server, for the walks beside this file. The server is named by KHIEN_URL, the user by KHIEN_USER and KHIEN_PASSWORD;
 * a password that must be changed is changed to the one newPassword() gives, which later runs then find.
 */
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'

const require = createRequire(new URL('../../web/package.json', import.meta.url))

export const { KHIEN_URL: URL_OF_SERVER, KHIEN_USER: USER, KHIEN_PASSWORD: PASSWORD, KHIEN_OFFICE_PASSWORD: OFFICE_PASSWORD } = process.env
/** Said by every walk that cannot run. */
export const missing = URL_OF_SERVER && USER && PASSWORD ? false : 'KHIEN_URL, KHIEN_USER and KHIEN_PASSWORD name no server'

const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']
export const DESK = { width: 1366, height: 768 }
export const PHONE = { width: 390, height: 844 }

export const newPassword = () => `Doi-${PASSWORD}-9`

/** One browser with one page for all walks. `faults` gathers what must never happen: console errors, policy violations, requests elsewhere. */
export async function open() {
  const { chromium } = require('playwright-core')
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS })
  const context = await browser.newContext({ viewport: DESK, ignoreHTTPSErrors: true, locale: 'vi-VN', acceptDownloads: true })
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  const faults = []
  watch(page, faults)
  return { browser, context, page, faults }
}

function watch(page, faults) {
  page.on('pageerror', error => faults.push(`error on ${page.url()}: ${error.message}`))
  page.on('console', message => {
    if (message.type() === 'error' && !expected(message)) faults.push(`console on ${page.url()}: ${message.text()}`)
  })
  page.on('request', request => {
    const { protocol, origin } = new URL(request.url())
    if (protocol !== 'blob:' && origin !== new URL(URL_OF_SERVER).origin) faults.push(`request elsewhere: ${request.url()}`)
  })
}

/** The browser itself notes every refusal; only the two the walks ask for may be noted: a wrong password and a weak one. */
const expected = message => {
  const { url } = message.location()
  return (url.endsWith('/api/v1/session') && message.text().includes('401')) || (url.endsWith('/api/v1/me/password') && message.text().includes('400'))
}

export async function fillLogin(page, name, password) {
  await page.locator('input[name=username]').fill(name)
  await page.locator('input[name=current-password]').fill(password)
  await page.locator('button[type=submit]').click()
}

/** Where a login led: the overview, the change of the first password, or a refusal. */
export async function afterLogin(page) {
  const overview = page.locator('main#main h1')
  const change = page.locator('#password-title')
  const refusal = page.locator('[role=alert]')
  await overview.or(change).or(refusal).first().waitFor()
  return (await overview.count()) ? 'overview' : (await change.count()) ? 'change' : 'refused'
}

export async function changePassword(page, old, fresh) {
  await page.locator('input[name=current-password]').fill(old)
  const [first, second] = await page.locator('input[name=new-password]').all()
  await first.fill(fresh)
  await second.fill(fresh)
  await page.locator('button[type=submit]').click()
}

/** Logs in whatever was done before: with the given password, or with the one it was changed to. */
export async function logIn(page) {
  await fillLogin(page, USER, PASSWORD)
  let state = await afterLogin(page)
  if (state === 'refused') {
    await fillLogin(page, USER, newPassword())
    await page.locator('main#main h1').waitFor()
    return
  }
  if (state === 'change') {
    await changePassword(page, PASSWORD, newPassword())
    await page.locator('main#main h1').waitFor()
  }
}

/** Becomes one of the users of office.py: canbo (officer of a department), tructuyen (officer of the ward, on duty), lanhdao (leader), nguoixem (viewer of a school). */
export async function become(page, name) {
  await leave(page)
  await fillLogin(page, name, OFFICE_PASSWORD)
  await page.locator('main#main h1').waitFor()
}

/** Becomes the first administrator. */
export async function becomeAdmin(page) {
  await leave(page)
  await logIn(page)
}

async function leave(page) {
  if (page.url().startsWith(URL_OF_SERVER)) await page.evaluate(() => localStorage.removeItem('khien.session'))
  await page.context().clearCookies()
  await page.goto(URL_OF_SERVER)
}

/** A write of the API by the user of the page, as from another window. */
export const write = (page, method, path, body) =>
  page.evaluate(([verb, address, sent]) => fetch(address, { method: verb, headers: { 'x-khien': '1', 'content-type': 'application/json' }, body: JSON.stringify(sent) }).then(answer => answer.json()), [method, `/api/v1${path}`, body])

export const visit = async (page, path) => {
  await page.goto(URL_OF_SERVER + path)
  await page.locator('main#main h1').waitFor()
  await page.waitForLoadState('networkidle')
}

/** The API's own answer, with the cookie of the page. */
export const ask = (page, path) => page.evaluate(address => fetch(address).then(answer => answer.json()), `/api/v1${path}`)

/** What axe finds wrong for people who see, hear or move differently (WCAG 2.1 A and AA), as sentences. */
export async function barriers(page) {
  await page.evaluate(readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8'))
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] }))
  return violations.flatMap(({ id, nodes }) => nodes.map(node => `${id}: ${node.html.slice(0, 200)}`))
}

/** What a person does on a page of the console; `page` is asked for each time. */
export const hands = page => {
  const field = label => page().locator('.ant-form-item', { has: page().locator('label', { hasText: new RegExp(`^${label}$`) }) })
  const dialog = () => page().locator('.ant-modal')
  return {
    field, dialog,
    rows: () => page().locator('main#main .table tbody tr'),
    button: name => page().getByRole('button', { name, exact: true }),
    confirm: () => dialog().locator('.ant-modal-footer .ant-btn').last().click(),
    find: async (register, text) => (await ask(page(), `/registers/${register}/records?text=${encodeURIComponent(text)}`)).items[0],
    choose: async (label, option) => {
      await field(label).locator('.ant-select').click()
      await page().locator('.ant-select-dropdown:not(.ant-select-dropdown-hidden) .ant-select-item-option', { hasText: option }).first().click()
    },
  }
}

/** A picture for people, in the directory that KHIEN_LOOK names; without one, none. */
export const look = async (page, name) => {
  if (process.env.KHIEN_LOOK) await page.screenshot({ path: `${process.env.KHIEN_LOOK}/${name}.png` })
}
