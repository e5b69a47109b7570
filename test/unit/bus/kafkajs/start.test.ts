import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startClient } from '#/bus/kafkajs/start.ts'

const connection = {
  brokers: ['kafka:9092'],
  client: 'kafkajs' as const,
  client_id: 'test',
  connect_timeout_ms: 1_000,
  request_timeout_ms: 30_000,
}

test('a broker that never answers is given up in time, and left should it answer after all', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const connected = Promise.withResolvers<void>()
  let disconnects = 0
  const starting = startClient(connection, {
    doing: 'cannot connect',
    connect: () => connected.promise,
    disconnect: async () => void disconnects++,
  })
  t.mock.timers.tick(5_000)
  await assert.rejects(starting, {
    code: 'dependency_unreachable',
    message: 'cannot connect: Kafka at kafka:9092 cannot be used: no answer within 5000 ms',
  })
  assert.equal(disconnects, 1)
  connected.resolve()
  await new Promise(setImmediate)
  assert.equal(disconnects, 2)
})

test('a start that fails says why, though leaving fails as well', async () => {
  const starting = startClient(connection, {
    doing: 'cannot connect',
    connect: () => Promise.reject(new Error('refused')),
    disconnect: () => Promise.reject(new Error('was not connected')),
  })
  await assert.rejects(starting, { message: /refused/ })
})

test('a start in time leaves nothing behind', async () => {
  let disconnects = 0
  await startClient(connection, {
    doing: 'cannot connect',
    connect: async () => {},
    disconnect: async () => void disconnects++,
  })
  assert.equal(disconnects, 0)
})
