/** Whole flows, from the first click to the signature, each step by whoever does it. After registers.spec.mjs: they leave the office changed. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { ask, become, becomeAdmin, DESK, look, PHONE, visit, write } from './site.mjs'
import { button, choose, confirm, dialog, faults, field, find, page, rows, walk } from './walk.mjs'

const standing = text => page.locator('.standing', { hasText: text }).waitFor()
const section = title => page.locator('section', { has: page.getByRole('heading', { name: title }) })
const openRecord = async (register, text) => visit(page, `/registers/${register}/${(await find(register, text)).id}`)

/** The bytes that a click on a link downloads. */
async function download(link) {
  const [file] = await Promise.all([page.waitForEvent('download'), link.click()])
  return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) }
}

/** What the server does by itself, at its next round. */
async function until(find, what) {
  for (let n = 0; n < 60; n++) {
    const found = await find()
    if (found) return found
    await page.waitForTimeout(1000)
  }
  assert.fail(`${what}: in vain`)
}

const RANSOM = 'Máy in phòng một cửa in ra thư đòi tiền'

walk('incident: reported from a phone, told who is to hear of it and by when; what was not said stays open', async () => {
  await become(page, 'canbo')
  await page.setViewportSize(PHONE)
  await visit(page, '/')
  await button('Báo sự cố').click()
  await choose('Nhóm', 'mã độc')
  await dialog().getByLabel('Chuyện gì xảy ra').fill(RANSOM)
  await choose('Mức độ', 'nghiêm trọng')
  await look(page, 'incident-form')
  await confirm()
  await dialog().getByText('Đồng hồ bắt đầu chạy').waitFor()
  assert.match(await dialog().innerText(), /Đơn vị gốc[\s\S]*báo ngay/)
  await look(page, 'incident-told')
  await button('Xem sự cố').click()
  await page.getByRole('heading', { level: 1, name: RANSOM }).waitFor()
  assert.equal((await find('incident', RANSOM)).fields.personal_data, null)
  await page.setViewportSize(DESK)
})

walk('incident: the device is suspended with one click and released only after a check, which is a click away', async () => {
  const { id } = await find('incident', RANSOM)
  await visit(page, `/registers/incident/${id}/edit`)
  await choose('Thiết bị', 'Máy in phòng một cửa')
  await button('Lưu').click()
  await button('Tạm ngưng thiết bị').click()
  await button('Cho dùng lại').click()
  await page.locator('.notice-failed', { hasText: 'chưa có phiếu kiểm tra đạt' }).waitFor()
  await look(page, 'incident-suspended')
  await button('Lập phiếu kiểm tra').click()
  await field('Thiết bị').locator('.ant-select', { hasText: 'Máy in phòng một cửa' }).waitFor() // by its name, not its number
  assert.equal(await page.locator('.notice-failed').count(), 0)
  await page.getByLabel('Số phiếu').fill('KT-SC')
  await page.getByLabel('Ngày kiểm tra').fill(new Date(Date.now() + 7 * 3600_000).toISOString().slice(0, 10).split('-').reverse().join('/'))
  await page.keyboard.press('Enter')
  await page.getByLabel('Người kiểm tra').fill('Tổ kiểm tra')
  await field('Công an kiểm tra').getByLabel('Không').check()
  await button('Lưu').click()
  await button('Kết luận đạt').click()
  await confirm()
  await standing('Đạt')
  await visit(page, `/registers/incident/${id}`)
  await button('Cho dùng lại').click()
  await button('Tạm ngưng thiết bị').or(page.getByText('Cho dùng lại lúc')).first().waitFor()
})

