/** What the watcher knows of the portals in the register: fetched every so many minutes for 30 days; those with an open alarm stand first. */
import { missing } from './refusal.mjs'
import { find, recordsOf } from './store.mjs'
import { DAY, NOW, chance, reference } from './world.mjs'

const HEADERS = ['Strict-Transport-Security', 'Content-Security-Policy', 'X-Frame-Options', 'X-Content-Type-Options', 'Referrer-Policy']
const DAYS = 30
const MINUTES = 60
const asIs = ['kind', 'page', 'detail', 'seen_s', 'since_s', 'confirmed_s', 'closed_s']

const periodOf = portal => (portal.fields.every_minutes ?? MINUTES) * 60
const checkedOf = portal => NOW - Math.floor(chance('checked', portal.id) * periodOf(portal))
const alarmShown = one => ({ id: one.id, state: one.state, ...Object.fromEntries(asIs.map(name => [name, one.fields[name]])) })
const alarmsOf = portal => recordsOf('portal_alarm').filter(one => one.fields.portal === portal.id).sort((a, b) => b.id - a.id)
const openOf = portal => alarmsOf(portal).filter(one => one.fields.closed_s === null)

/** Of one day in ten two fetches did not come. */
function daysOf(portal) {
  const today = Math.floor((NOW + 7 * 3600) / DAY)
  const fetches = Math.floor(DAY / periodOf(portal))
  return Array.from({ length: DAYS }, (_, n) => ({ day: today - DAYS + n, fetches, up: fetches - (chance(portal.id, 'day', n) < 0.1 ? 2 : 0) }))
}

function portalOf(portal) {
  const days = daysOf(portal)
  const sum = name => days.reduce((total, day) => total + day[name], 0)
  const checked_s = checkedOf(portal)
  const open = openOf(portal)
  const host = new URL(portal.fields.url).hostname
  return {
    id: portal.id, name: portal.fields.name, url: portal.fields.url, unit: reference(portal.unit), state: portal.state, status: 'up', checked_s,
    good_s: open.length ? Math.min(...open.map(one => one.fields.since_s)) : checked_s, next_s: portal.state === 'active' ? checked_s + periodOf(portal) : null, ms: fetchesOf(portal)[0].ms, leads_to: portal.fields.url,
    uptime: (100 * sum('up')) / sum('fetches'), fetches: sum('fetches'), alarms: open.length,
    certificate: { until_s: NOW + (40 + portal.id) * DAY, days: 40 + portal.id, issuer: 'Example CA', trusted: true, name_fits: true },
    headers: HEADERS.map((name, n) => ({ name, there: n < 3 })), addresses: [`203.0.113.${portal.id}`], servers: [`ns1.${host}`, `ns2.${host}`],
  }
}

/** The latest: strange ones since the page that an open alarm is about. */
const fetchesOf = portal => Array.from({ length: 20 }, (_, n) => {
  const at_s = checkedOf(portal) - n * periodOf(portal)
  const good = !openOf(portal).some(one => one.fields.since_s < at_s)
  return { at_s, status: 'up', http: 200, ms: 180 + Math.floor(chance(portal.id, 'ms', n) * 200), bytes: 48_200 + (good ? 0 : 640), text_change: good ? 0 : 3, shape_change: good ? 0 : 2, good }
})

const pagesOf = portal => ['', 'tin-tuc', 'lien-he'].map((path, n) => ({ url: portal.fields.url + path, fetches: 40 - n, changing: n === 1 ? 3 : 0, learned_s: NOW - 60 * DAY }))

const LINES = ['Trang thông tin điện tử', 'Tin tức – Sự kiện', 'Thủ tục hành chính', 'Liên hệ']
const STRANGE = 'Nhà cái uy tín – đăng ký ngay'

function mine(register, id, scope) {
  const record = find(register, id)
  if (!scope().has(record.unit)) throw missing()
  return record
}

export const portals = {
  portal_list: ({ query, scope }) => {
    const all = recordsOf('portal').filter(one => one.state !== 'ended' && scope(query.unit).has(one.unit)).map(portalOf).sort((a, b) => b.alarms - a.alarms || a.name.localeCompare(b.name, 'vi'))
    return { items: all.slice(query.offset, query.offset + query.limit), total: all.length }
  },
  portal_show: ({ params, scope }) => {
    const portal = mine('portal', params.portal, scope)
    return { portal: portalOf(portal), pages: pagesOf(portal), fetches: fetchesOf(portal), days: daysOf(portal), alarms: alarmsOf(portal).map(alarmShown) }
  },
  portal_fetch: ({ params, scope }) => void mine('portal', params.portal, scope),
  portal_alarm: ({ params, scope }) => {
    const lines = LINES.map(text => ({ text, alone: false }))
    return { alarm: alarmShown(mine('portal_alarm', params.alarm, scope)), before: lines, after: [...lines, { text: STRANGE, alone: true }] }
  },
}
