/** The page behind an example of the status page. */
import assert from 'node:assert/strict'
import { request } from 'node:http'
import test from 'node:test'
import { litellmCall, startTestWorker } from '../support/worker.ts'
import { publish, settled } from '../support/worker-messages.ts'

/** As a browser asks that was led here by a name of somebody else. */
function getAs(host: string, url: string, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    request(`${url}/${path}`, { headers: { host } }, (response) => {
      response.destroy()
      resolve(response.statusCode ?? 0)
    })
      .on('error', reject)
      .end()
  })
}

async function get(url: string, path: string) {
  const response = await fetch(`${url}/explain/${path}`)
  return { status: response.status, headers: response.headers, text: await response.text() }
}

test('An example of a gap is explained with evidence, lookups, rungs, rules and what would attribute it.', async (t) => {
  const worker = await startTestWorker(t)
  publish(worker, litellmCall('stranger', { messages: [{ content: 'a secret plan' }] }))
  await settled(worker, 1)
  const { example } = worker.status().gaps[0]!
  const place = `${example.topic}/${example.partition}/${example.offset}?event=${example.event}`
  const page = await (await fetch(worker.admin_url)).text()
  assert.ok(page.includes(`href="explain/${place}"`), 'the status page has a link to it')
  const { status, headers, text } = await get(worker.admin_url, place)
  assert.equal(status, 200)
  assert.match(headers.get('content-security-policy')!, /^default-src 'none'/)
  for (const part of [
    'Unattributed: unknown_identity',
    'api_key=litellm/stranger',
    'would attribute it',
  ])
    assert.ok(text.includes(part), part)
  for (const part of ['Evidence', 'Lookups', 'Rungs', 'Rules'])
    assert.ok(text.includes(`>${part}</h2>`), part)
  assert.ok(!text.includes('a secret plan'), 'a prompt stands on the page')
})

test('What cannot be explained is said, and what a message holds is no markup.', async (t) => {
  const worker = await startTestWorker(t)
  publish(worker, litellmCall('<script>alert(1)</script>'))
  publish(worker, Buffer.from('{'))
  await settled(worker, 2)
  const hostile = await get(worker.admin_url, 'raw/0/0')
  assert.equal(hostile.status, 200)
  assert.ok(!hostile.text.includes('<script>'), 'markup of a record')
  assert.match((await get(worker.admin_url, 'raw/0/1')).text, /Dead letter: malformed/)
  for (const [path, code, why] of [
    ['raw/0/7', 404, /has no message at offset 7/],
    ['elsewhere/0/0', 404, /no receiver of the config reads topic elsewhere/],
    ['raw/x/0', 404, /has a partition and an offset/],
  ] as const) {
    const { status, text } = await get(worker.admin_url, path)
    assert.equal(status, code, path)
    assert.match(text, why)
  }
})

test('Identities are shown on a loopback address only, unless the config says otherwise.', async (t) => {
  const endpoint = '127.0.0.1:0'
  const silent = await startTestWorker(t, {
    service: { telemetry: { metrics: { endpoint, explain: 'never' } } },
  })
  assert.equal((await get(silent.admin_url, 'raw/0/0')).status, 404)
  assert.ok(!(await (await fetch(silent.admin_url)).text()).includes('href="explain/'))
  const open = await startTestWorker(t, {
    service: { telemetry: { metrics: { endpoint: '0.0.0.0:0' } } },
  })
  const url = open.admin_url.replace('0.0.0.0', '127.0.0.1')
  assert.equal((await get(url, 'raw/0/0')).status, 404)
})

test('A name of somebody else that points to this machine is shown no identity, by no page.', async (t) => {
  const { admin_url: url } = await startTestWorker(t)
  for (const path of ['explain/raw/0/0', 'tap?evidence=1'])
    for (const host of ['evil.example', '127.evil.example', '127.0.0.1.evil.example:9464'])
      assert.equal(await getAs(host, url, path), 403, `${path} for ${host}`)
  assert.equal(await getAs('evil.example', url, 'tap'), 200)
  for (const host of ['localhost:9464', '127.0.0.1', '[::1]:9464'])
    assert.equal(await getAs(host, url, 'explain/raw/0/0'), 404, host)
})
