/** The console in Debian's Chromium against a real server: node --test tests/browser/ (see site.mjs for what it needs). */
import assert from 'node:assert/strict'
import { afterLogin, ask, barriers, changePassword, DESK, fillLogin, logIn, newPassword, PASSWORD, PHONE, URL_OF_SERVER, USER, visit } from './site.mjs'
import { faults, page, walk } from './walk.mjs'

const heading = () => page.locator('main#main h1').innerText()
const rows = () => page.locator('main#main tbody tr')
/** Beside a chart, whose numbers stand in a table for screen readers. */
const listed = () => page.locator('main#main .table tbody tr')
const STATE_WORDS = ['Đạt', 'Đạt một phần', 'Chưa đạt', 'Chưa đo được', 'Không áp dụng']

walk('login: a wrong password is refused in words and opens nothing', async () => {
  await page.goto(URL_OF_SERVER)
  await fillLogin(page, USER, 'sai-hoan-toan-2026')
  assert.equal(await afterLogin(page), 'refused')
  assert.match(await page.locator('[role=alert]').innerText(), /không đúng/)
  assert.equal(await page.locator('main#main').count(), 0)
  assert.equal((await page.request.get(`${URL_OF_SERVER}/api/v1/units`)).status(), 401)
})

walk('login: the first password must be changed, and a weak one is refused with the reason', async t => {
  await fillLogin(page, USER, PASSWORD)
  const state = await afterLogin(page)
  if (state !== 'change') {
    if (state === 'refused') await logIn(page)
    return t.skip('the password was changed before')
  }
  await changePassword(page, PASSWORD, 'ngan')
  assert.match(await page.locator('[role=alert]').innerText(), /chưa đủ mạnh/)
  await changePassword(page, PASSWORD, newPassword())
  await page.locator('main#main h1').waitFor()
})

walk('login: a page that was asked for opens after the login', async () => {
  await page.context().clearCookies()
  await page.goto(`${URL_OF_SERVER}/directives`)
  await logIn(page)
  assert.equal(await heading(), 'Văn bản chỉ đạo')
})

walk('language: English and back, kept over a reload', async () => {
  await visit(page, '/endpoints')
  await page.getByRole('button', { name: 'English' }).click()
  await page.getByRole('heading', { level: 1, name: 'Machines' }).waitFor()
  assert.equal(await page.locator('html').getAttribute('lang'), 'en')
  await page.reload()
  await page.getByRole('heading', { level: 1, name: 'Machines' }).waitFor()
  await page.getByRole('button', { name: 'Tiếng Việt' }).click()
  await page.getByRole('heading', { level: 1, name: 'Máy tính' }).waitFor()
})

walk('overview: main figures, what to do first with remedies, trend, directives', async () => {
  await visit(page, '/')
  const me = await ask(page, '/me')
  assert.equal(await heading(), me.unit.name)
  assert.equal(await page.locator('.tile').count(), 6)
  const failing = (await ask(page, `/units/${me.unit.code}/posture`)).items.filter(item => item.counts.fail > 0)
  assert.equal(await page.locator('.first-thing').count(), Math.min(8, failing.length))
  if (failing.length) {
    await page.locator('.first-thing summary').first().click()
    assert.ok(await page.locator('.first-thing .remedy').first().innerText())
  }
  assert.equal(await page.locator('.directive-bars > li').count(), (await ask(page, '/directives')).total)
})

walk('units: search without marks finds, choosing one changes what every page is about', async () => {
  const { items } = await ask(page, '/units')
  const wanted = items.at(-1)
  await visit(page, '/units')
  await page.locator('.units-tree [data-search]').fill(wanted.name.normalize('NFD').replace(/\p{M}/gu, '').replace(/đ/g, 'd').replace(/Đ/g, 'D'))
  await page.locator('.unit-hit', { hasText: wanted.name }).first().click()
  await page.locator('.units-chosen h2', { hasText: wanted.name }).waitFor()
  await page.getByRole('link', { name: 'Máy tính' }).click()
  await page.getByRole('heading', { level: 1, name: 'Máy tính' }).waitFor()
  assert.match(await page.locator('.top-unit').innerText(), new RegExp(wanted.name.replace(/[()]/g, '\\$&')))
})

