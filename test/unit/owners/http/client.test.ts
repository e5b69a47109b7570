import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Key } from '#/core/owners.ts'
import { createLookupCounts } from '#/owners/counts.ts'
import { createHttpDirectory } from '#/owners/http/client.ts'

import { settle } from '../../../support/fake-clock.ts'
import { apiKey, ownersConfig, testPorts } from '../../../support/owners.ts'

interface Call {
  readonly url: string
  readonly init: RequestInit
  readonly body: { readonly tenant?: string; readonly keys: readonly Key[] }
}
type Answer = (call: Call) => Response | Promise<Response>

function setUp(answer: Answer, options: object = {}) {
  const ports = testPorts()
  const { directory: config } = ownersConfig({
    directory: { type: 'http', endpoint: 'http://directory.test/base/', ...options },
  })
  assert.ok(config.type === 'http')
  const calls: Call[] = []
  const state = { answer }
  const counts = createLookupCounts(ports.meter)
  const directory = createHttpDirectory(config, ports, counts, async (url, init) => {
    assert.ok(typeof init.body === 'string')
    const call: Call = { url, init, body: JSON.parse(init.body) }
    calls.push(call)
    return state.answer(call)
  })
  return { ...ports, directory, calls, state, counts }
}

function json(value: unknown, init: ResponseInit = {}): Response {
  return new Response(JSON.stringify(value), init)
}

function row(key: Key, owner: string): object {
  return { kind: key.kind, key: key.value, owner: { id: owner } }
}

/** Knows every key but those with "nobody" in them. */
const complete: Answer = ({ body }) =>
  json({
    results: body.keys.map((key) =>
      key.value.includes('nobody')
        ? { status: 'not_found', rev: 'r1', negative_ttl_s: 5 }
        : { status: 'found', versions: [row(key, 'team:a')], rev: 'r1', ttl_s: 60 },
    ),
  })

async function types(directory: ReturnType<typeof setUp>['directory'], keys: readonly Key[]) {
  return (await directory.ask(keys)).map(({ type }) => type)
}

test('a batch is one POST with the keys, the tenant and the credentials, and follows no redirect', async () => {
  const { directory, calls, clock, counts, meter } = setUp(complete, {
    tenant: 'acme',
    headers: { 'x-team': 'platform' },
    auth: { bearer_token: 'secret-token' },
  })
  const results = await directory.ask([apiKey('a'), apiKey('nobody')])
  assert.deepEqual(results[1], { type: 'not_found', revision: 'r1', ttl_ms: 5000 })
  const [found] = results
  assert.ok(found?.type === 'found')
  assert.equal(found.stored.fetched_at_ms, clock.now())
  assert.equal(found.stored.revision, 'r1')
  assert.equal(found.stored.ttl_ms, 60_000)
  assert.equal(found.stored.bindings[0]?.owner?.id, 'team:a')
  assert.equal(calls.length, 1)
  assert.equal(calls[0]?.url, 'http://directory.test/base/v1/owners:batchLookup')
  assert.deepEqual(calls[0].body, { tenant: 'acme', keys: [apiKey('a'), apiKey('nobody')] })
  const headers = new Headers(calls[0].init.headers)
  assert.equal(headers.get('authorization'), 'Bearer secret-token')
  assert.equal(headers.get('x-team'), 'platform')
  assert.equal(calls[0].init.redirect, 'error')
  assert.deepEqual([counts.directory.fresh, counts.directory.negative], [1, 1])
  assert.equal(meter.value('whosecall_lookup_duration_seconds', { tier: 'directory' }), 1)
})

test('the age of an answer counts from the question, not from the reply', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const { directory, clock } = setUp(async (call) => {
    await promise
    return complete(call)
  })
  const asked_ms = clock.now()
  const pending = directory.ask([apiKey('a')])
  await clock.advance(300)
  resolve()
  const [result] = await pending
  assert.ok(result?.type === 'found')
  assert.equal(result.stored.fetched_at_ms, asked_ms)
})

test('more keys than one request holds are several requests, with so many in flight and no more', async () => {
  const { directory, calls } = setUp(() => new Promise<Response>(() => {}), {
    batch_keys_max: 10,
    requests_max: 2,
  })
  void directory.ask(Array.from({ length: 35 }, (_, index) => apiKey(`k${index}`)))
  await settle()
  assert.deepEqual(
    calls.map(({ body }) => body.keys.length),
    [10, 10],
  )
  directory.stop()
})

test('keys that are long travel in smaller requests, so that none is too large', async () => {
  const { directory, calls } = setUp(complete)
  const keys = Array.from({ length: 200 }, (_, index) => apiKey(`${index}${'x'.repeat(4000)}`))
  assert.deepEqual(new Set(await types(directory, keys)), new Set(['found']))
  assert.deepEqual(
    calls.map(({ body }) => body.keys.length),
    [65, 65, 65, 5],
  )
  assert.deepEqual(
    calls.flatMap(({ body }) => body.keys),
    keys,
  )
})

