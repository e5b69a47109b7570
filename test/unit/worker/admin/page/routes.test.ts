import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { Status } from '#/core/status.ts'
import { createAdminServer, systemClock } from '#/telemetry/index.ts'
import { statusRoutes, type StatusPageOptions } from '#/worker/admin/page/index.ts'
import { busyStatus } from '../../../../support/status.ts'

const errors: string[] = []
const logger = {
  debug() {},
  info() {},
  warn() {},
  error: (_fields: object, message: string) => void errors.push(message),
  child: () => logger,
}
const ok = () => ({ ok: true, reasons: [] })

async function startPage(t: TestContext, options: Partial<StatusPageOptions> = {}) {
  const status = (): Status => busyStatus()
  const started = await createAdminServer({
    endpoint: '127.0.0.1:0',
    metricsText: () => Promise.resolve(''),
    live: ok,
    ready: ok,
    logger,
    routes: statusRoutes({ status, clock: systemClock, logger, ...options }),
  }).start()
  const stop = () => started.stop({ at_ms: 0, signal: new AbortController().signal })
  t.after(stop)
  return { url: started.value.url, stop }
}

/** Text of a stream up to and with the first event. */
async function firstEvent(response: Response): Promise<string> {
  let text = ''
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk
    if (/^data:.*\n\n$/ms.test(text)) break
  }
  return text
}

test('The page, its files and the status have their types and one strict policy.', async (t) => {
  const { url } = await startPage(t)
  const types = {
    '/': 'text/html; charset=utf-8',
    '/status.json': 'application/json; charset=utf-8',
    '/page.css': 'text/css; charset=utf-8',
    '/page.js': 'text/javascript; charset=utf-8',
    '/events': 'text/event-stream; charset=utf-8',
  }
  for (const [path, type] of Object.entries(types))
    for (const method of ['HEAD', 'GET']) {
      const abort = new AbortController()
      const { status, headers } = await fetch(url + path, { method, signal: abort.signal })
      abort.abort()
      assert.deepEqual([status, headers.get('content-type')], [200, type], `${method} ${path}`)
      assert.equal(
        headers.get('content-security-policy'),
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      )
      assert.equal(headers.get('x-content-type-options'), 'nosniff')
      assert.equal(headers.get('referrer-policy'), 'no-referrer')
      assert.equal(headers.get('cache-control'), 'no-store')
    }
  assert.equal((await fetch(url, { method: 'POST' })).status, 405)
})

test('The status is there as JSON, as it was made.', async (t) => {
  const { url } = await startPage(t)
  const status = await (await fetch(`${url}/status.json`)).json()
  assert.deepEqual(status, JSON.parse(JSON.stringify(busyStatus())))
})

test('A stream goes on after the last event that a client has.', async (t) => {
  const { url, stop } = await startPage(t)
  const page = await (await fetch(url)).text()
  const after = /data-after="([^"]+)"/.exec(page)?.[1] ?? ''
  const all = await firstEvent(await fetch(`${url}/events`))
  assert.ok(all.startsWith(`retry: 2000\n\nid: ${after}\ndata: {`), all.slice(0, 80))
  const known = [
    await fetch(`${url}/events?after=${after}`),
    await fetch(`${url}/events?after=x`, { headers: { 'last-event-id': after } }),
  ]
  const texts = known.map((response) => response.text())
  await stop()
  assert.deepEqual(await Promise.all(texts), ['retry: 2000\n\n', 'retry: 2000\n\n'])
})

test('Beyond the bound a stream is refused and told when to come back.', async (t) => {
  const { url } = await startPage(t, { clients_max: 1 })
  const abort = new AbortController()
  await fetch(`${url}/events`, { signal: abort.signal })
  const refused = await fetch(`${url}/events`)
  assert.deepEqual([refused.status, refused.headers.get('retry-after')], [503, '30'])
  assert.match(await refused.text(), /too many pages/)
  abort.abort()
})

test('A status that cannot be made is an error that says nothing of the cause.', async (t) => {
  const status = (): Status => {
    throw new Error('hunter2')
  }
  const { url } = await startPage(t, { status })
  errors.length = 0
  for (const path of ['/', '/status.json']) {
    const response = await fetch(url + path)
    assert.equal(response.status, 500)
    assert.equal(await response.text(), '{"error":"the status cannot be made"}')
  }
  assert.equal(errors.length, 2)
})
