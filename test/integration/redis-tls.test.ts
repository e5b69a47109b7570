import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test, type TestContext } from 'node:test'

import type { Redis } from 'ioredis'

import { ownCertificates, ownRedis, ownSentinel } from '../stack/tools.ts'
import { apiKey, eventually } from '../support/owners.ts'
import {
  ask,
  connectRedis,
  createWorld,
  numbered,
  ownedBy,
  ownerOf,
  SECRET,
  startWorker,
} from '../support/redis-world.ts'
import { litellmCall, startTestWorker, TOPICS } from '../support/worker.ts'
import { attributionOf, publish, settled } from '../support/worker-messages.ts'

/** The tier over TLS, against a real Redis that speaks nothing else. */

async function setUp(
  t: TestContext,
  options: { readonly wants_client_certificate?: boolean } = {},
) {
  const files = await ownCertificates(t)
  const { ca_file, server_file, cert_file, key_file } = files
  const { wants_client_certificate = false } = options
  const tls = { ca_file, server_file, wants_client_certificate }
  const redis = await ownRedis(t, tls)
  const ids = numbered(20)
  const world = await createWorld(t, ownedBy('team:a', ids))
  const client = (): Redis =>
    connectRedis(t, redis.url, {
      tls: {
        ca: readFileSync(ca_file),
        cert: readFileSync(cert_file),
        key: readFileSync(key_file),
      },
    })
  const start = (of: { readonly tls?: object; readonly url?: string }) =>
    startWorker(t, world, of.url ?? redis.url, {
      redis: { ...(of.tls === undefined ? {} : { tls: of.tls }) },
    })
  return { files, tls, redis, ids, world, client, start }
}

type SetUp = Awaited<ReturnType<typeof setUp>>

/** What one worker stores the next one finds, without the directory. */
async function isShared({ ids, world, client, start }: SetUp, of: object): Promise<void> {
  const first = await start(of)
  await first.owners.lookup(ids.map(apiKey))
  const redis = client()
  await eventually(async () => (await redis.dbsize()) === ids.length)
  const calls = world.directoryCalls()
  const second = await start(of)
  const answers = await second.owners.lookup(ids.map(apiKey))
  assert.deepEqual(new Set(answers.map(ownerOf)), new Set(['team:a']))
  assert.equal(await second.lookups('redis', 'fresh'), ids.length)
  assert.equal(world.directoryCalls(), calls)
  assert.deepEqual(second.ports.lines, [])
}

/** Answers come from the directory, and one line says why Redis is not used. */
async function isUnavailable({ ids, start }: SetUp, of: object, reason: RegExp): Promise<void> {
  const { owners, ports, lookups } = await start(of)
  for (const id of ids) assert.equal(ownerOf(await ask(owners, apiKey(id))), 'team:a')
  assert.equal(owners.states().redis, 'open')
  assert.equal(await lookups('redis', 'fresh'), 0)
  assert.ok((await lookups('redis', 'unavailable')) > 0)
  const [line, ...others] = ports.lines
  assert.deepEqual(others, [])
  assert.equal(line?.message, 'redis does not answer')
  assert.match(
    JSON.stringify(line?.fields),
    /"redis":"127\.0\.0\.1:\d+","tls":(true|false),"reason"/,
  )
  assert.match(JSON.stringify(line?.fields), reason)
}

test('rediss:// with the authority of the server is a tier like any other', async (t) => {
  const world = await setUp(t)
  await isShared(world, { tls: { ca_file: world.files.ca_file } })
})

test('the section tls alone turns TLS on, and the name in the certificate can be said', async (t) => {
  const world = await setUp(t)
  const { ca_file } = world.files
  const url = world.redis.url.replace('rediss:', 'redis:')
  await isShared(world, { url, tls: { ca_file, server_name: 'localhost' } })
  await isUnavailable(
    world,
    { url, tls: { ca_file, server_name: 'redis.internal' } },
    /redis\.internal/,
  )
})

test('an authority that is not that of the server makes the tier unavailable, with a line that says so', async (t) => {
  const world = await setUp(t)
  const { stranger } = world.files
  await isUnavailable(world, { tls: { ca_file: stranger.ca_file } }, /certificate/)
  await isUnavailable(world, {}, /certificate/)
  await isShared(world, { tls: { insecure_skip_verify: true } })
})

test('a Redis that wants a client certificate takes ours, and none is a tier that is unavailable', async (t) => {
  const world = await setUp(t, { wants_client_certificate: true })
  const { ca_file, cert_file, key_file, stranger } = world.files
  await isShared(world, { tls: { ca_file, cert_file, key_file } })
  // The server ends the connection after its handshake, so the reason is that, or its alert.
  await isUnavailable(world, { tls: { ca_file } }, /alert|ECONNRESET|EPIPE|closed/)
  const { cert_file: cert, key_file: key } = stranger
  await isUnavailable(
    world,
    { tls: { ca_file, cert_file: cert, key_file: key } },
    /alert|ECONNRESET|EPIPE|closed/,
  )
})

test('a Redis that speaks TLS does not understand who does not', async (t) => {
  const world = await setUp(t)
  await isUnavailable(world, { url: world.redis.url.replace('rediss:', 'redis:') }, /"tls":false/)
})

test('sentinels are spoken to over TLS like the Redis that they name', async (t) => {
  const { files, tls, redis, ids, world, client } = await setUp(t)
  const port = await ownSentinel(t, { master_port: redis.port, tls })
  const { owners } = await startWorker(t, world, redis.url, {
    redis: {
      endpoint: undefined,
      sentinels: [{ host: '127.0.0.1', port }],
      name: 'master',
      tls: { ca_file: files.ca_file },
    },
  })
  await owners.lookup(ids.map(apiKey))
  const plain = client()
  await eventually(async () => (await plain.dbsize()) === ids.length)
  assert.equal(owners.states().redis, 'closed')
})

test('a worker whose Redis shows a wrong certificate attributes all the same', async (t) => {
  const { files, redis, world } = await setUp(t)
  const redisConfig = (ca_file: string) => ({
    endpoint: redis.url,
    key_secret: SECRET,
    tls: { ca_file },
  })
  const worker = await startTestWorker(t, {
    owners: {
      directory: { type: 'http', endpoint: world.url },
      redis: redisConfig(files.stranger.ca_file),
    },
  })
  for (let n = 0; n < 10; n += 1) publish(worker, litellmCall(`k${n}`))
  await settled(worker, 10)
  const found = worker.bus.read(TOPICS.out).map(({ value }) => attributionOf(value).owner?.id)
  assert.deepEqual(new Set(found), new Set(['team:a']))
  assert.equal((await fetch(`${worker.admin_url}/readyz`)).status, 200)
})
