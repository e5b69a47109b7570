import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'

import { Ajv2020 } from 'ajv/dist/2020.js'

import type { Answer, Key, Owners } from '#/core/owners.ts'
import { BATCH_LOOKUP_PATH, batch_response_schema, createOwners } from '#/owners/index.ts'
import { createRegistry } from '#/registry/index.ts'
import { createDeadline, systemClock } from '#/telemetry/index.ts'

import { apiKey, eventually, ownersConfig, registryConfig, testPorts } from '../support/owners.ts'

/**
 * What a decision sees must not depend on where the bindings are kept: one suite over the owner file in memory and over
 * a registry that serves the same file by HTTP.
 */

const FILE = `bindings:
  - kind: api_key
    key: litellm/moved
    owner: { id: team:old, team: old }
    valid_to: 2026-07-01T00:00:00Z
  - kind: api_key
    key: litellm/moved
    owner: { id: team:new, team: new, cost_center: "0815" }
    valid_from: 2026-07-01T00:00:00Z
  - { kind: api_key, key: litellm/shared, ownership: shared }
  - { kind: api_key, key: litellm/unowned, ownership: unowned }
  - { kind: mail, key: Ana@Example.com, owner: { id: team:a } }
  - { kind: mail, key: both@example.com, owner: { id: team:a } }
  - { kind: mail, key: both@example.com, owner: { id: team:b } }
  - { kind: user, key: "https://idp.example.com|Ünï/ ☃", owner: { id: team:a }, id: row-7 }
  - { kind: ip, key: 10.0.0.0/8, owner: { id: team:wide } }
  - { kind: ip, key: 10.1.0.0/16, owner: { id: team:narrow }, valid_from: 2026-01-01 }
`

interface Started {
  readonly owners: Owners
  readonly ports: ReturnType<typeof testPorts>
}

async function ownerFile(t: TestContext, text: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'whosecall-directory-'))
  t.after(() => rm(directory, { recursive: true }))
  const path = join(directory, 'owners.yaml')
  await writeFile(path, text)
  return path
}

async function startOwners(t: TestContext, config: Parameters<typeof createOwners>[0]) {
  const ports = testPorts()
  const started = await createOwners(config, { ...ports, clock: systemClock }).start()
  t.after(async () => {
    using deadline = createDeadline(systemClock, 2000)
    await started.stop(deadline)
  })
  return { owners: started.value, ports }
}

async function startRegistry(t: TestContext, path: string, options: object = {}) {
  const ports = testPorts()
  const started = await createRegistry(
    registryConfig({
      registry: { endpoint: '127.0.0.1:0', ...options },
      owners: { directory: { type: 'file', path, reload_interval_ms: 100 } },
    }),
    { ...ports, clock: systemClock, metricsText: () => ports.meter.text() },
  ).start()
  const stop = async () => {
    using deadline = createDeadline(systemClock, 2000)
    await started.stop(deadline)
  }
  t.after(stop)
  return { url: started.value.url, ports, stop }
}

const DIRECTORIES: Readonly<Record<string, (t: TestContext) => Promise<Started>>> = {
  file: async (t) => {
    const path = await ownerFile(t, FILE)
    return startOwners(t, ownersConfig({ directory: { type: 'file', path } }))
  },
  http: async (t) => {
    const { url } = await startRegistry(t, await ownerFile(t, FILE))
    return startOwners(t, httpConfig(url))
  },
  'http in small batches': async (t) => {
    const { url } = await startRegistry(t, await ownerFile(t, FILE))
    return startOwners(t, httpConfig(url, { batch_keys_max: 2, requests_max: 1 }))
  },
}

function httpConfig(url: string, options: object = {}) {
  return ownersConfig({
    directory: { type: 'http', endpoint: url, timeout_ms: 5000, ...options },
  })
}

async function ask(owners: Owners, key: Key): Promise<Answer> {
  const [answer] = await owners.lookup([key])
  assert.ok(answer)
  return answer
}

