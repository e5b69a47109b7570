import assert from 'node:assert/strict'
import { test } from 'node:test'

import { createOwners, ownersProblems } from '#/owners/index.ts'
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
    message: 'owners.cache.hard_ttl_ms: expected soft_ttl_ms (10000) <= hard_ttl_ms (5000)',
  })
})

test('options of Redis that contradict each other are told at their place', () => {
  const sentinels = [{ host: 'sentinel.test' }]
  const cases: readonly (readonly [redis: object, pointers: readonly string[]])[] = [
    [{ endpoint: 'redis://r' }, []],
    [{ endpoint: 'rediss://r:7000/3' }, []],
    [{ sentinels, name: 'm' }, []],
    [{}, ['/redis']],
    [{ sentinels }, ['/redis']],
    [{ name: 'm', endpoint: 'redis://r' }, ['/redis']],
    [{ sentinels, name: 'm', endpoint: 'redis://r' }, ['/redis']],
    [{ endpoint: 'redis://r/first' }, ['/redis/endpoint']],
    [{ endpoint: 'redis://r:port' }, ['/redis/endpoint']],
    [{ endpoint: 'redis://r', tls: { cert_file: 'a.pem' } }, ['/redis/tls']],
  ]
  for (const [redis, pointers] of cases) {
    const config = ownersConfig({ directory: HTTP, redis: { ...redis, key_secret } })
    const found = ownersProblems(config).map(({ pointer }) => pointer)
    assert.deepEqual(found, pointers, JSON.stringify(redis))
  }
})

test('a certificate that cannot be read is an error of the config', async () => {
  const redis = { endpoint: 'redis://r', key_secret, tls: { ca_file: '/nowhere/ca.pem' } }
  const starting = createOwners(ownersConfig({ directory: HTTP, redis }), testPorts()).start()
  await assert.rejects(starting, { code: 'config_invalid', message: /redis\.tls\.ca_file: ENOENT/ })
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