walk('units: the units below are compared cell by cell', async () => {
  const { unit } = await ask(page, '/me')
  const compared = await ask(page, `/units/${unit.code}/comparison`)
  await visit(page, '/units')
  await page.getByLabel('Cả phép kiểm đã đạt').check()
  await page.locator('.heat').waitFor()
  assert.equal(await page.locator('.heat-cell').count(), compared.items.length * compared.controls.length)
  assert.equal(await page.locator('.heat-cell [role=img]').count(), compared.items.length * compared.controls.length, 'every cell has a sign with a word')
})

walk('endpoints: a machine that must never be linked and was seen on the network stands out in the list and on its page', async () => {
  await visit(page, '/endpoints')
  const row = rows().filter({ hasText: 'SOAN-THAO-01' })
  assert.match(await row.innerText(), /Đã lên mạng: vi phạm/)
  await row.getByRole('link').first().click()
  await page.getByRole('heading', { level: 1, name: 'SOAN-THAO-01' }).waitFor()
  assert.match(await page.locator('[role=alert]').innerText(), /không được nối mạng mà đã thấy trên mạng/)
  const failing = page.locator('.answer').filter({ hasText: 'chưa từng thấy trên mạng' })
  await failing.locator('summary').click()
  await failing.getByText('Đã xin ghi danh qua mạng cách đây 1 ngày').waitFor()
  await page.getByRole('button', { name: 'English' }).click()
  await failing.or(page.locator('.answer').filter({ hasText: 'never seen on the network' })).getByText('Asked to enrol over the network 1 days ago').waitFor()
  await page.getByRole('button', { name: 'Tiếng Việt' }).click()
  await failing.getByText('Đã xin ghi danh qua mạng').waitFor()
})

walk('figures: K26 counts controls, and opens the ones it counted', async () => {
  await visit(page, '/figures')
  const row = rows().filter({ hasText: 'K26' })
  const part = row.locator('.figure-parts li').filter({ hasText: 'Biện pháp chưa đạt' })
  const counted = Number(await part.locator('b').innerText())
  await part.getByRole('link').click()
  await page.locator('.filter').filter({ hasText: 'K26' }).waitFor()
  assert.equal(await rows().count(), counted)
  assert.ok(counted > 0)
})

walk('endpoints: search, sort, open by keyboard, conclusions with what was seen, why and what to do', async () => {
  const { items, total } = await ask(page, '/endpoints?limit=500')
  await visit(page, '/endpoints')
  assert.equal(await rows().count(), Math.min(50, total))
  await page.locator('main [data-search]').fill(items[0].hostname)
  await page.waitForURL(/text=/)
  await page.getByRole('button', { name: 'Phép kiểm' }).click()
  await page.waitForURL(/sort=fail/)
  await rows().first().focus()
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/endpoints\/[0-9a-f-]{36}/)
  const answer = page.locator('details.answer').first()
  await answer.locator('summary').click()
  await answer.locator('.seen li').first().waitFor()
  assert.match(await answer.innerText(), /Vì sao cần/)
})

walk('endpoints: facts by table, searched; what was not measured says so', async () => {
  const { items } = await ask(page, '/endpoints?role=internet') // machines with an agent
  const { facts } = await ask(page, `/endpoints/${items[0].id}`)
  await visit(page, `/endpoints/${items[0].id}?tab=facts&table=packages`)
  assert.equal(await page.locator('.fact-list a').count(), facts.length)
  const packages = await ask(page, `/endpoints/${items[0].id}/facts/packages`)
  assert.equal(await rows().count(), Math.min(50, packages.total))
  await page.locator('.fact-shown [data-search]').fill('zzz-khong-co')
  await page.locator('.fact-shown .empty').waitFor()
  const open = facts.find(fact => fact.state !== 'measured')
  if (!open) return
  await page.locator('.fact-list a', { hasText: open.label.vi }).first().click()
  assert.match(await page.locator('.fact-shown .empty').innerText(), /Chưa đo được|chưa gửi/)
})

