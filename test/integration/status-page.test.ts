import axe from 'axe-core'
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Page } from 'playwright-core'
import type { Status } from '#/core/status.ts'
import { closeBrowser, openPage, type OpenPage } from '../support/browser.ts'
import { startStatusServer } from '../support/status-server.ts'
import { busyStatus, emptyStatus, hostileStatus, troubledStatus } from '../support/status.ts'

/** The status page in a real browser: what unit tests cannot see of it. */

after(closeBrowser)

const LIVE = '#connection[data-state="live"]'

/** What the rules of accessibility find, with the elements. */
async function violations(page: Page, rules?: readonly string[]): Promise<readonly string[]> {
  await page.evaluate(`globalThis.axe ?? ${axe.source}`)
  const options = { resultTypes: ['violations'], ...(rules && { runOnly: rules }) }
  const { violations: found } = await page.evaluate<axe.AxeResults>(
    `axe.run(${JSON.stringify(options)})`,
  )
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
}

function isQuiet({ complaints, strangers }: OpenPage): void {
  assert.deepEqual({ complaints, strangers }, { complaints: [], strangers: [] })
}

/** Presses Tab and says where the focus is, by id, name or what is written there. */
async function tab(page: Page): Promise<string> {
  await page.keyboard.press('Tab')
  return page.evaluate<string>(FOCUS)
}

const FOCUS = `(({ id, attributes, textContent }) =>
  id || attributes['aria-labelledby']?.value || textContent.trim())(document.activeElement)`
const OVERFLOW = 'document.documentElement.scrollWidth - innerWidth'

const STATUSES: Readonly<Record<string, () => Status>> = {
  'A busy worker': busyStatus,
  'A worker in trouble': troubledStatus,
  'A worker that nothing came to': emptyStatus,
}

for (const [name, status] of Object.entries(STATUSES))
  test(`${name} is shown without a breach of accessibility, policy or privacy, light and dark.`, async (t) => {
    const server = await startStatusServer(t, status())
    const opened = await openPage(t, server.url)
    const { page } = opened
    await page.waitForSelector(LIVE)
    for (const details of await page.locator('details').all())
      await details.evaluate((element) => element.setAttribute('open', ''))
    assert.deepEqual(await violations(page), [])
    await page.emulateMedia({ colorScheme: 'dark' })
    assert.deepEqual(await violations(page, ['color-contrast']), [])
    isQuiet(opened)
  })

test('Whoever has only a keyboard gets past the top, to the button and into every table.', async (t) => {
  const server = await startStatusServer(t, busyStatus())
  const { page } = await openPage(t, server.url)
  await page.waitForSelector(LIVE)
  assert.equal(await tab(page), 'Skip to content')
  const box = await page.locator('.skip').boundingBox()
  assert.ok(box !== null && box.y >= 0, 'the link is visible while it has the focus')
  const outline = await page
    .locator('.skip')
    .evaluate('getComputedStyle(document.activeElement).outlineStyle')
  assert.equal(outline, 'solid')
  assert.equal(await tab(page), 'pause')
  await page.keyboard.press('Enter')
  await page.waitForSelector('#connection[data-state="paused"]')
  await page.keyboard.press('Enter')
  await page.waitForSelector(LIVE)
  const tables = await page.locator('.scroll[aria-labelledby]').count()
  const seen = new Set<string>()
  for (let presses = 0; presses < 60 && seen.size < tables; presses += 1) {
    const at = await tab(page)
    if (at.endsWith('-caption')) seen.add(at)
  }
  assert.equal(tables, 6)
  assert.equal(seen.size, tables)

  await page.locator('.skip').focus()
  await page.keyboard.press('Enter')
  assert.equal(await tab(page), 'reasons-caption')
})

test('Without scripts every number is there, and no control that would do nothing.', async (t) => {
  const server = await startStatusServer(t, busyStatus())
  const { page } = await openPage(t, server.url, { javaScriptEnabled: false })
  const text = await page.locator('body').innerText()
  for (const part of [
    'All is well',
    '704,926 of 755,191',
    '5f3ac09d1e77',
    'ai.otel.raw/1',
    '538.1M',
    'kafka/attributed',
    'the broker is away',
    'pid 4712',
    'Reloads every 10 seconds',
  ])
    assert.ok(text.includes(part), part)
  assert.equal(await page.locator('button:visible').count(), 0)
})

