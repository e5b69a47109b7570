import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Answer } from '#/core/owners.ts'
import { createRedisKeyOf } from '#/owners/redis/value.ts'

import { ownRedis, stackInfo, uniqueName } from '../stack/tools.ts'
import { apiKey, eventually } from '../support/owners.ts'
import {
  ask,
  connectRedis,
  createWorld,
  mgetCalls,
  numbered,
  ownedBy,
  ownerOf,
  RELOAD_MS,
  SECRET,
  startWorker,
} from '../support/redis-world.ts'

/**
 * Workers, a registry and a real Redis that is killed, hung, restarted, filled with rubbish and locked. Whatever happens
 * to Redis, answers come from the directory, and nobody is "unknown" because of it.
 */

test('a batch of misses is one MGET, and several only if it is larger than one may be', async (t) => {
  const redis = await ownRedis(t)
  const ids = numbered(700)
  const world = await createWorld(t, ownedBy('team:a', ids))
  const client = connectRedis(t, redis.url)
  const { owners, ports } = await startWorker(t, world, redis.url, {
    redis: { mget_keys_max: 300 },
  })
  const answers = await owners.lookup(ids.slice(0, 300).map(apiKey))
  assert.deepEqual(new Set(answers.map(ownerOf)), new Set(['team:a']))
  assert.equal(await mgetCalls(client), 1)
  assert.equal(world.directoryCalls(), 1)
  await owners.lookup(ids.map(apiKey))
  assert.equal(await mgetCalls(client), 3)
  await owners.lookup(ids.map(apiKey))
  assert.equal(await mgetCalls(client), 3)
  const names = await client.keys('*')
  await eventually(async () => (await client.dbsize()) === 700)
  assert.ok(names.every((name) => /^wc:v1:api_key:[\w-]{43}$/.test(name)))
  assert.ok((await client.pttl(names[0] ?? '')) > 0)
  assert.equal(ports.lines.length, 0)
})

test('what one worker asked for, the next one finds in the common Redis, without the directory', async (t) => {
  const { redis_url } = stackInfo()
  const ids = numbered(50, uniqueName('shared'))
  const world = await createWorld(t, ownedBy('team:a', ids))
  const first = await startWorker(t, world, redis_url)
  await first.owners.lookup(ids.map(apiKey))
  const client = connectRedis(t, redis_url)
  const last = createRedisKeyOf(SECRET, undefined)(apiKey(ids.at(-1) ?? ''))
  await eventually(async () => (await client.exists(last)) === 1)
  assert.equal(world.directoryCalls(), 1)
  const second = await startWorker(t, world, redis_url)
  const answers = await second.owners.lookup(ids.map(apiKey))
  assert.deepEqual(new Set(answers.map(ownerOf)), new Set(['team:a']))
  assert.deepEqual(new Set(answers.map(({ state }) => state)), new Set(['fresh']))
  assert.equal(world.directoryCalls(), 1)
  assert.equal(await second.lookups('redis', 'fresh'), 50)
})

test('a killed Redis costs microseconds, and nobody is unknown because of it', async (t) => {
  const redis = await ownRedis(t)
  const ids = numbered(200)
  const world = await createWorld(t, ownedBy('team:a', ids))
  const worker = await startWorker(t, world, redis.url)
  const { owners } = worker
  assert.equal(ownerOf(await ask(owners, apiKey('k0'))), 'team:a')
  await redis.kill()
  const answers: Answer[] = []
  for (const id of ids.slice(0, 100)) answers.push(await ask(owners, apiKey(id)))
  assert.deepEqual(new Set(answers.map(ownerOf)), new Set(['team:a']))
  assert.equal(owners.states().redis, 'open')
  // With the directory gone as well, no tier can say anything, and none of them makes anybody wait.
  await world.stopRegistry()
  for (let i = 0; owners.states().directory !== 'open' && i < 20; i++) {
    await ask(owners, apiKey(`gone-${i}`))
  }
  assert.equal(owners.states().directory, 'open')
  const unknown = numbered(500, 'u')
  const started = performance.now()
  const states = new Set<string>()
  for (const id of unknown) states.add((await ask(owners, apiKey(id))).state)
  const each_ms = (performance.now() - started) / unknown.length
  assert.deepEqual(states, new Set(['unavailable']))
  assert.ok(each_ms < 1, `a lookup took ${each_ms} ms`)
  assert.equal(ownerOf(owners.peek(apiKey('k50'))), 'team:a')
  assert.equal(await worker.lookups('memory', 'negative'), 0)
  assert.equal(await worker.lookups('directory', 'negative'), 0)
})