walk('endpoints: detections, orders and health have their places', async () => {
  const { items } = await ask(page, '/endpoints?role=internet') // machines with an agent
  for (const tab of ['detections', 'orders', 'health']) {
    await visit(page, `/endpoints/${items[0].id}?tab=${tab}`)
    assert.equal(await page.locator('.failure').count(), 0, tab)
  }
})

walk('detections: clocks in words, filtered by them; what came back says so; the weeks are drawn', async () => {
  await visit(page, '/detections?text=Thu_')
  const row = name => listed().filter({ hasText: name })
  assert.match(await row('Thu_Moi.bin').innerText(), /Còn \d+ giờ.* để xác minh/)
  assert.match(await row('Thu_Cu.bin').innerText(), /Quá hạn xác minh/)
  assert.match(await row('Thu_De_Lau').innerText(), /Quá hạn xử lý 1 ngày/)
  assert.match(await row('Thu_Xong').innerText(), /Xử lý sau 10 giờ/)
  assert.equal(await page.locator('.mark.again').count(), 1)
  await page.locator('.weeks canvas').waitFor()
  const weeks = (await ask(page, `/units/${(await ask(page, '/me')).unit.code}/detection-weeks`)).items
  assert.equal(await page.locator('.weeks tbody tr').count(), weeks.length)
  assert.ok(weeks.reduce((sum, week) => sum + week.found, 0) >= 6)
  await visit(page, '/detections?text=Thu_&clock=handle_overdue')
  await listed().first().waitFor()
  assert.deepEqual(await listed().locator('.rule-name').allInnerTexts(), ['Thu_De_Lau'])
  await visit(page, '/detections?text=Thu_&clock=verify_overdue')
  await listed().first().waitFor()
  assert.deepEqual(await listed().locator('.rule-name').allInnerTexts(), ['Thu_Cu'])
})

walk('detections: an officer verifies, must say why it is a false alarm, and each act is on record', async () => {
  await visit(page, '/detections?text=Thu_Moi')
  await listed().first().focus()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: 'Thu_Moi' }).waitFor()
  await page.getByRole('button', { name: 'Xác minh' }).click()
  await page.locator('.ant-modal-footer .ant-btn-primary').click()
  await page.locator('.timeline li', { hasText: 'Đã xác minh' }).waitFor()
  assert.match(await page.locator('.clock-done').first().innerText(), /Xác minh sau 2 giờ/)
  await page.getByRole('button', { name: 'Báo nhầm' }).click()
  await page.locator('.ant-modal-footer .ant-btn-primary').click()
  await page.locator('.ant-form-item-explain-error').waitFor()
  await page.locator('.ant-modal textarea').fill('Công cụ của đơn vị')
  await page.locator('.ant-modal-footer .ant-btn-primary').click()
  const line = page.locator('.timeline li', { hasText: 'Báo nhầm' })
  await line.waitFor()
  assert.match(await line.innerText(), /Công cụ của đơn vị/)
  assert.equal(await page.locator('.timeline li').count(), 3)
  await page.getByRole('button', { name: 'Mở lại' }).waitFor()
  await visit(page, '/audit?text=detection.decide')
  assert.equal(await listed().count(), 2)
})

