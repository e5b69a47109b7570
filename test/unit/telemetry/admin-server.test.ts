import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { WhosecallError } from '#/core/errors.ts'
import { createAdminServer, type AdminServerOptions } from '#/telemetry/index.ts'

const silent = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silent,
}

const expired = { at_ms: 0, signal: AbortSignal.abort() }
const patient = { at_ms: 0, signal: new AbortController().signal }

const defaults: AdminServerOptions = {
  endpoint: '127.0.0.1:0',
  metricsText: () => Promise.resolve('whosecall_holding 0\n'),
  live: () => ({ ok: true, reasons: [] }),
  ready: () => ({ ok: true, reasons: [] }),
  logger: silent,
}

async function startServer(t: TestContext, options: Partial<AdminServerOptions> = {}) {
  const started = await createAdminServer({ ...defaults, ...options }).start()
  t.after(() => started.stop(patient))
  return started.value.url
}

test('Metrics are served as Prometheus text.', async (t) => {
  const url = await startServer(t)
  const response = await fetch(`${url}/metrics`)
  assert.equal(response.status, 200)
  assert.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
  assert.equal(await response.text(), 'whosecall_holding 0\n')
})

test('Health answers 200 or 503 with reasons.', async (t) => {
  let ok = true
  const url = await startServer(t, {
    ready: () => ({ ok, reasons: ok ? [] : ['kafka/raw: no partitions assigned'] }),
    live: () => ({ ok: false, reasons: ['raw/0: no progress'] }),
  })
  const read = async (path: string) => {
    const response = await fetch(url + path)
    return [response.status, await response.text()]
  }
  assert.deepEqual(await read('/readyz'), [200, '{"status":"ok","reasons":[]}'])
  ok = false
  assert.deepEqual(await read('/readyz'), [
    503,
    '{"status":"unavailable","reasons":["kafka/raw: no partitions assigned"]}',
  ])
  assert.deepEqual(await read('/livez'), [
    503,
    '{"status":"unavailable","reasons":["raw/0: no progress"]}',
  ])
})

test('The first page lists the paths, any other says which exist.', async (t) => {
  const url = await startServer(t)
  const page = await (await fetch(url)).text()
  for (const path of ['/metrics', '/livez', '/readyz']) assert.ok(page.includes(`href="${path}"`))
  const missing = await fetch(`${url}/config`)
  assert.equal(missing.status, 404)
  assert.equal(
    await missing.text(),
    '{"error":"not found","paths":["/","/metrics","/livez","/readyz"]}',
  )
})

test('Routes are added, may take over the first page, and are told of the stop once.', async () => {
  let stops = 0
  const started = await createAdminServer({
    ...defaults,
    routes: [
      { path: '/', answer: () => 'mine' },
      {
        path: '/echo/:word',
        answer: ({ params }) => ({ params }),
        stop: () => (stops += 1),
      },
    ],
  }).start()
  const { url } = started.value
  assert.equal(await (await fetch(url)).text(), 'mine')
  assert.equal(await (await fetch(`${url}/echo/a`)).text(), '{"params":{"word":"a"}}')
  assert.equal(
    await (await fetch(`${url}/none`)).text(),
    '{"error":"not found","paths":["/","/metrics","/livez","/readyz","/echo/:word"]}',
  )
  await started.stop(patient)
  await started.stop(patient)
  assert.equal(stops, 1)
})

test('Nothing but GET and HEAD is answered.', async (t) => {
  const url = await startServer(t)
  assert.equal((await fetch(`${url}/livez`, { method: 'HEAD' })).status, 200)
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
    const response = await fetch(`${url}/livez`, { method })
    assert.equal(response.status, 405, method)
    assert.equal(response.headers.get('allow'), 'GET, HEAD')
  }
})

test('Metrics that cannot be rendered answer 500 and say nothing of the cause.', async (t) => {
  const url = await startServer(t, { metricsText: () => Promise.reject(new Error('hunter2')) })
  const response = await fetch(`${url}/metrics`)
  assert.equal(response.status, 500)
  assert.equal(await response.text(), '{"error":"metrics cannot be rendered"}')
})

test('A taken port names the key to change.', async (t) => {
  const url = await startServer(t)
  const endpoint = new URL(url).host
  await assert.rejects(createAdminServer({ ...defaults, endpoint }).start(), (error) => {
    assert.ok(error instanceof WhosecallError)
    assert.equal(error.code, 'dependency_unreachable')
    assert.equal(
      error.message,
      `cannot listen on ${endpoint}: another process uses this address; change service.telemetry.metrics.endpoint`,
    )
    return true
  })
})

test('An endpoint that is none is a config error.', async () => {
  for (const endpoint of ['9464', 'localhost', '127.0.0.1:70000', '::1:9464']) {
    await assert.rejects(createAdminServer({ ...defaults, endpoint }).start(), {
      code: 'config_invalid',
      message: `service.telemetry.metrics.endpoint is "${endpoint}", expected host:port`,
    })
  }
})

test('A stop ends open connections, twice is harmless, and a late one gives up waiting.', async () => {
  const started = await createAdminServer(defaults).start()
  await fetch(`${started.value.url}/livez`)
  await started.stop(patient)
  await started.stop(patient)
  await assert.rejects(fetch(`${started.value.url}/livez`))

  const other = await createAdminServer(defaults).start()
  await other.stop(expired)
})
