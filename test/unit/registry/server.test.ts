import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { createRegistry, REGISTRY_CATALOGUE } from '#/registry/index.ts'
import { createDeadline, createMeter, systemClock } from '#/telemetry/index.ts'
import { registryConfig, testPorts } from '../../support/owners.ts'
import { OWNERS_YAML, temporaryFolder } from '../../support/worker.ts'

const LOOKUP = '/v1/owners:batchLookup'

async function start(t: TestContext): Promise<string> {
  const path = join(temporaryFolder(t), 'owners.yaml')
  writeFileSync(path, OWNERS_YAML)
  const meter = createMeter({ catalogue: REGISTRY_CATALOGUE, process_metrics: false })
  const config = registryConfig({
    registry: { endpoint: '127.0.0.1:0' },
    owners: { directory: { type: 'file', path } },
  })
  const ports = { ...testPorts(), meter, clock: systemClock, metricsText: () => meter.text() }
  const started = await createRegistry(config, ports).start()
  t.after(async () => {
    using deadline = createDeadline(systemClock, 2_000)
    await started.stop(deadline)
  })
  return started.value.url
}

function lookUp(url: string, path = LOOKUP): Promise<Response> {
  return fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ keys: [{ kind: 'api_key', value: 'litellm/known' }] }),
  })
}

test('metrics are those of the registry, and each has a value', async (t) => {
  const url = await start(t)
  assert.equal((await lookUp(url)).status, 200)
  const text = await (await fetch(`${url}/metrics`)).text()
  const families = [...text.matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1]!)
  assert.deepEqual(families.toSorted(), Object.keys(REGISTRY_CATALOGUE).toSorted())
  for (const name of families.filter((one) => one !== 'whosecall_build_info'))
    assert.match(text, new RegExp(`^${name}(_count)?(\\{[^}]*\\})? \\d`, 'm'), name)
  assert.match(text, /^whosecall_lookups_total\{tier="memory",state="fresh"\} 1$/m)
})

test('another method on a path that exists is 405 and says which are allowed', async (t) => {
  const url = await start(t)
  for (const [method, path, allow] of [
    ['GET', LOOKUP, 'POST'],
    ['GET', `${LOOKUP}?x=1`, 'POST'],
    ['PUT', LOOKUP, 'POST'],
    ['POST', '/metrics', 'GET, HEAD'],
    ['DELETE', '/livez', 'GET, HEAD'],
  ] as const) {
    const response = await fetch(`${url}${path}`, { method })
    assert.equal(response.status, 405, `${method} ${path}`)
    assert.equal(response.headers.get('allow'), allow)
    assert.match(response.headers.get('content-type') ?? '', /^application\/problem\+json/)
    assert.deepEqual(await response.json(), {
      status: 405,
      title: 'Method not allowed',
      detail: `expected ${allow}, not ${method}`,
    })
  }
})

test('what only begins like the path of the lookup is not found', async (t) => {
  const url = await start(t)
  for (const path of ['/v1/owners', '/v1/ownersX', '/v1/owners:batchLookups', '/v1/owners:other'])
    assert.equal((await lookUp(url, path)).status, 404, path)
  assert.equal((await lookUp(url)).status, 200)
})