for (const [name, start] of Object.entries(DIRECTORIES)) {
  test(`${name}: an answer carries all bindings of a key with their intervals`, async (t) => {
    const { owners } = await start(t)
    const { state, bindings, revision } = await ask(owners, apiKey('moved'))
    assert.equal(state, 'fresh')
    assert.match(revision ?? '', /^[0-9a-f]{16}$/)
    const edge_ms = Date.UTC(2026, 6, 1)
    assert.deepEqual(
      bindings.map(({ id: _id, ...rest }) => rest),
      [
        {
          key: apiKey('moved'),
          ownership: 'owned',
          owner: { id: 'team:old', team: 'old' },
          valid_from_ms: -Infinity,
          valid_to_ms: edge_ms,
        },
        {
          key: apiKey('moved'),
          ownership: 'owned',
          owner: { id: 'team:new', team: 'new', cost_center: '0815' },
          valid_from_ms: edge_ms,
          valid_to_ms: Infinity,
        },
      ],
    )
    assert.equal(new Set(bindings.map(({ id }) => id)).size, 2)
  })

  test(`${name}: shared and unowned keys are found and have no owner`, async (t) => {
    const { owners } = await start(t)
    for (const ownership of ['shared', 'unowned'] as const) {
      const { state, bindings } = await ask(owners, apiKey(ownership))
      assert.equal(state, 'fresh')
      assert.equal(bindings[0]?.ownership, ownership)
      assert.equal(bindings[0].owner, undefined)
    }
  })

  test(`${name}: rows are found by the normal form of their key, of any characters`, async (t) => {
    const { owners } = await start(t)
    const mail = await ask(owners, { kind: 'mail', value: 'ana@example.com' })
    assert.equal(mail.bindings[0]?.owner?.id, 'team:a')
    const user = await ask(owners, { kind: 'user', value: 'https://idp.example.com|Ünï/ ☃' })
    assert.equal(user.bindings[0]?.id, 'row-7')
  })

  test(`${name}: two rows at once are two bindings`, async (t) => {
    const { owners } = await start(t)
    const { bindings } = await ask(owners, { kind: 'mail', value: 'both@example.com' })
    assert.deepEqual(
      bindings.map(({ owner }) => owner?.id),
      ['team:a', 'team:b'],
    )
  })

  test(`${name}: an address is found by its network, the longest first at each instant`, async (t) => {
    const { owners } = await start(t)
    const { bindings } = await ask(owners, { kind: 'ip', value: '10.1.2.3' })
    const new_year_ms = Date.UTC(2026, 0, 1)
    assert.deepEqual(
      bindings.map(({ owner, valid_from_ms, valid_to_ms }) => [
        owner?.id,
        valid_from_ms,
        valid_to_ms,
      ]),
      [
        ['team:narrow', new_year_ms, Infinity],
        ['team:wide', -Infinity, new_year_ms],
      ],
    )
  })

  test(`${name}: a key that is not there is negative, and a batch keeps its order`, async (t) => {
    const { owners } = await start(t)
    const asked = ['nobody', 'moved', 'nobody-2', 'shared', 'moved'].map(apiKey)
    const answers = await owners.lookup(asked)
    assert.deepEqual(
      answers.map(({ state }) => state),
      ['negative', 'fresh', 'negative', 'fresh', 'fresh'],
    )
    assert.deepEqual(answers[0]?.bindings, [])
    assert.equal((await ask(owners, { kind: 'agent', value: 'litellm/moved' })).state, 'negative')
  })

  test(`${name}: what was answered is remembered`, async (t) => {
    const { owners } = await start(t)
    await owners.lookup([apiKey('moved'), apiKey('nobody')])
    assert.equal(owners.peek(apiKey('moved'))?.state, 'fresh')
    assert.equal(owners.peek(apiKey('nobody'))?.state, 'negative')
    assert.ok((owners.peek(apiKey('moved'))?.good_until_ms ?? 0) > Date.now())
  })
}

test('file and http give equal bindings, ids included', async (t) => {
  const started = await Promise.all(Object.values(DIRECTORIES).map((start) => start(t)))
  const keys: Key[] = [
    apiKey('moved'),
    apiKey('shared'),
    { kind: 'mail', value: 'both@example.com' },
    { kind: 'ip', value: '10.1.2.3' },
    { kind: 'ip', value: '10.9.2.3' },
  ]
  const [file, ...others] = await Promise.all(
    started.map(async ({ owners }) =>
      (await owners.lookup(keys)).map(({ bindings, revision, state }) => ({
        bindings,
        revision,
        state,
      })),
    ),
  )
  for (const other of others) assert.deepEqual(other, file)
})

test('http: without the directory nobody is blamed, and it is used when it comes', async (t) => {
  const path = await ownerFile(t, FILE)
  // Nobody listens on the port of a registry that was stopped.
  const first = await startRegistry(t, path)
  await first.stop()
  const { owners } = await startOwners(t, httpConfig(first.url, { probe_interval_ms: 20 }))
  assert.equal((await ask(owners, apiKey('moved'))).state, 'unavailable')
  assert.equal(owners.peek(apiKey('moved')), undefined)
  await startRegistry(t, path, { endpoint: new URL(first.url).host })
  await eventually(async () => (await ask(owners, apiKey('moved'))).state === 'fresh')
})

