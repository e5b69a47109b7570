import assert from 'node:assert/strict'
import { test } from 'node:test'

import { createOwners } from '#/owners/index.ts'
import { createDeadline, systemClock } from '#/telemetry/index.ts'

import { apiKey, ownersConfig, testPorts } from '../../support/owners.ts'

const HTTP = { type: 'http', endpoint: 'http://127.0.0.1:9' }
const key_secret = '0123456789abcdef'

test('every option has a default but the addresses and the secret', () => {
  const config = ownersConfig({
    directory: HTTP,
    redis: { endpoint: 'redis://127.0.0.1', key_secret },
  })
  assert.equal(config.cache.soft_ttl_ms, 300_000)
  assert.equal(config.redis?.mget_keys_max, 500)
  assert.ok(config.directory.type === 'http')
  assert.equal(config.directory.batch_keys_max, 1000)
  const file = ownersConfig({ directory: { type: 'file', path: 'owners.yaml' } })
  assert.ok(file.directory.type === 'file')
  assert.equal(file.directory.reload_interval_ms, 2000)
})

test('TTLs that are not in order are an error of the config', () => {
  const config = ownersConfig({
    directory: HTTP,
    cache: { soft_ttl_ms: 10_000, hard_ttl_ms: 5000 },
  })
  assert.throws(() => createOwners(config, testPorts()), {
    code: 'config_invalid',
    message: /soft_ttl_ms <= hard_ttl_ms <= stale_max_ms/,
  })
})

test('an address of Redis that cannot be right is an error of the config', async () => {
  const sentinels = [{ host: 'sentinel.test' }]
  for (const [redis, message] of [
    [{}, /either endpoint, or sentinels together with name/],
    [{ sentinels }, /either endpoint, or sentinels together with name/],
    [{ sentinels, name: 'm', endpoint: 'redis://r' }, /either endpoint, or sentinels/],
    [{ endpoint: 'redis://r/first' }, /the path is not a number/],
    [{ endpoint: 'redis://r', tls: { ca_file: '/nowhere/ca.pem' } }, /redis\.tls\.ca_file: ENOENT/],
  ] as const) {
    const config = ownersConfig({ directory: HTTP, redis: { ...redis, key_secret } })
    const starting = createOwners(config, testPorts()).start()
    await assert.rejects(starting, { code: 'config_invalid', message })
  }
})

test('with nothing there a lookup starts, says unavailable, and stops', async () => {
  const ports = { ...testPorts(), clock: systemClock }
  const config = ownersConfig({
    directory: HTTP,
    redis: { endpoint: 'redis://127.0.0.1:9', key_secret },
  })
  const started = await createOwners(config, ports).start()
  const [answer] = await started.value.lookup([apiKey('a')])
  assert.equal(answer?.state, 'unavailable')
  assert.equal(started.value.peek(apiKey('a')), undefined)
  assert.equal(started.value.epoch, 0)
  assert.deepEqual(started.value.states(), { directory: 'closed', redis: 'closed', entries: 0 })
  using deadline = createDeadline(systemClock, 2000)
  await started.stop(deadline)
  await started.stop(deadline)
})

test('sentinels that cannot be reached delay the start no longer than one connection may take', async () => {
  const ports = testPorts()
  const sentinels = [{ host: '127.0.0.1', port: 9 }]
  const redis = { sentinels, name: 'm', key_secret, connect_timeout_ms: 700 }
  const starting = createOwners(ownersConfig({ directory: HTTP, redis }), ports).start()
  while (ports.clock.sleepers === 0) await new Promise((resolve) => setImmediate(resolve))
  await ports.clock.advance(700)
  const started = await starting
  using deadline = createDeadline(systemClock, 2000)
  await started.stop(deadline)
})