walk('campaigns: opened, followed by unit and machine, closed', async () => {
  await visit(page, '/campaigns')
  await page.getByRole('button', { name: 'Mở đợt quét' }).click()
  await page.getByLabel('Tên đợt quét').fill('Rà soát thử')
  await page.locator('.ant-modal-footer .ant-btn-primary').click()
  await page.getByRole('heading', { level: 1, name: 'Rà soát thử' }).waitFor()
  assert.match(page.url(), /\/campaigns\/\d+/)
  const { counts } = await ask(page, '/campaigns/1')
  assert.equal(counts.machines, 2)
  await page.locator('.campaign-units > li').first().waitFor()
  assert.equal(await page.locator('.campaign-units > li').count(), 2)
  assert.equal(await page.locator('.campaign-units .campaign-bar').count(), 2)
  await page.locator('.tabs a', { hasText: 'Theo máy' }).click()
  await rows().first().waitFor()
  assert.equal(await rows().count(), 2)
  const offline = rows().filter({ hasText: 'SOAN-THAO-01' })
  assert.match(await offline.innerText(), /Chưa nhận lệnh\s*Máy không nối mạng/)
  await page.getByRole('button', { name: 'English' }).click()
  await page.getByText('Not linked: scan it where it stands').waitFor()
  await page.getByRole('button', { name: 'Tiếng Việt' }).click()
  await page.getByRole('button', { name: 'Kết thúc đợt quét' }).click()
  await page.locator('.ant-popconfirm .ant-btn-dangerous').click()
  await page.getByText('Kết thúc', { exact: false }).first().waitFor()
  await page.getByRole('button', { name: 'Kết thúc đợt quét' }).waitFor({ state: 'detached' })
  assert.notEqual((await ask(page, '/campaigns/1')).closed_s, null)
})

const sections = title => page.locator('main#main section', { has: page.getByRole('heading', { level: 2, name: title, exact: true }) })

walk('documents marked secret: counted, drawn and followed case by case, neither name nor text anywhere', async () => {
  await visit(page, '/secrets')
  const cases = sections('Từng vụ').locator('tbody tr')
  await cases.first().waitFor()
  assert.equal(await cases.count(), 3)
  assert.match(await sections('Chờ xử lý theo đơn vị và độ mật').locator('tbody tr').innerText(), /Văn phòng UBND phường\s+1\s+2\s+1\s+0/)
  const drawn = sections('Chưa xử lý xong, cuối mỗi tuần')
  await drawn.locator('canvas').first().waitFor()
  assert.deepEqual((await drawn.locator('.for-readers tbody tr').last().locator('td').allTextContents()).map(Number), [0, 1, 2])
  assert.ok((await cases.first().locator('td, th').first().boundingBox()).height < 80, 'a row is as high as its words')
  assert.doesNotMatch(await page.content(), new RegExp(process.env.KHIEN_SECRET_NAME))

  await visit(page, '/secrets?level=toi_mat')
  await cases.filter({ hasText: 'TỐI MẬT' }).waitFor()
  assert.equal(await cases.count(), 1)
  await visit(page, '/secrets?level=tuyet_mat')
  await cases.nth(1).waitFor()
  await cases.first().locator('a.code').click()
  await page.getByRole('heading', { level: 1, name: /^Vụ [0-9a-f]{8}$/ }).waitFor()
  assert.match(await page.locator('.timeline li').innerText(), /Chờ xử lý/)
  assert.equal(await sections('Cùng nội dung ở nơi khác').locator('tbody tr').count(), 1)
  assert.match(await sections('Việc tiếp theo').innerText(), /Rút dây mạng/)
  assert.doesNotMatch(await page.content(), new RegExp(process.env.KHIEN_SECRET_NAME))
  assert.doesNotMatch(JSON.stringify(await ask(page, new URL(page.url()).pathname.replace('/secrets/', '/secret-cases/'))), new RegExp(process.env.KHIEN_SECRET_NAME))
  await page.getByRole('button', { name: 'Tìm lại ở máy này' }).click()
  await page.getByText('Đã ra lệnh', { exact: false }).first().waitFor()
})