test('What changes is changed in place: what has focus, is open or is scrolled stays so.', async (t) => {
  const server = await startStatusServer(t, busyStatus())
  const opened = await openPage(t, server.url, { viewport: { width: 700, height: 600 } })
  const { page } = opened
  await page.waitForSelector(LIVE)
  const command = page.locator('[data-key="a8810be2c4d0"] summary')
  await command.click()
  const table = page.locator('[aria-labelledby="gaps-caption"]')
  const scrolled = await table.evaluate((element) => (element.scrollLeft = 120))
  const [first, ...others] = busyStatus().gaps
  const smaller = { ...first!, events: 7 }
  server.show(troubledStatus())
  await page.getByRole('heading', { name: 'Not live' }).waitFor()
  server.show(busyStatus({ gaps: [...others, smaller], at: '2026-03-17T03:13:00.000Z' }))
  await page.getByRole('heading', { name: 'All is well' }).waitFor()
  const rows = page.locator('#gaps tbody tr')
  assert.equal(await rows.last().getAttribute('data-key'), first!.fingerprint)
  assert.match(await rows.last().innerText(), /\b7\b/)
  assert.equal(await page.locator('[data-key="a8810be2c4d0"] details').getAttribute('open'), '')
  assert.equal(await table.evaluate((element) => element.scrollLeft), scrolled)
  assert.ok(await command.evaluate((element) => element.matches(':focus')))
  assert.equal(await page.title(), 'All is well · whosecall')
  assert.equal(await page.locator('#as-of').innerText(), '03:13:00')
  isQuiet(opened)
})

test('A change of the verdict is said once, politely, and numbers that move are not.', async (t) => {
  const server = await startStatusServer(t, busyStatus())
  const { page } = await openPage(t, server.url)
  await page.waitForSelector(LIVE)
  const spoken = page.getByRole('status')
  server.show(busyStatus({ events_per_second: 1111 }))
  await page.locator('.summary', { hasText: '1,111/s' }).waitFor()
  assert.equal(await spoken.innerText(), '')
  server.show(troubledStatus())
  await spoken.filter({ hasText: 'Not live, and 10 more things. 91.0 % of the calls' }).waitFor()
  assert.equal(await page.locator('[aria-live], [role=status], [role=alert]').count(), 1)
})

test('A server that goes and comes back is found again, with what changed meanwhile.', async (t) => {
  const server = await startStatusServer(t, busyStatus())
  const { page, strangers } = await openPage(t, server.url)
  await page.waitForSelector(LIVE)
  await server.stop()
  await page.waitForSelector('#connection[data-state="reconnecting"]')
  assert.equal(await page.locator('#connection').innerText(), 'Reconnecting')
  await startStatusServer(t, troubledStatus(), new URL(server.url).host)
  await page.waitForSelector(LIVE)
  await page.getByRole('heading', { name: 'Not live' }).waitFor()
  assert.deepEqual(strangers, [])
})

test('A paused page stays as it is, and shows what it missed when it goes on.', async (t) => {
  const server = await startStatusServer(t, busyStatus())
  const { page } = await openPage(t, server.url)
  await page.waitForSelector(LIVE)
  await page.getByRole('button', { name: 'Pause' }).click()
  const { url } = server
  server.show(troubledStatus())
  const { live } = (await (await fetch(`${url}/status.json`)).json()) as Status
  assert.equal(live.ok, false)
  assert.equal(await page.locator('h1').innerText(), 'All is well')
  await page.getByRole('button', { name: 'Resume' }).click()
  await page.getByRole('heading', { name: 'Not live' }).waitFor()
})

test('On a narrow screen and at twice the size only tables scroll sideways.', async (t) => {
  const server = await startStatusServer(t, troubledStatus())
  const { page } = await openPage(t, server.url, { viewport: { width: 360, height: 740 } })
  await page.waitForSelector(LIVE)
  const overflow = () => page.evaluate<number>(OVERFLOW)
  for (const status of [troubledStatus(), busyStatus(), hostileStatus(), emptyStatus()]) {
    server.show(status)
    await page.goto(server.url)
    assert.equal(await overflow(), 0)
  }
  server.show(troubledStatus())
  await page.setViewportSize({ width: 640, height: 480 })
  await page.goto(server.url)
  await page.evaluate(`document.documentElement.style.fontSize = '200%'`)
  assert.equal(await overflow(), 0)
})

test('Names that are markup are shown as text, also when they come later.', async (t) => {
  const server = await startStatusServer(t, busyStatus())
  const opened = await openPage(t, server.url)
  const { page } = opened
  await page.waitForSelector(LIVE)
  server.show(hostileStatus())
  await page.getByRole('heading', { name: 'Not live' }).waitFor()
  await page.locator('#lookups', { hasText: 'document.title' }).waitFor()
  assert.equal(await page.locator('img, main script').count(), 0)
  assert.match(await page.title(), /^Not live/)
  assert.deepEqual(await violations(page), [])
  isQuiet(opened)
})

test('The command of an example is copied, and its link asks the server why.', async (t) => {
  const server = await startStatusServer(t, busyStatus())
  const { page } = await openPage(t, server.url, {
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  await page.waitForSelector(LIVE)
  const row = page.locator('[data-key="a8810be2c4d0"]')
  await row.locator('summary').click()
  await row.getByRole('button', { name: /^Copy/ }).click()
  await page.getByRole('status').filter({ hasText: 'Copied' }).waitFor()
  assert.equal(
    await page.evaluate('navigator.clipboard.readText()'),
    'whosecall explain -c worker.yaml --topic ai.gateway.raw --partition 1 --offset 8813317 --event 3',
  )
  const link = await row.getByRole('link').evaluate(({ href }: { href: string }) => href)
  assert.equal(link, `${server.url}/explain/ai.gateway.raw/1/8813317?event=3`)
})