test('a connection that breaks is tried once more, a status is not', async () => {
  const { directory, calls, state } = setUp(() => Promise.reject(new TypeError('fetch failed')))
  assert.deepEqual(await types(directory, [apiKey('a')]), ['unavailable'])
  assert.equal(calls.length, 2)
  state.answer = (call) => {
    state.answer = complete
    return calls.length === 3 ? Promise.reject(new TypeError('terminated')) : complete(call)
  }
  assert.deepEqual(await types(directory, [apiKey('a')]), ['found'])
  assert.equal(calls.length, 4)
  state.answer = () => json({}, { status: 502 })
  assert.deepEqual(await types(directory, [apiKey('a')]), ['unavailable'])
  assert.equal(calls.length, 5)
})

test('one key with an error is unavailable alone', async () => {
  const { directory } = setUp(({ body }) =>
    json({
      results: body.keys.map((key) =>
        key.value.endsWith('b') ? { status: 'error' } : { status: 'not_found' },
      ),
    }),
  )
  assert.deepEqual(await types(directory, [apiKey('a'), apiKey('b')]), ['not_found', 'unavailable'])
})

test('a found key whose rows are missing or unreadable is unavailable, never negative', async () => {
  const versions: Readonly<Record<string, readonly object[]>> = {
    empty: [],
    kind: [{ kind: 'nonsense', key: 'x', owner: { id: 'a' } }],
    form: [{ kind: 'mail', key: 'x', owner: { id: 'a' } }],
    date: [{ ...row(apiKey('date'), 'a'), valid_from: 'soon' }],
    half: [row(apiKey('half'), 'a'), { kind: 'api_key' }],
  }
  const { directory } = setUp(({ body }) =>
    json({
      results: body.keys.map((key) => ({
        status: 'found',
        versions: versions[key.value.split('/')[1] ?? ''],
      })),
    }),
  )
  const found = await types(directory, Object.keys(versions).map(apiKey))
  assert.deepEqual(new Set(found), new Set(['unavailable']))
})

test('whatever is wrong with a reply makes its keys unavailable and counts as an error', async () => {
  const bad: readonly (readonly [name: string, answer: Answer])[] = [
    ['status 500', () => json({ results: [{ status: 'not_found' }] }, { status: 500 })],
    ['status 404', () => json({}, { status: 404 })],
    ['no JSON', () => new Response('<html>')],
    ['another shape', () => json({ answers: [] })],
    ['an unknown status', () => json({ results: [{ status: 'maybe' }] })],
    ['too few results', () => json({ results: [] })],
    [
      'too many results',
      () => json({ results: [{ status: 'not_found' }, { status: 'not_found' }] }),
    ],
    ['a large reply', () => json({ results: [], filler: 'x'.repeat(5000) })],
    ['no connection', () => Promise.reject(new TypeError('fetch failed'))],
  ]
  for (const [name, answer] of bad) {
    const { directory, counts } = setUp(answer, { response_bytes_max: 2048 })
    assert.deepEqual(await types(directory, [apiKey('a')]), ['unavailable'], name)
    assert.equal(counts.directory.error, 1, name)
    assert.equal(counts.limits.lookup_body_bytes, name === 'a large reply' ? 1 : 0)
  }
})

test('silence ends at the time-out, and the request is cancelled', async () => {
  let signal: AbortSignal | undefined
  const { directory, clock } = setUp(
    ({ init }) => {
      signal = init.signal ?? undefined
      return new Promise(() => {})
    },
    { timeout_ms: 200 },
  )
  const pending = types(directory, [apiKey('a')])
  await clock.advance(199)
  assert.equal(signal?.aborted, false)
  await clock.advance(1)
  assert.deepEqual(await pending, ['unavailable'])
  assert.equal(signal?.aborted, true)
})

test('a directory that fails is left alone and probed in the background with one key', async () => {
  const { directory, calls, state, clock, counts } = setUp(() => json({}, { status: 500 }), {
    probe_interval_ms: 1000,
  })
  for (let i = 0; i < 5; i++) await directory.ask([apiKey('a'), apiKey('b')])
  assert.equal(directory.state, 'open')
  assert.deepEqual(await types(directory, [apiKey('a')]), ['unavailable'])
  assert.equal(calls.length, 5)
  assert.equal(counts.directory.unavailable, 1)
  state.answer = complete
  await clock.advance(1000)
  await settle()
  assert.equal(calls.length, 6)
  assert.deepEqual(calls[5]?.body.keys, [apiKey('a')])
  assert.equal(directory.state, 'closed')
  assert.deepEqual(await types(directory, [apiKey('a')]), ['found'])
})

test('a directory that asks for a pause is not asked before it is over', async () => {
  for (const status of [429, 503]) {
    const { directory, calls, state, clock } = setUp(
      () => json({}, { status, headers: { 'retry-after': '7' } }),
      { probe_interval_ms: 1000 },
    )
    assert.deepEqual(await types(directory, [apiKey('a')]), ['unavailable'])
    assert.equal(directory.state, 'open')
    state.answer = complete
    await clock.advance(6999)
    assert.equal(calls.length, 1)
    await clock.advance(1)
    await settle()
    assert.equal(directory.state, 'closed')
  }
})

test('a pause may be a date and is bounded', async () => {
  const { clock, directory, calls } = setUp(() =>
    json({}, { status: 503, headers: { 'retry-after': 'Fri, 01 Jan 2100 00:00:00 GMT' } }),
  )
  await directory.ask([apiKey('a')])
  await clock.advance(59_999)
  assert.equal(calls.length, 1)
  await clock.advance(1)
  await settle()
  assert.equal(calls.length, 2)
  directory.stop()
})