walk('documents marked secret: every machine of the unit is ordered to search, but none that drafts secrets', async () => {
  await visit(page, '/secrets')
  await page.getByRole('button', { name: 'Tìm ở mọi máy của đơn vị' }).click()
  await page.getByLabel('Tên đợt quét').fill('Rà soát tài liệu mật')
  await page.locator('.ant-modal-footer .ant-btn-primary').click()
  await page.getByRole('heading', { level: 1, name: 'Rà soát tài liệu mật' }).waitFor()
  const path = new URL(page.url()).pathname
  const show = () => ask(page, path)
  assert.equal((await show()).counts.machines, 1)
  for (let n = 0; n < 60 && (await show()).counts.done === 0; n++) await page.waitForTimeout(1000)
  const { scan, counts } = await show()
  assert.deepEqual([scan, counts.done, counts.infected, counts.cleaned], ['search', 1, 1, 0])
  await visit(page, `${path}?tab=machines`)
  await rows().first().waitFor()
  assert.match(await rows().innerText(), /Đã tìm trọn vẹn[\s\S]*3 tài liệu mang dấu mật, còn 3 chưa xong/)
  await visit(page, '/campaigns')
  assert.match(await rows().filter({ hasText: 'Rà soát tài liệu mật' }).innerText(), /Tìm tài liệu có dấu mật/)
})

walk('malware content: what is handed out, and that a machine has not said what it has', async () => {
  await visit(page, '/content')
  assert.match(await page.locator('main .empty').innerText(), /chưa phát gói nội dung nào/)
  assert.match(await rows().first().innerText(), /Chưa báo/)
})

walk('directives: five dispatches, 105 clauses, each with its words, state and what is missing', async () => {
  const { items } = await ask(page, '/directives')
  assert.equal(items.length, 5)
  let clauses = 0
  for (const item of items) {
    await visit(page, `/directives/${item.id}`)
    const shown = await page.locator('.clause').evaluateAll(cards => cards.map(card => ({
      id: card.id,
      quote: card.querySelector('blockquote').textContent,
      state: card.querySelector('.clause-head .mark').textContent,
      needs: card.querySelectorAll('.clause-needs li').length,
    })))
    const asked = (await ask(page, `/directives/${item.id}`)).clauses
    assert.deepEqual(shown.map(({ id, quote, needs }) => ({ id, quote, needs })), asked.map(({ id, quote, needs }) => ({ id, quote: `“${quote}”`, needs: needs.length })))
    for (const { id, state } of shown) assert.ok(STATE_WORDS.includes(state), `${id}: ${state}`)
    clauses += shown.length
  }
  assert.equal(clauses, 105)
})

walk('directives: a number opens the very rows it was counted from; Esc closes, Back and the address keep it', async () => {
  const { items } = await ask(page, '/directives')
  const data = await Promise.all(items.map(item => ask(page, `/directives/${item.id}`)))
  const sum = counts => Object.values(counts).reduce((a, b) => a + b, 0)
  const [directive, control] = data.flatMap(one => one.clauses.flatMap(clause => clause.controls.map(posture => [one, posture]))).find(([, posture]) => sum(posture.counts) > 0)
  await visit(page, `/directives/${directive.directive.id}`)
  await page.locator(`.control-line [data-drill="${control.control}"]`).first().click()
  const drawer = page.locator('.drill-drawer')
  await drawer.locator('tbody tr').first().waitFor()
  assert.equal(await drawer.locator('tbody tr').count(), Math.min(50, sum(control.counts)))
  assert.equal(await drawer.locator('tbody tr .mark').count(), await drawer.locator('tbody tr').count(), 'every row has its answer')
  const address = page.url()
  assert.match(address, new RegExp(`rows=${control.control}`))
  await page.keyboard.press('Escape')
  await drawer.waitFor({ state: 'detached' })
  await page.goto(address)
  await drawer.locator('tbody tr').first().waitFor()
  await page.keyboard.press('Escape')
})