test('a Redis that comes back is used again, and is filled again', async (t) => {
  const redis = await ownRedis(t)
  const ids = numbered(40)
  const world = await createWorld(t, ownedBy('team:a', ids))
  const { owners, ports } = await startWorker(t, world, redis.url)
  await owners.lookup(ids.slice(0, 10).map(apiKey))
  await redis.kill()
  for (const id of ids.slice(10, 20)) await ask(owners, apiKey(id))
  assert.equal(owners.states().redis, 'open')
  await redis.restart()
  await eventually(() => owners.states().redis === 'closed')
  await owners.lookup(ids.slice(20).map(apiKey))
  const client = connectRedis(t, redis.url)
  await eventually(async () => (await client.dbsize()) === 20)
  assert.deepEqual(
    ports.lines.map(({ message }) => message),
    ['redis does not answer', 'redis answers again'],
  )
})

test('a hung Redis costs a few time-outs, then nothing, and is used again when it goes on', async (t) => {
  const redis = await ownRedis(t)
  const ids = numbered(60)
  const world = await createWorld(t, ownedBy('team:a', ids))
  const worker = await startWorker(t, world, redis.url, {
    redis: { command_timeout_ms: 60, socket_timeout_ms: 300 },
  })
  const { owners } = worker
  assert.equal(ownerOf(await ask(owners, apiKey('k0'))), 'team:a')
  redis.pause()
  let slowest_ms = 0
  let asked = 0
  while (owners.states().redis === 'closed' && asked < 30) {
    const started = performance.now()
    assert.equal(ownerOf(await ask(owners, apiKey(ids[++asked] ?? ''))), 'team:a')
    slowest_ms = Math.max(slowest_ms, performance.now() - started)
  }
  assert.equal(owners.states().redis, 'open')
  assert.ok(asked <= 6, `${asked} lookups until the breaker opened`)
  assert.ok(slowest_ms < 1500, `a lookup took ${slowest_ms} ms`)
  const sent = worker.ports.meter.value('whosecall_redis_commands_total')
  const rest = await owners.lookup(ids.map(apiKey))
  assert.deepEqual(new Set(rest.map(ownerOf)), new Set(['team:a']))
  const probes = worker.ports.meter.value('whosecall_redis_commands_total') - sent
  assert.ok(probes <= 1, `${probes} commands while the breaker was open`)
  redis.resume()
  await eventually(() => owners.states().redis === 'closed')
})

test('without Redis at the start a worker starts at once, and uses it when it comes', async (t) => {
  const redis = await ownRedis(t)
  await redis.kill()
  const world = await createWorld(t, ownedBy('team:a', numbered(30)))
  const started = performance.now()
  const { owners } = await startWorker(t, world, redis.url)
  assert.ok(performance.now() - started < 3000)
  for (const id of numbered(10)) assert.equal(ownerOf(await ask(owners, apiKey(id))), 'team:a')
  assert.equal(owners.states().redis, 'open')
  await redis.restart()
  await eventually(() => owners.states().redis === 'closed')
  await owners.lookup(numbered(30).map(apiKey))
  const client = connectRedis(t, redis.url)
  await eventually(async () => (await client.dbsize()) === 20)
})

test('rubbish in Redis is a counted miss and is overwritten', async (t) => {
  const { redis_url } = stackInfo()
  const ids = numbered(3, uniqueName('rubbish'))
  const world = await createWorld(t, ownedBy('team:a', ids))
  const client = connectRedis(t, redis_url)
  const keyOf = createRedisKeyOf(SECRET, undefined)
  const [corrupt = '', foreign = '', listed = ''] = ids.map((id) => keyOf(apiKey(id)))
  await client.set(corrupt, '{"f":1,"b":[')
  await client.set(foreign, Buffer.from([0xff, 0xfe, 0x00]))
  await client.rpush(listed, 'a list')
  const worker = await startWorker(t, world, redis_url)
  const answers = await worker.owners.lookup(ids.map(apiKey))
  assert.deepEqual(answers.map(ownerOf), ['team:a', 'team:a', 'team:a'])
  assert.equal(await worker.lookups('redis', 'error'), 2)
  await eventually(async () => (await client.get(corrupt))?.includes('team:a') === true)
  await eventually(async () => (await client.type(listed)) === 'string')
})