walk('incident: the superior is told in time, the rows name their route and rule; then the clock is off the home page', async () => {
  await openRecord('incident', RANSOM)
  await section('Báo cáo sự cố').locator('tr', { hasText: 'báo ngay' }).click()
  await page.getByText('Ủy ban nhân dân cấp trên trực tiếp').waitFor()
  assert.doesNotMatch(await page.locator('main').innerText(), /superior_at_once|incident_report_local/)
  await button('Đã gửi').click()
  await choose('Bằng', 'điện thoại') // when: the present, unless somebody says otherwise
  await look(page, 'incident-report-sent')
  await confirm()
  await standing('Đã gửi')
  const { id } = await find('incident', RANSOM)
  await until(async () => (await ask(page, `/registers/incident/records/${id}`)).record.fields.reported_s, 'the incident knows that it was reported')
  await visit(page, '/')
  assert.doesNotMatch((await page.locator('.next-act').allInnerTexts()).join(), new RegExp(`sự cố\\n${RANSOM}\\nQuá hạn`))
})

walk('incident: contained, recovered, signed off by the leader, whose name stands in it; its papers are there', async () => {
  await openRecord('incident', RANSOM)
  await button('Đã khoanh vùng').click()
  await dialog().getByLabel('Đã làm gì').fill('Rút dây mạng')
  await confirm()
  await standing('Đã khoanh vùng')
  await button('Đã khôi phục').click()
  await dialog().getByLabel('Biện pháp khắc phục').fill('Cài lại')
  await confirm()
  await standing('Đã khôi phục')
  await become(page, 'lanhdao')
  await openRecord('incident', RANSOM)
  await button('Ký kết thúc').click()
  await confirm() // says at the fields what is missing
  await dialog().locator('.ant-form-item-explain-error').first().waitFor()
  await dialog().getByLabel('Nguyên nhân').fill('Mở tệp lạ')
  await dialog().getByLabel('Hậu quả').fill('Không mất dữ liệu')
  await choose('Người đứng đầu chịu trách nhiệm', 'Nguyễn Thị Mẫu') // of the unit itself
  await look(page, 'incident-sign')
  await confirm()
  await standing('Đã kết thúc')
  const { record } = await ask(page, `/registers/incident/records/${(await find('incident', RANSOM)).id}`)
  assert.equal(record.fields.signed_by, 'lanhdao')
  assert.ok(record.labels.signed_by)
  await page.locator('summary', { hasText: 'Hồ sơ' }).click()
  const { bytes } = await download(page.getByRole('link', { name: 'Phiếu sự cố (DOCX)' }))
  assert.equal(bytes.subarray(0, 2).toString(), 'PK')
})

walk('alert: nobody acknowledged it in time, so it went up; acknowledged there, it has a name', async () => {
  await become(page, 'canbo')
  const now = Math.floor(Date.now() / 1000)
  const fields = { title: 'Máy VP-09 gửi thư rác', kind: 'malware', severity: 'high', raised_s: now - 7200, due_s: now - 3600 }
  const { record } = await write(page, 'POST', '/registers/alert/records', { unit: 'van-phong', fields })
  await become(page, 'tructuyen')
  await visit(page, '/registers/alert')
  const late = await until(async () => (await ask(page, '/registers/alert/records?limit=100')).items.find(({ id, fields }) => id === record.id && fields.escalated > 0), 'an alert that went up')
  await visit(page, `/registers/alert/${late.id}`)
  await page.getByText(/Số lần chuyển lên/).first().waitFor()
  await look(page, 'alert-escalated')
  await button('Xác nhận đã biết').click()
  await confirm()
  await standing('Đã xác nhận')
  await section('Nội dung').getByText('Người xác nhận').waitFor()
})

