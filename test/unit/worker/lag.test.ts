import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLag } from '#/worker/pipeline/lag.ts'
import { testPorts } from '../../support/owners.ts'

const P0 = { topic: 'raw', partition: 0 }

function setUp() {
  const ports = testPorts()
  const lag = createLag(ports)
  const value = (name: string) =>
    ports.meter.value(`whosecall_consumer_lag_${name}`, { ...P0, partition: '0' })
  return { ports, lag, shown: () => [value('messages'), value('seconds')] }
}

test('a partition that is caught up at the start has no lag, and gets none by waiting', async () => {
  const { ports, lag, shown } = setUp()
  lag.onEnd(P0, 8)
  assert.equal(lag.waiting(P0), undefined, 'it is not known yet where reading begins')
  lag.onBegun(P0, 8)
  await ports.clock.advance(120_000)
  assert.deepEqual(shown(), [0, 0])
  assert.equal(lag.waiting(P0), undefined)
})

test('before the first run lag is measured from where reading begins', async () => {
  const { ports, lag, shown } = setUp()
  lag.onBegun(P0, 5)
  await ports.clock.advance(2_000)
  lag.onEnd(P0, 8)
  const since_ms = ports.clock.now()
  await ports.clock.advance(3_000)
  assert.deepEqual(lag.waiting(P0), { messages: 3, since_ms })
  assert.deepEqual(shown(), [3, 5])
})

test('what was read counts, even when it is told late where reading began', () => {
  const { lag, shown } = setUp()
  lag.onRead(P0, 7, 0)
  lag.onBegun(P0, 2)
  lag.onEnd(P0, 8)
  assert.equal(shown()[0], 1)
})

test('the seconds of a backlog are the age of the last message that was read', () => {
  const { ports, lag, shown } = setUp()
  lag.onEnd(P0, 100)
  lag.onRead(P0, 10, ports.clock.now() - 3_600_000)
  assert.deepEqual(shown(), [90, 3_600])
})

test('a message after a quiet time has not waited for all of it', async () => {
  const { ports, lag, shown } = setUp()
  lag.onEnd(P0, 1)
  lag.onRead(P0, 1, ports.clock.now())
  await ports.clock.advance(3_600_000)
  lag.onEnd(P0, 1)
  await ports.clock.advance(5_000)
  lag.onEnd(P0, 2)
  assert.deepEqual(shown(), [1, 5])
  assert.deepEqual(lag.waiting(P0), { messages: 1, since_ms: ports.clock.now() })
})

test('offsets that hold nothing for us are no lag', () => {
  const { lag, shown } = setUp()
  lag.onBegun(P0, 0)
  lag.onEnd(P0, 3)
  lag.onSkipped(P0, 3)
  assert.deepEqual(shown(), [0, 0])
})

test('a partition that is revoked shows no lag, and begins anew when it comes back', () => {
  const { lag, shown } = setUp()
  lag.onEnd(P0, 10)
  lag.onRead(P0, 2, 0)
  assert.equal(shown()[0], 8)
  lag.onRevoked([P0])
  assert.deepEqual(shown(), [0, 0])
  assert.equal(lag.waiting(P0), undefined)
  lag.onEnd(P0, 10)
  assert.deepEqual(shown(), [0, 0])
  lag.onBegun(P0, 9)
  assert.equal(shown()[0], 1)
})