walk('directives: filter by state, units below, a past day, the file and the paper', async () => {
  const { items } = await ask(page, '/directives')
  await visit(page, `/directives/${items[0].id}`)
  const all = await page.locator('.clause').count()
  await page.locator('.clause-summary .tally-pick').nth(3).click()
  await page.waitForURL(/state=not_measured/)
  assert.equal(await page.locator('.clause').count(), (await ask(page, `/directives/${items[0].id}`)).clauses.filter(({ state }) => state === 'not_measured').length)
  assert.ok((await page.locator('.clause').count()) < all || items[0].states.not_measured === all)
  await visit(page, `/directives/${items[0].id}?tab=units`)
  assert.equal(await page.locator('.failure').count(), 0)
  await visit(page, `/directives/${items[0].id}?at=2026-01-01`)
  assert.equal(await page.locator('.clause').count(), all)
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByText('Tải bảng CSV').click()])
  assert.match(file.suggestedFilename(), /\.csv$/)
  await page.emulateMedia({ media: 'print' })
  assert.equal(await page.locator('.rail').isVisible(), false)
  assert.equal(await page.locator('.print-only').isVisible(), true)
  await page.emulateMedia({ media: 'screen' })
})

walk('figures, controls and the law in force: all of them', async () => {
  const { unit } = await ask(page, '/me')
  await visit(page, '/figures')
  assert.equal(await rows().count(), 40)
  assert.equal((await ask(page, `/units/${unit.code}/figures`)).total, 40)
  await visit(page, '/figures?tab=controls')
  assert.equal(await rows().count(), (await ask(page, '/controls')).total)
  await visit(page, '/figures?tab=law')
  assert.equal(await rows().count(), (await ask(page, '/law')).total)
})

walk('enrolment: a token gives link, QR and three steps, once; the link’s own page needs no login', async () => {
  await visit(page, '/enrolment')
  await page.getByRole('button', { name: 'Cấp mã ghi danh' }).click()
  await page.locator('.ant-modal-footer .ant-btn-primary').click()
  await page.locator('.instruction .qr svg').waitFor()
  const link = await page.locator('.instruction-link code').innerText()
  assert.match(link, /^https:\/\/[^/]+\/e\/[\w-]{32}#[\w-]{43}$/)
  assert.equal(await page.locator('.enrol-steps > li').count(), 3)
  await page.getByRole('button', { name: 'Xong' }).click()
  await rows().first().waitFor()
  assert.ok(!(await page.content()).includes(link.slice(-40)))
  await page.goto(URL_OF_SERVER + link.slice(new URL(link).origin.length))
  await page.locator('.enrol-page .enrol-steps li').first().waitFor()
  assert.match(await page.locator('.enrol-page').innerText(), /khien enroll/)
})

walk('users: a new one gets a first password, shown once; the audit log names it', async () => {
  const name = `thu.${Date.now().toString(36)}`
  await visit(page, '/users')
  await page.getByRole('button', { name: 'Thêm người dùng' }).click()
  await page.getByLabel('Họ và tên').fill('Người dùng thử')
  await page.getByLabel('Tên đăng nhập').fill(name)
  await page.locator('.ant-modal-footer .ant-btn-primary').click()
  await page.getByText('Mật khẩu ban đầu của').waitFor()
  await page.getByRole('button', { name: 'Đã ghi lại' }).click()
  await page.locator('tbody tr', { hasText: name }).waitFor()
  await visit(page, `/audit?text=${name}`)
  await rows().first().waitFor()
})

walk('keyboard only: skip link, rail, search by "/", a row, a drawer, and back', async () => {
  await visit(page, '/')
  await page.keyboard.press('Tab')
  for (let n = 0; n < 40 && !(await focused('.skip')); n++) await page.keyboard.press('Shift+Tab')
  assert.ok(await focused('.skip'), 'the skip link is reached')
  await page.keyboard.press('Enter')
  assert.ok(await focused('main#main'))
  for (let n = 0; n < 60 && !(await focused('.rail a[href^="/endpoints"]')); n++) await page.keyboard.press('Shift+Tab')
  assert.ok(await ring(), 'the focus can be seen')
  await page.keyboard.press('Enter')
  await rows().first().waitFor()
  await page.keyboard.press('/')
  assert.ok(await focused('[data-search]'))
  for (let n = 0; n < 40 && !(await focused('tr.opens')); n++) await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/endpoints\/[0-9a-f-]{36}/)
  await page.goBack()
  await rows().first().waitFor()
  await visit(page, '/figures?tab=controls')
  for (let n = 0; n < 80 && !(await focused('[data-drill]')); n++) await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.locator('.drill-drawer').waitFor()
  await page.keyboard.press('Escape')
  await page.locator('.drill-drawer').waitFor({ state: 'detached' })
})