walk('botnet list: pasted from a document, looked at first, traced to machines, the same again as a file, closed with evidence', async () => {
  await visit(page, '/registers/botnet_listing')
  await button('Nhập danh sách botnet').click()
  await dialog().getByLabel('Hoặc dán nội dung vào đây').fill('STT  Địa chỉ IP  Cổng  Thời gian  Botnet\n1  192.0.2.20  4444  20/11/2026 08:15  Mẫu\n2  198.51.100.7  80  20/11/2026 09:15  Mẫu')
  await confirm()
  await dialog().getByText('Xem thử: chưa ghi gì.').waitFor()
  assert.match(await dialog().innerText(), /Của đơn vị\s*1/)
  assert.equal((await ask(page, '/registers/botnet_listing/records')).total, 0)
  await look(page, 'botnet-tried')
  await confirm()
  await dialog().getByText('Đã nhập.').waitFor()
  await confirm()
  await rows().filter({ hasText: 'Tháng 11/2026' }).waitFor()
  const xlsx = Buffer.from(await page.evaluate(() => fetch('/api/v1/registers/botnet_listing/export?format=xlsx').then(answer => answer.arrayBuffer()).then(bytes => [...new Uint8Array(bytes)])))
  for (const [name, bytes] of [['danh-sach.xlsx', xlsx], ['danh-sach.csv', Buffer.from('IP,Thời gian\n192.0.2.20,2026-11-20 08:15\n')]]) {
    await button('Nhập danh sách botnet').click()
    await dialog().locator('input[type=file]').setInputFiles({ name, mimeType: 'application/octet-stream', buffer: bytes })
    await confirm()
    await dialog().getByText('Xem thử: chưa ghi gì.').waitFor()
    assert.match(await dialog().innerText(), /Đã có, không đổi\s*1/, name)
    await button('Nhập').waitFor()
    await page.keyboard.press('Escape')
    await dialog().waitFor({ state: 'detached' })
  }
  await rows().filter({ hasText: '192.0.2.20' }).click()
  await button('Đã xử lý').click()
  await dialog().getByLabel('Kết quả').fill('Đã quét, không còn mã độc')
  assert.ok(await dialog().locator('.ant-modal-footer .ant-btn').last().isDisabled()) // not without the evidence
  await dialog().locator('input[type=file]').setInputFiles({ name: 'ket-qua.txt', mimeType: 'text/plain', buffer: Buffer.from('sạch') })
  await look(page, 'botnet-close')
  await confirm()
  await standing('Đã xử lý')
  await page.locator('.files', { hasText: 'ket-qua.txt' }).waitFor()
})

walk('botnet list: one without a single address is refused in words', async () => {
  await visit(page, '/registers/botnet_listing')
  await button('Nhập danh sách botnet').click()
  await dialog().getByLabel('Hoặc dán nội dung vào đây').fill('không có gì ở đây')
  await confirm()
  await page.locator('.notice-failed', { hasText: 'địa chỉ' }).waitFor()
  await page.keyboard.press('Escape')
})

const dayAfter = iso => new Date(Date.parse(iso) + 86400_000).toISOString().slice(0, 10).split('-').reverse().join('/')

walk('roster: hours without anybody are named on the duty page and in the holiday, which is compared with the year before', async () => {
  await visit(page, '/?view=duty')
  await page.getByText(/khoảng chưa có người trực/).waitFor()
  await look(page, 'duty-gaps')
  const { items } = await ask(page, '/registers/holiday/records?limit=100')
  const tet = items.find(({ fields }) => fields.occasion === 'tet')
  await visit(page, `/registers/holiday/${tet.id}`)
  await section('So với cùng dịp năm trước').locator('tbody tr').nth(3).waitFor()
  await look(page, 'holiday')
  await section('Lịch trực trong đợt').getByText('1 khoảng chưa có người trực').waitFor()
  await section('Lịch trực trong đợt').getByRole('link', { name: 'Phân công' }).click()
  await page.getByRole('heading', { level: 1, name: /Thêm/ }).waitFor()
  await choose('Người trực', 'Phạm Văn Đặt')
  await look(page, 'shift-new')
  await button('Lưu').click()
  await page.locator('.standing').waitFor()
  await visit(page, `/registers/holiday/${tet.id}`)
  await section('Lịch trực trong đợt').getByText(new RegExp(`^${dayAfter(tet.fields.from_on)} 00:00 đến`)).waitFor() // a day less
})