test('a change of owner shows in every worker within the soft TTL and a refresh', async (t) => {
  const soft_ttl_ms = 400
  const { redis_url } = stackInfo()
  const id = uniqueName('moved')
  const world = await createWorld(t, { [id]: 'team:old' })
  const cache = { soft_ttl_ms, negative_ttl_ms: soft_ttl_ms }
  const workers = await Promise.all([
    startWorker(t, world, redis_url, { cache }),
    startWorker(t, world, redis_url, { cache }),
  ])
  for (const { owners } of workers) assert.equal(ownerOf(await ask(owners, apiKey(id))), 'team:old')
  await world.bind({ [id]: 'team:new!' })
  const changed = performance.now()
  await eventually(async () => {
    const answers = await Promise.all(workers.map(({ owners }) => ask(owners, apiKey(id))))
    for (const answer of answers) assert.ok(answer.state === 'fresh' || answer.state === 'stale')
    return answers.every((answer) => ownerOf(answer) === 'team:new!')
  })
  const seen_ms = performance.now() - changed
  const slack_ms = 1500
  assert.ok(seen_ms < soft_ttl_ms + RELOAD_MS + slack_ms, `it took ${seen_ms} ms`)
})

test('an owner that is taken away is gone for every worker', async (t) => {
  const soft_ttl_ms = 300
  const { redis_url } = stackInfo()
  const id = uniqueName('gone')
  const world = await createWorld(t, { [id]: 'team:old' })
  const cache = { soft_ttl_ms, negative_ttl_ms: soft_ttl_ms }
  const first = await startWorker(t, world, redis_url, { cache })
  assert.equal(ownerOf(await ask(first.owners, apiKey(id))), 'team:old')
  await world.bind({ other: 'team:other' })
  await eventually(async () => (await ask(first.owners, apiKey(id))).state === 'negative')
  const client = connectRedis(t, redis_url)
  const name = createRedisKeyOf(SECRET, undefined)(apiKey(id))
  await eventually(async () => (await client.exists(name)) === 0)
  const second = await startWorker(t, world, redis_url, { cache })
  assert.equal((await ask(second.owners, apiKey(id))).state, 'negative')
})

test('a busy event loop is not a dead Redis', async (t) => {
  const { redis_url } = stackInfo()
  const ids = numbered(20, uniqueName('busy'))
  const world = await createWorld(t, ownedBy('team:a', ids))
  const first = await startWorker(t, world, redis_url)
  await first.owners.lookup(ids.map(apiKey))
  const client = connectRedis(t, redis_url)
  const last = createRedisKeyOf(SECRET, undefined)(apiKey(ids.at(-1) ?? ''))
  await eventually(async () => (await client.exists(last)) === 1)
  const worker = await startWorker(t, world, redis_url, { redis: { command_timeout_ms: 50 } })
  for (const id of ids) {
    const pending = ask(worker.owners, apiKey(id))
    await new Promise((resolve) => {
      setImmediate(resolve)
    })
    const busy_until = performance.now() + 120
    while (performance.now() < busy_until);
    assert.equal(ownerOf(await pending), 'team:a')
  }
  assert.equal(await worker.lookups('redis', 'fresh'), 20)
  assert.equal(await worker.lookups('redis', 'error'), 0)
})

test('a Redis that does not let us in is a Redis that is down', async (t) => {
  const redis = await ownRedis(t)
  const client = connectRedis(t, redis.url)
  await client.config('SET', 'requirepass', 'the-password')
  const world = await createWorld(t, ownedBy('team:a', numbered(20)))
  const locked_out = await startWorker(t, world, redis.url, { redis: { password: 'wrong' } })
  for (const id of numbered(10)) {
    assert.equal(ownerOf(await ask(locked_out.owners, apiKey(id))), 'team:a')
  }
  assert.equal(locked_out.owners.states().redis, 'open')
  assert.doesNotMatch(JSON.stringify(locked_out.ports.lines), /the-password|"wrong"/)
  const let_in = await startWorker(t, world, redis.url, { redis: { password: 'the-password' } })
  await let_in.owners.lookup(numbered(20).map(apiKey))
  assert.equal(let_in.owners.states().redis, 'closed')
  await eventually(async () => (await client.dbsize()) === 20)
})