const focused = selector => page.evaluate(wanted => document.activeElement?.matches(wanted) ?? false, selector)
const ring = () => page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle !== 'none')

const PAGES = ['/', '/directives', '/figures', '/figures?tab=controls', '/units', '/endpoints', '/detections', '/detections/1', '/secrets', '/campaigns', '/campaigns/1', '/campaigns/1?tab=machines', '/campaigns/2', '/content', '/enrolment', '/users', '/audit', '/account']

const secretCase = async () => `/secrets/${(await ask(page, '/secret-cases')).items[0].id}`

walk('no barriers for people who see or move differently (WCAG 2.1 AA)', async () => {
  const { items } = await ask(page, '/directives')
  for (const path of [...PAGES, `/directives/${items[0].id}`, await secretCase()]) {
    await visit(page, path)
    assert.deepEqual(await barriers(page), [], path)
  }
})

walk('phone: pages fit 390 pixels, the rail opens over them', async () => {
  await page.setViewportSize(PHONE)
  for (const path of [...PAGES, await secretCase()]) {
    await visit(page, path)
    await page.waitForLoadState('networkidle')
    const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth])
    assert.ok(wide <= room, `${path}: ${wide} > ${room}`)
  }
  await page.locator('.rail-button').click()
  await page.getByRole('link', { name: 'Văn bản chỉ đạo' }).first().click()
  await page.getByRole('heading', { level: 1, name: 'Văn bản chỉ đạo' }).waitFor()
  await page.setViewportSize(DESK)
})

walk('an ended session: the login stands over the page, which then goes on', async () => {
  await visit(page, '/endpoints')
  await page.context().clearCookies()
  await page.locator('main [data-search]').fill('a')
  const dialog = page.locator('dialog.login-over')
  await dialog.waitFor()
  await logInAgain(dialog)
  await dialog.waitFor({ state: 'detached' })
  assert.equal(await page.locator('main [data-search]').inputValue(), 'a')
  faults.splice(0, faults.length, ...faults.filter(fault => !fault.includes('401'))) // this walk alone takes the session away
})

async function logInAgain(dialog) {
  await dialog.locator('input[name=current-password]').fill(newPassword())
  await dialog.locator('button[type=submit]').click()
  if (await Promise.race([dialog.waitFor({ state: 'detached' }).then(() => true), dialog.locator('[role=alert]').waitFor().then(() => false)])) return
  await dialog.locator('input[name=current-password]').fill(PASSWORD)
  await dialog.locator('button[type=submit]').click()
}

walk('logout: the page is gone, and Back does not bring it again', async () => {
  await visit(page, '/endpoints')
  await page.getByRole('button', { name: 'Đăng xuất' }).click()
  await page.locator('input[name=username]').waitFor()
  await page.goBack()
  await page.locator('input[name=username]').waitFor()
  assert.equal((await page.request.get(`${URL_OF_SERVER}/api/v1/units`)).status(), 401)
})

walk('in all of this: no console error, no policy violation, no request to anybody else', () => {
  assert.deepEqual(faults, [])
})