test('the registry answers per key, and its reply satisfies the published contract', async (t) => {
  const { url, ports } = await startRegistry(t, await ownerFile(t, FILE), {
    ttl_s: 60,
    negative_ttl_s: 5,
  })
  const reply = await post(url, {
    tenant: 'acme',
    keys: [
      { kind: 'api_key', value: 'litellm/moved' },
      { kind: 'api_key', value: 'litellm/moved', as_of: '2026-06-30T23:59:59.999Z' },
      { kind: 'api_key', value: 'litellm/moved', as_of: 'yesterday' },
      { kind: 'mail', value: ' ANA@example.com' },
      { kind: 'mail', value: 'no mail' },
      { kind: 'horoscope', value: 'leo' },
      { kind: 'api_key', value: 'litellm/nobody' },
    ],
  })
  assert.equal(reply.status, 200)
  const body: unknown = await reply.json()
  const isResponse = new Ajv2020().compile<{ results: Record<string, unknown>[] }>(
    batch_response_schema,
  )
  assert.ok(isResponse(body), JSON.stringify(isResponse.errors))
  const { results } = body
  assert.deepEqual(
    results.map(({ status }) => status),
    ['found', 'found', 'error', 'found', 'not_found', 'error', 'not_found'],
  )
  const lengths = results.map(({ versions }) => (Array.isArray(versions) ? versions.length : 0))
  assert.deepEqual(lengths, [2, 1, 0, 1, 0, 0, 0])
  assert.deepEqual([results[0]?.['ttl_s'], results[6]?.['negative_ttl_s']], [60, 5])
  const counted = (status: string) => ports.meter.value('whosecall_registry_keys_total', { status })
  assert.deepEqual([counted('found'), counted('not_found'), counted('error')], [3, 2, 2])
})

test('the registry refuses what is no batch, and says why', async (t) => {
  const { url, ports } = await startRegistry(t, await ownerFile(t, FILE), {
    keys_max: 3,
    body_bytes_max: 1024,
  })
  const key = { kind: 'api_key', value: 'litellm/moved' }
  const bad: readonly (readonly [body: string, status: number, detail: RegExp])[] = [
    ['{', 400, /JSON/],
    ['[]', 400, /must be object/],
    ['{}', 400, /'keys'/],
    [JSON.stringify({ keys: 'all' }), 400, /keys must be array/],
    [JSON.stringify({ keys: [{ kind: 'api_key' }] }), 400, /keys\/0 .*'value'/],
    [JSON.stringify({ keys: [{ ...key, value: 7 }] }), 400, /keys\/0\/value must be string/],
    [JSON.stringify({ keys: [], all: true }), 400, /additional properties/],
    [JSON.stringify({ keys: [key, key, key, key] }), 400, /more than 3 items/],
    [JSON.stringify({ keys: [{ ...key, value: 'x'.repeat(2000) }] }), 413, /too large/],
  ]
  for (const [body, status, detail] of bad) {
    const reply = await postText(url, body)
    assert.equal(reply.status, status, body)
    assert.match(reply.headers.get('content-type') ?? '', /application\/problem\+json/)
    const problem: unknown = await reply.json()
    assert.match(JSON.stringify(problem), detail, body)
  }
  const text = await fetch(`${url}${BATCH_LOOKUP_PATH}`, { method: 'POST', body: 'keys' })
  assert.equal(text.status, 415)
  assert.equal((await fetch(`${url}/v1/owners`)).status, 404)
  assert.equal(ports.meter.value('whosecall_registry_requests_total', { code: '400' }), 8)
  assert.equal(ports.meter.value('whosecall_registry_requests_total', { code: '413' }), 1)
})

test('a registry with a token answers only who carries it', async (t) => {
  const token = 'a-token-of-20-letters'
  const { url } = await startRegistry(t, await ownerFile(t, FILE), { bearer_token: token })
  assert.equal((await post(url, { keys: [] })).status, 401)
  const { owners } = await startOwners(t, httpConfig(url, { auth: { bearer_token: token } }))
  assert.equal((await ask(owners, apiKey('moved'))).state, 'fresh')
  const other = await startOwners(t, httpConfig(url, { auth: { bearer_token: 'wrong' } }))
  assert.equal((await ask(other.owners, apiKey('moved'))).state, 'unavailable')
})

test('a registry without bindings is alive, not ready, and makes answers unavailable', async (t) => {
  const path = `${await ownerFile(t, FILE)}.not-there.yaml`
  const { url } = await startRegistry(t, path)
  assert.equal((await fetch(`${url}/livez`)).status, 200)
  assert.equal((await fetch(`${url}/readyz`)).status, 503)
  const refused = await post(url, { keys: [] })
  assert.equal(refused.status, 503)
  assert.equal(refused.headers.get('retry-after'), '1')
  const { owners } = await startOwners(t, httpConfig(url))
  assert.equal((await ask(owners, apiKey('moved'))).state, 'unavailable')
})

test('the registry serves health and metrics', async (t) => {
  const { url } = await startRegistry(t, await ownerFile(t, FILE))
  await post(url, { keys: [apiKey('moved')] })
  assert.equal((await fetch(`${url}/readyz`)).status, 200)
  const metrics = await fetch(`${url}/metrics`)
  assert.match(metrics.headers.get('content-type') ?? '', /^text\/plain/)
  const text = await metrics.text()
  assert.match(text, /whosecall_owner_file_bindings 10/)
  assert.match(text, /whosecall_registry_requests_total\{code="200"\} 1/)
})

function post(url: string, body: object): Promise<Response> {
  return postText(url, JSON.stringify(body))
}

function postText(url: string, body: string): Promise<Response> {
  const headers = { 'content-type': 'application/json' }
  return fetch(`${url}${BATCH_LOOKUP_PATH}`, { method: 'POST', headers, body })
}
