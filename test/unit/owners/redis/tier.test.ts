import assert from 'node:assert/strict'
import { test } from 'node:test'

import { createLookupCounts } from '#/owners/counts.ts'
import type { RedisEntry, RedisLink } from '#/owners/redis/link.ts'
import { createRedisTier } from '#/owners/redis/tier.ts'
import { createRedisKeyOf, encodeValue } from '#/owners/redis/value.ts'

import { settle } from '../../../support/fake-clock.ts'
import { apiKey, bindingOf, ownersConfig, testPorts } from '../../../support/owners.ts'

const SECRET = '0123456789abcdef'

interface FakeLink extends RedisLink {
  is_ready: boolean
  is_hung: boolean
  error: Error | undefined
  readonly values: Map<string, string>
  /** Keys of each command. */
  readonly mgets: (readonly string[])[]
  readonly sets: (readonly RedisEntry[])[]
  pings: number
  ready(): void
}

function fakeLink(): FakeLink {
  const listeners: (() => void)[] = []
  async function reply<T>(value: T): Promise<T> {
    if (link.is_hung) await new Promise(() => {})
    if (link.error !== undefined) throw link.error
    return value
  }
  const link: FakeLink = {
    is_ready: true,
    is_hung: false,
    error: undefined,
    target: { redis: 'redis:6379', tls: false },
    last_error: undefined,
    values: new Map(),
    mgets: [],
    sets: [],
    pings: 0,
    mget(keys) {
      link.mgets.push(keys)
      return reply(keys.map((key) => link.values.get(key) ?? null))
    },
    set(entries) {
      link.sets.push(entries)
      for (const { key, value } of entries) link.values.set(key, value)
      return reply(undefined)
    },
    unlink(keys) {
      for (const key of keys) link.values.delete(key)
      return reply(undefined)
    },
    ping() {
      link.pings++
      return reply(undefined)
    },
    connect: () => Promise.resolve(),
    onReady: (listener) => listeners.push(listener),
    ready() {
      link.is_ready = true
      for (const listener of listeners) listener()
    },
    close() {
      link.is_ready = false
    },
  }
  return link
}

function setUp(options: object = {}) {
  const ports = testPorts()
  const { redis } = ownersConfig({
    directory: { type: 'http', endpoint: 'http://directory.test' },
    redis: { endpoint: 'redis://redis.test', key_secret: SECRET, ...options },
  })
  assert.ok(redis)
  const link = fakeLink()
  const counts = createLookupCounts(ports.meter)
  const tier = createRedisTier(redis, undefined, link, ports, counts)
  return { ...ports, link, tier, counts, keyOf: createRedisKeyOf(SECRET, undefined) }
}

function storedOf(id: string, fetched_at_ms: number) {
  return { fetched_at_ms, bindings: [bindingOf(apiKey(id), `team:${id}`)] }
}

test('a batch is one MGET, and what is there is read back in order', async () => {
  const { tier, link, counts, clock, meter } = setUp()
  const now_ms = clock.now()
  tier.put([
    { key: apiKey('b'), stored: storedOf('b', now_ms), ttl_ms: 1000 },
    { key: apiKey('a'), stored: storedOf('a', now_ms), ttl_ms: 1000.4 },
  ])
  const found = await tier.get(['a', 'x', 'b'].map(apiKey))
  assert.deepEqual(found, [storedOf('a', now_ms), undefined, storedOf('b', now_ms)])
  assert.equal(link.mgets.length, 1)
  assert.equal(counts.redis.miss, 1)
  assert.deepEqual(
    link.sets[0]?.map(({ ttl_ms }) => ttl_ms),
    [1000, 1000],
  )
  assert.equal(meter.value('whosecall_redis_commands_total'), 3)
  assert.equal(meter.value('whosecall_lookup_duration_seconds', { tier: 'redis' }), 1)
})

test('a batch larger than one MGET is several, with so many in flight and no more', async () => {
  const { tier, link } = setUp({ mget_keys_max: 10, commands_max: 2 })
  link.is_hung = true
  void tier.get(Array.from({ length: 35 }, (_, index) => apiKey(`k${index}`)))
  await settle()
  assert.deepEqual(
    link.mgets.map((keys) => keys.length),
    [10, 10],
  )
  link.close()
})