walk('leader: reads the very report that waits, takes it as Word and PDF, signs it', async () => {
  await become(page, 'lanhdao')
  const waiting = page.locator('li', { hasText: /^Tháng \d+\/\d{4}|^Năm \d{4}/ }).filter({ has: page.getByRole('link', { name: 'Đọc báo cáo' }) }).first()
  const title = (await waiting.locator('.due-title').innerText()).split(' · ')[0]
  await waiting.getByRole('link', { name: 'Đọc báo cáo' }).click()
  await page.locator('.paper').waitFor()
  assert.ok((await page.locator('.tools .ant-select').allInnerTexts()).includes(title), title)
  await look(page, 'report-to-sign')
  assert.equal((await download(page.getByRole('link', { name: 'Word (DOCX)' }))).bytes.subarray(0, 2).toString(), 'PK')
  assert.equal((await download(page.getByRole('link', { name: 'PDF' }))).bytes.subarray(0, 5).toString(), '%PDF-')
  await visit(page, '/')
  await waiting.locator('.due-title').click()
  await button('Ký').click()
  await confirm()
  await dialog().locator('.ant-form-item-explain-error').first().waitFor()
  await dialog().getByLabel('Số, ký hiệu').fill('01/BC-UBND')
  await dialog().getByLabel('Người ký').fill('Chủ tịch')
  await look(page, 'sign-dialog')
  await confirm()
  await standing('Đã ký')
})

const PAPER = { name: 'quyet-dinh.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4 quyết định thử') }

/** The fields that every act on a unit has. */
async function byDecision(number) {
  await dialog().first().getByLabel('Số quyết định').fill(number)
  await dialog().first().getByLabel('Ngày quyết định').fill('02/01/2026')
  await page.keyboard.press('Enter')
  await dialog().first().locator('input[type=file]').setInputFiles(PAPER)
}

walk('units: an administrator moves a school below an office and back; its history says so', async () => {
  await becomeAdmin(page)
  for (const [where, shown] of [['van-phong', 'Văn phòng UBND phường'], ['goc', 'Đơn vị gốc']]) {
    await visit(page, '/units?unit=truong-hoc')
    await button('Chuyển').click()
    await byDecision('12/QĐ-UBND')
    await dialog().locator('.unit-field').click()
    await look(page, 'unit-move')
    const picker = page.locator('.ant-modal').last()
    await picker.getByText(shown, { exact: true }).click()
    await dialog().first().locator('.ant-modal-footer .ant-btn').last().click()
    await dialog().waitFor({ state: 'detached' })
    await page.locator('.history li', { hasText: `→ ${shown}` }).first().waitFor()
    assert.equal((await ask(page, '/units/truong-hoc')).unit.parent, where)
    assert.match(await page.locator('.history li').first().innerText(), new RegExp(`Chuyển cấp trên Hành chính: → ${shown} · Quyết định 12/QĐ-UBND ngày 02/01/2026`))
  }
})

walk('units: a school is split, step by step; what goes where is shown before it is done, and then it is so', async () => {
  await visit(page, '/units?unit=truong-hoc')
  await button('Chia tách').click()
  await confirm()
  await dialog().locator('.ant-form-item-explain-error').first().waitFor() // not without a decision
  await byDecision('34/QĐ-UBND')
  await look(page, 'split-decision')
  await confirm()
  await dialog().getByLabel('Tên đơn vị mới 1').fill('Điểm trường số 2')
  await look(page, 'split-units')
  await confirm()
  await dialog().getByLabel('SOAN-THAO-01: chuyển cho').selectOption({ label: 'Điểm trường số 2' })
  await look(page, 'split-shares')
  await confirm()
  await dialog().getByText('Đây là những gì sẽ chuyển').waitFor()
  const row = text => dialog().locator('tbody tr', { hasText: text })
  assert.match(await row('Điểm trường số 2').innerText(), /diem-truong-so-2\s+1\s+0\s+0\s+0/)
  assert.match(await row('Ở lại Trường học thuộc phường').innerText(), /\s+0\s+1\s+0\s+\d+/)
  assert.ok(!(await ask(page, '/units')).items.some(unit => unit.code === 'diem-truong-so-2')) // shown, not done
  await look(page, 'split-look')
  await confirm()
  await dialog().waitFor({ state: 'detached' })
  const line = page.locator('.history > li', { hasText: 'Chia tách' }).first()
  await line.getByText('Máy: 1').waitFor()
  assert.match(await line.innerText(), /→ Điểm trường số 2 · Quyết định 34\/QĐ-UBND ngày 02\/01\/2026/)
  assert.deepEqual((await download(line.getByRole('link', { name: /34\/QĐ-UBND/ }))).bytes, PAPER.buffer)
  await look(page, 'split-history')
  assert.deepEqual((await ask(page, '/endpoints?unit=diem-truong-so-2')).items.map(machine => machine.hostname), ['SOAN-THAO-01'])
  await become(page, 'nguoixem')
  assert.equal((await ask(page, '/endpoints')).total, 0)
  await becomeAdmin(page)
})

