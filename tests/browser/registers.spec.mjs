/** A day of each role with the registers and home pages, in Debian's Chromium against a real server that office.py has filled. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ask, barriers, become, DESK, hands, missing, open, PHONE, URL_OF_SERVER, visit, write } from './site.mjs'

let browser, page, faults

const walk = (name, steps) => test(name, { skip: missing, timeout: 120_000 }, steps)

before(async () => {
  if (!missing) ({ browser, page, faults } = await open())
})
after(() => browser?.close())

const { rows, button, field, dialog, confirm, find, choose } = hands(() => page)

walk('officer: the day begins with the three acts that press most, the longest overdue first', async () => {
  await become(page, 'canbo')
  await page.locator('.next-act').nth(2).waitFor()
  assert.equal(await page.locator('.next-act').count(), 3)
  assert.match(await page.locator('.next-act').first().innerText(), /Cài phần mềm phòng chống mã độc[\s\S]*Quá hạn 3 ngày/)
  await page.locator('.next-act a').first().click()
  await page.getByRole('heading', { level: 1, name: /Cài phần mềm/ }).waitFor()
})

walk('officer: all registers by group, counted, found without marks', async () => {
  await visit(page, '/registers')
  const { items } = await ask(page, '/registers/counts')
  assert.equal(await page.locator('.register-list li').count(), items.length)
  await page.locator('main [data-search]').fill('thiet bi ky so')
  await page.locator('.register-list li').nth(1).waitFor({ state: 'detached' })
  assert.deepEqual(await page.locator('.register-list a > :first-child').allInnerTexts(), ['Thiết bị ký số'])
})

walk('officer: a list is searched, filtered and sorted; its columns are kept; English says the same', async () => {
  await visit(page, '/registers/device')
  assert.equal(await rows().count(), 6)
  await page.locator('main [data-search]').fill('phong mot cua')
  await page.waitForURL(/text=phong/)
  await rows().nth(1).waitFor({ state: 'detached' })
  assert.match(await rows().first().innerText(), /Máy in phòng một cửa/)
  await visit(page, '/registers/device?sort=name')
  const names = await rows().locator('td:nth-child(2)').allInnerTexts()
  assert.deepEqual(names, [...names].sort((a, b) => a.localeCompare(b, 'vi')))
  await page.locator('.state-tally button', { hasText: 'Đang sử dụng' }).click()
  await page.waitForURL(/state=in_use/)
  await rows().nth(3).waitFor({ state: 'detached' })
  await button('Lọc').click()
  const drawer = page.locator('.ant-drawer')
  await drawer.getByLabel('Tên thiết bị').fill('photocopy')
  await drawer.locator('.form-acts .ant-btn-primary').click()
  await page.locator('.filter', { hasText: 'có “photocopy”' }).waitFor()
  await rows().nth(1).waitFor({ state: 'detached' })
  await button('Cột').click()
  await dialog().getByLabel('Hãng, model').check()
  await confirm()
  await page.locator('th', { hasText: 'Hãng, model' }).waitFor()
  await page.reload()
  await page.locator('th', { hasText: 'Hãng, model' }).waitFor()
  await page.getByRole('button', { name: 'English' }).click()
  await page.getByRole('heading', { level: 1, name: 'Devices' }).waitFor()
  await page.locator('th', { hasText: 'Maker and model' }).waitFor()
  await page.getByRole('button', { name: 'Tiếng Việt' }).click()
  await page.getByRole('heading', { level: 1, name: 'Thiết bị' }).waitFor()
})

walk('officer: a device may be used only after a check, which is added from its page; messages stand at the fields', async () => {
  const device = await find('device', 'MQ-0006')
  await visit(page, `/registers/device/${device.id}`)
  await button('Đưa vào sử dụng').click()
  await confirm()
  assert.match(await dialog().locator('[role=alert]').innerText(), /chưa có lần kiểm tra nào đạt/)
  await page.keyboard.press('Escape')
  await page.locator('.add-link', { hasText: 'Thêm phiếu kiểm tra' }).click()
  await page.getByRole('heading', { level: 1, name: 'Thêm phiếu kiểm tra' }).waitFor()
  await button('Lưu').click()
  assert.match(await field('Số phiếu').innerText(), /Cần điền mục này/)
  await page.getByLabel('Số phiếu').fill('KT-01')
  await page.getByLabel('Ngày kiểm tra').fill('20/11/2026')
  await page.keyboard.press('Enter')
  await page.getByLabel('Người kiểm tra').fill('Tổ kiểm tra')
  await field('Công an kiểm tra').getByLabel('Không').check()
  await button('Lưu').click()
  await field('Số phiếu').locator('.ant-form-item-explain-error').waitFor() // the number is taken: the server's word at the field
  await page.getByLabel('Số phiếu').fill('KT-99')
  await button('Lưu').click()
  await page.getByRole('heading', { level: 1, name: /KT-99/ }).waitFor()
  await button('Kết luận đạt').click()
  await confirm()
  await page.locator('.standing', { hasText: 'Đạt' }).waitFor()
  await visit(page, `/registers/device/${device.id}`)
  await page.locator('section', { hasText: 'Kiểm tra thiết bị trước khi sử dụng' }).locator('tr', { hasText: 'KT-99' }).waitFor()
  await button('Đưa vào sử dụng').click()
  await confirm()
  await page.locator('.standing', { hasText: 'Đang sử dụng' }).waitFor()
})

walk('officer: a move asks for the fields and files it still needs; the file keeps its hash, the history says who did what', async () => {
  const slip = await find('repair_slip', 'SC-01')
  await visit(page, `/registers/repair_slip/${slip.id}`)
  assert.match(await page.locator('.move-needs').innerText(), /Nhận lại cần: Số sê-ri ổ đĩa lúc nhận, tệp Biên bản bàn giao/)
  await button('Nhận lại').click()
  assert.equal(await dialog().locator('.ant-modal-footer .ant-btn-primary').isDisabled(), true, 'not without the minutes')
  await dialog().locator('input[type=file]').setInputFiles({ name: 'biên bản.txt', mimeType: 'text/plain', buffer: Buffer.from('hello') })
  await confirm()
  await dialog().locator('.ant-form-item-explain-error').waitFor()
  await dialog().getByLabel('Số sê-ri ổ đĩa lúc nhận').fill('WD-123')
  await confirm()
  await page.locator('.standing', { hasText: 'Đã nhận lại' }).waitFor()
  assert.match(await page.locator('.files').innerText(), /2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824/)
  const history = await page.locator('.timeline').innerText()
  assert.match(history, /Nhận lại[\s\S]*Đã nhận lại[\s\S]*Số sê-ri ổ đĩa lúc nhận: WD-123[\s\S]*Thêm tệp[\s\S]*biên bản\.txt/)
  const [file] = await Promise.all([page.waitForEvent('download'), page.locator('.files a').click()])
  assert.equal(file.suggestedFilename(), 'biên bản.txt')
})

walk('two people change one record: the second is told what and by whom, nothing is overwritten', async () => {
  const device = await find('device', 'WF-0005')
  await visit(page, `/registers/device/${device.id}/edit`)
  await page.getByLabel('Vị trí', { exact: true }).fill('Phòng họp')
  await page.getByLabel('Hãng, model').fill('Ví dụ 2')
  const other = await write(page, 'PUT', `/registers/device/records/${device.id}`, { version: device.version, fields: { place: 'Tầng 2', address: '192.0.2.7' } })
  assert.equal(other.record.version, device.version + 1)
  await button('Lưu').click()
  const told = page.locator('[role=alert]', { hasText: 'Người khác đã sửa' })
  await told.locator('.conflicts').waitFor()
  assert.match(await told.innerText(), /canbo[\s\S]*Vị trí: bản mới: Tầng 2 · của bạn: Phòng họp/)
  assert.equal((await find('device', 'WF-0005')).fields.place, 'Tầng 2')
  await button('Giữ phần tôi sửa trên bản mới').click()
  await button('Lưu').click()
  await page.getByRole('heading', { level: 1, name: /Bộ phát/ }).waitFor()
  const { fields } = await find('device', 'WF-0005')
  assert.deepEqual([fields.place, fields.maker, fields.address], ['Phòng họp', 'Ví dụ 2', '192.0.2.7'])
  faults.splice(0, faults.length, ...faults.filter(fault => !fault.includes('409'))) // the refusal this walk asked for
})

walk('HTML in a field is text: shown as written, and no script runs', async () => {
  const evil = '<img src=x onerror="document.title=1"><script>document.title=2</script>'
  const made = await write(page, 'POST', '/registers/device/records', { fields: { name: evil, kind: 'other', purpose: 'office', serial: 'XSS-1' } })
  await visit(page, `/registers/device/${made.record.id}`)
  assert.ok((await page.locator('h1').innerText()).includes(evil))
  await visit(page, '/registers/device?text=XSS-1')
  assert.ok((await rows().first().innerText()).includes(evil))
  assert.equal(await page.locator('main img, main script').count(), 0)
  assert.match(await page.title(), /Thiết bị/)
})

walk('officer: many are moved on at once; the one that could not be says why', async () => {
  await visit(page, '/registers/task')
  const first = await find('task', 'Lập danh mục')
  for (const text of ['Lập danh mục', 'Gửi danh sách']) await rows().filter({ hasText: text }).locator('input[type=checkbox]').check()
  await write(page, 'PUT', `/registers/task/records/${first.id}`, { version: first.version, fields: { support: 'Văn thư' } })
  await page.locator('.bulk').getByRole('button', { name: 'Bắt đầu' }).click()
  await confirm()
  const told = page.locator('[role=alert]', { hasText: 'Đã chuyển 1 bản ghi; 1 bản ghi chưa chuyển được' })
  await told.waitFor()
  assert.match(await told.innerText(), /Lập danh mục[^\n]*đã được người khác sửa/)
  assert.equal((await find('task', 'Gửi danh sách')).state, 'doing')
  assert.equal((await find('task', 'Lập danh mục')).state, 'open')
})

walk('officer: out to Excel and CSV, in again with a try that names the row', async () => {
  await visit(page, '/registers/staff')
  for (const [name, kind] of [['Xuất Excel (XLSX)', /\.xlsx$/], ['Xuất CSV', /\.csv$/]]) {
    await page.locator('.menu summary').click()
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByText(name).click()])
    assert.match(file.suggestedFilename(), kind)
  }
  await page.locator('.menu summary').click()
  await page.getByText('Nhập từ tệp').click()
  await page.getByRole('heading', { level: 1, name: /Nhập/ }).waitFor()
  const table = rows => ({ name: 'can-bo.csv', mimeType: 'text/csv', buffer: Buffer.from(`\ufeffHọ và tên,Vị trí\r\n${rows}`) })
  await page.locator('#import-file').setInputFiles(table('Hồ Thị Mới,viên chức\r\nKhông Vị Trí,\r\n'))
  const errors = page.locator('.import-result .table tbody tr')
  await errors.first().waitFor()
  assert.match(await errors.first().innerText(), /3[\s\S]*Vị trí/)
  assert.equal(await find('staff', 'Hồ Thị Mới'), undefined)
  await page.locator('#import-file').setInputFiles(table('Hồ Thị Mới,viên chức\r\n'))
  await button('Nhập 1 dòng').click()
  await page.getByText('Đã ghi 1 dòng vào sổ.').waitFor()
  assert.equal((await find('staff', 'Hồ Thị Mới')).fields.position, 'public_employee')
})

walk('duty officer: the queue with its clocks, one key acknowledges, the shift is handed over', async () => {
  await become(page, 'tructuyen')
  await visit(page, '/?view=duty')
  const first = page.locator('.queue-alert').first()
  await first.waitFor()
  assert.match(await first.innerText(), /Quá hạn|Còn \d/)
  const id = await first.getAttribute('data-alert') // the server raises and escalates alerts of its own meanwhile
  assert.match(await page.getByText('Đã xử lý 2 cảnh báo').innerText(), /TH-02/)
  await page.locator('h1').focus()
  await page.keyboard.press('x')
  await page.locator(`[data-alert="${id}"]`).waitFor({ state: 'detached' })
  const { record } = await ask(page, `/registers/alert/records/${id}`)
  assert.equal(record.state, 'acknowledged')
  assert.equal(record.fields.acknowledged_by, 'tructuyen')
  await button('Giao ca').click()
  await dialog().getByLabel('Bàn giao ca').fill('Còn ba cảnh báo chưa xác nhận.')
  await confirm()
  await page.getByText('Lúc này không có ai trực.').waitFor()
  await page.getByText('Còn ba cảnh báo chưa xác nhận.').waitFor()
})

walk('ward: the units below as a coloured map, opened from its list', async () => {
  await visit(page, '/?view=map')
  await page.locator('.map-canvas canvas').waitFor()
  await page.getByText('Xem dạng danh sách').click()
  await page.locator('.silent-unit button', { hasText: 'Trường học thuộc phường' }).click()
  await page.waitForURL(/unit=truong-hoc/)
})

walk('leader: figures against targets, signs the report; adds nothing', async () => {
  await become(page, 'lanhdao')
  assert.equal(await page.locator('.tabs a[aria-current]').innerText(), 'Lãnh đạo')
  await page.locator('.leader-tally').waitFor()
  await page.locator('.due-title', { hasText: 'Công an tỉnh' }).first().click()
  await page.locator('.standing').waitFor()
  await button('Ký').click()
  await dialog().getByLabel('Số, ký hiệu').fill('00/BC-UBND')
  await dialog().getByLabel('Người ký').fill('Chủ tịch')
  await confirm()
  await page.locator('.standing', { hasText: 'Đã ký' }).waitFor()
  assert.equal(await button('Sửa').count(), 0)
  await visit(page, '/registers/device')
  assert.equal(await page.getByRole('button', { name: 'Thêm thiết bị' }).count(), 0)
})

walk('viewer: reads, and is offered nothing else', async () => {
  await become(page, 'nguoixem')
  assert.equal(await page.locator('.tabs').count(), 0)
  await visit(page, '/registers/incident')
  assert.equal(await rows().count(), 1)
  assert.equal(await page.locator('main input[type=checkbox]').count(), 0)
  await page.goto(`${URL_OF_SERVER}/registers/device/new`)
  await page.getByText('Không có trang này').or(page.locator('main .empty')).first().waitFor()
  assert.equal(await page.locator('main form').count(), 0)
})

walk('phone: an incident is reported from any page with a photograph; of state secrets nothing but that it happened', async () => {
  await become(page, 'canbo')
  await page.setViewportSize(PHONE)
  await visit(page, '/endpoints')
  await button('Báo sự cố').click()
  await choose('Nhóm', 'mã độc')
  await dialog().getByLabel('Chuyện gì xảy ra').fill('Máy hiện thông báo đòi tiền')
  await dialog().locator('input[type=file]').setInputFiles({ name: 'anh.png', mimeType: 'image/png', buffer: Buffer.from('png') })
  await confirm()
  await button('Xem sự cố').click()
  await page.getByRole('heading', { level: 1, name: 'Máy hiện thông báo đòi tiền' }).waitFor()
  assert.match(await page.locator('.files').innerText(), /anh\.png/)
  await button('Báo sự cố').click()
  await dialog().getByLabel('Chuyện gì xảy ra').fill('Nội dung không được gửi đi')
  await choose('Nhóm', 'bí mật nhà nước')
  await dialog().getByText('Chỉ báo là đã xảy ra').waitFor()
  await confirm()
  await button('Xem sự cố').click()
  await page.getByRole('heading', { level: 1, name: /bí mật nhà nước/i }).waitFor()
  assert.equal(await find('incident', 'Nội dung không được gửi đi'), undefined)
  await page.setViewportSize(DESK)
})

walk('officer: a quiz is taken in the browser, marked and recorded', async () => {
  const { id } = await find('quiz', 'Nhận biết thư lừa đảo')
  await visit(page, `/registers/quiz/${id}`)
  await button('Làm bài').click()
  await button('Bắt đầu').click()
  await page.locator('.quiz-question').first().waitFor()
  assert.equal(await page.locator('.quiz-question').count(), 5)
  await page.locator('[role=timer]').waitFor()
  for (const question of await page.locator('.quiz-question').all()) await question.getByLabel('Không mở, báo cán bộ CNTT').check()
  await button('Nộp bài').click()
  assert.match(await page.locator('.quiz-result').innerText(), /Đạt[\s\S]*100 điểm: đúng 5 trên 5/)
  assert.equal((await ask(page, '/registers/quiz_result/records')).items[0].fields.score, 100)
})

const PAGES = ['/', '/?view=duty', '/?view=map', '/registers', '/registers/device', '/registers/device/1', '/registers/device/new', '/registers/device/1/edit', '/registers/device/import', '/registers/incident/1', '/registers/duty_shift/new', '/quiz/1']

walk('no barriers, and everything fits a phone', async () => {
  await become(page, 'tructuyen')
  for (const size of [DESK, PHONE]) {
    await page.setViewportSize(size)
    for (const path of PAGES) {
      await visit(page, path)
      const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth])
      assert.ok(wide <= room, `${path}: ${wide} > ${room}`)
      assert.deepEqual(await barriers(page), [], path)
    }
  }
  await page.setViewportSize(DESK)
})

walk('by keyboard alone: to the registers, into a list, a record, its move, and back', async () => {
  const to = async (selector, key = 'Tab') => {
    for (let n = 0; n < 80; n++) {
      if (await page.evaluate(wanted => document.activeElement?.matches(wanted) ?? false, selector)) return
      await page.keyboard.press(key)
    }
    assert.fail(`${selector} is not reached`)
  }
  await visit(page, '/registers')
  await to('.register-list a[href^="/registers/task"]')
  await page.keyboard.press('Enter')
  await rows().first().waitFor()
  await page.keyboard.press('/')
  await page.keyboard.type('doi mat khau')
  await page.waitForURL(/text=doi/)
  await to('tr.opens')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: /Đổi mật khẩu/ }).waitFor()
  await to('.page-acts .ant-btn-primary')
  await page.keyboard.press('Enter')
  await dialog().waitFor()
  await page.keyboard.press('Escape')
  await dialog().waitFor({ state: 'detached' })
})

walk('in all of this: no console error, no policy violation, no request to anybody else', () => {
  assert.deepEqual(faults.filter(fault => !/status of (400|409)/.test(fault)), []) // refusals that the walks asked for
})