test('a value that cannot be used is a counted miss, and its neighbours are read', async () => {
  const { tier, link, counts, clock, keyOf } = setUp()
  link.values.set(keyOf(apiKey('corrupt')), '{"f":')
  link.values.set(keyOf(apiKey('foreign')), 'hello')
  const tomorrow = storedOf('future', clock.now() + 86_400_000)
  link.values.set(keyOf(apiKey('future')), encodeValue(apiKey('future'), tomorrow))
  const good = storedOf('good', clock.now() + 1000)
  link.values.set(keyOf(apiKey('good')), encodeValue(apiKey('good'), good))
  const found = await tier.get(['corrupt', 'foreign', 'future', 'good'].map(apiKey))
  assert.deepEqual(found, [undefined, undefined, undefined, good])
  assert.equal(counts.redis.error, 3)
})

test('a hung Redis costs five time-outs and then nothing: no command is sent', async () => {
  const { tier, link, clock, counts, lines } = setUp({ command_timeout_ms: 100 })
  link.is_hung = true
  for (let i = 0; i < 5; i++) {
    const pending = tier.get([apiKey('a'), apiKey('b')])
    await clock.advance(100)
    assert.deepEqual(await pending, [undefined, undefined])
  }
  assert.equal(tier.state, 'open')
  assert.equal(counts.redis.error, 10)
  const sent = link.mgets.length
  assert.deepEqual(await tier.get([apiKey('a')]), [undefined])
  tier.put([{ key: apiKey('a'), stored: storedOf('a', clock.now()), ttl_ms: 1000 }])
  tier.remove([apiKey('a')])
  await settle()
  assert.equal(link.mgets.length, sent)
  assert.equal(link.sets.length, 0)
  assert.equal(counts.redis.unavailable, 1)
  assert.deepEqual(
    lines.map(({ message }) => message),
    ['redis does not answer'],
  )
})

test('a Redis that is back is found by a probe, not by a batch', async () => {
  const { tier, link, clock } = setUp({ probe_interval_ms: 500 })
  link.error = new Error('LOADING')
  for (let i = 0; i < 5; i++) await tier.get([apiKey('a')])
  assert.equal(tier.state, 'open')
  await clock.advance(500)
  assert.equal(link.pings, 1)
  assert.equal(tier.state, 'open')
  link.error = undefined
  await clock.advance(500)
  await settle()
  assert.equal(tier.state, 'closed')
  const sent = link.mgets.length
  await tier.get([apiKey('a')])
  assert.equal(link.mgets.length, sent + 1)
})

test('a link that is down sends nothing, and is probed as soon as it is up again', async () => {
  const { tier, link, meter } = setUp()
  link.is_ready = false
  for (let i = 0; i < 6; i++) assert.deepEqual(await tier.get([apiKey('a')]), [undefined])
  assert.equal(link.mgets.length, 0)
  assert.equal(meter.value('whosecall_redis_commands_total'), 0)
  assert.equal(tier.state, 'open')
  link.ready()
  await settle()
  assert.equal(tier.state, 'closed')
})

test('a Redis that refuses writes is still read, and one warning says so', async () => {
  const { tier, link, clock, lines } = setUp()
  link.error = new Error("OOM command not allowed when used memory > 'maxmemory'")
  link.error.name = 'ReplyError'
  const entry = { key: apiKey('a'), stored: storedOf('a', clock.now()), ttl_ms: 1000 }
  for (let i = 0; i < 10; i++) {
    tier.put([entry])
    await settle()
  }
  assert.equal(tier.state, 'closed')
  link.error = undefined
  assert.deepEqual(await tier.get([apiKey('a')]), [entry.stored])
  assert.deepEqual(
    lines.map(({ message }) => message),
    ['redis refuses writes'],
  )
})

test('a value that is removed is gone', async () => {
  const { tier, clock } = setUp()
  tier.put([{ key: apiKey('a'), stored: storedOf('a', clock.now()), ttl_ms: 1000 }])
  tier.remove([apiKey('a')])
  assert.deepEqual(await tier.get([apiKey('a')]), [undefined])
})