const MAIN = ['/', '/directives', '/reports', '/figures', '/units', '/registers', '/endpoints', '/detections', '/secrets', '/campaigns', '/content', '/portals', '/enrolment', '/users', '/audit']

walk('by keyboard alone: on every main page what has the focus is seen, and Tab leads through it and out', async () => {
  for (const path of MAIN) {
    await visit(page, path)
    const seen = new Set()
    for (let n = 0; n < 25; n++) {
      await page.keyboard.press('Tab')
      const at = await page.evaluate(() => {
        const e = document.activeElement
        if (!e || e === document.body) return null
        const box = (e.closest('.ant-select, .ant-picker, .ant-checkbox-wrapper, label') ?? e).getBoundingClientRect()
        const style = getComputedStyle(e)
        const around = e.closest('.ant-select, .ant-picker, .ant-input-affix-wrapper, .ant-checkbox')
        const marked = style.outlineStyle !== 'none' || style.boxShadow !== 'none' || (around && (getComputedStyle(around).boxShadow !== 'none' || getComputedStyle(around).borderColor !== style.color))
        return { what: `${e.tagName} ${e.className} ${e.textContent?.slice(0, 40)}`, inside: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0, marked: !!marked }
      })
      if (!at) break
      seen.add(at.what)
      assert.ok(at.inside, `${path}: out of sight: ${at.what}`)
      assert.ok(at.marked, `${path}: no mark of the focus: ${at.what}`)
    }
    assert.ok(seen.size > 0, `${path}: Tab is caught among ${[...seen].join(' | ')}`)
  }
})

walk('by keyboard alone: a dialog takes the focus, keeps it, and gives it back; Esc closes it', async () => {
  await become(page, 'tructuyen')
  const opens = async (path, name) => {
    await visit(page, path)
    const opener = page.getByRole('button', { name, exact: true })
    await opener.focus()
    await page.keyboard.press('Enter')
    const shown = page.locator('.ant-modal, .ant-drawer-content-wrapper, dialog[open]').last()
    await shown.waitFor()
    await page.waitForTimeout(400)
    for (let n = 0; n < 15; n++) {
      await page.keyboard.press('Tab')
      assert.ok(await page.evaluate(() => !!document.activeElement?.closest('.ant-modal, .ant-modal-root, .ant-drawer, dialog[open]') || document.activeElement === document.body), `${path} ${name}: the focus leaves the dialog`)
    }
    await page.keyboard.press('Escape')
    await shown.waitFor({ state: 'hidden' })
    await page.waitForFunction(text => document.activeElement?.textContent?.includes(text), name)
  }
  await opens('/registers/device', 'Lọc')
  await opens('/registers/device', 'Cột')
  await opens('/registers/botnet_listing', 'Nhập danh sách botnet')
  await opens('/', 'Báo sự cố')
})

walk('in all of this: no console error, no policy violation, no request to anybody else', () => {
  assert.deepEqual(faults.filter(fault => !/status of (400|409)/.test(fault)), []) // refusals that the walks asked for
})
