import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createHealth } from '#/worker/admin/health.ts'
import { createGate } from '#/worker/pipeline/gate.ts'
import { createLag } from '#/worker/pipeline/lag.ts'
import type { Lane } from '#/worker/pipeline/lane.ts'
import { testPorts } from '../../support/owners.ts'

const P0 = { topic: 'raw', partition: 0 }
const P1 = { topic: 'raw', partition: 1 }
const published = (count: number) => ({ published: count, dead_lettered: 0, filtered: 0 })

/** A receiver with two partitions, whose health fails after a minute without progress. */
function setUp() {
  const ports = testPorts()
  const gate = createGate(ports)
  const lag = createLag(ports)
  const health = createHealth(60_000, ports)
  health.watchReceiver('kafka', gate, lag)
  gate.assign([P0, P1], 1)
  for (const id of [P0, P1]) {
    lag.onEnd(id, 8)
    lag.onBegun(id, 8)
  }
  health.started()
  return { clock: ports.clock, gate, lag, health }
}

test('a worker that is caught up is alive, however long nothing comes', async () => {
  const { clock, health } = setUp()
  await clock.advance(3_600_000)
  assert.deepEqual(health.live(), { ok: true, reasons: [] })
})

test('a partition that does not get on is seen beside one that does', async () => {
  const { clock, gate, health } = setUp()
  gate.open(P0, 2, 10, 1)
  for (let s = 0; s < 66; s += 6) {
    await clock.advance(6_000)
    gate.settle(gate.open(P1, 1, 9, 1)!, published(1))
  }
  assert.deepEqual(health.live(), {
    ok: false,
    reasons: ['kafka: raw/0: no progress for 66 s with 2 messages in flight, 0 waiting'],
  })
})

test('messages that wait and are not read are no progress, from when they were there', async () => {
  const { clock, lag, health } = setUp()
  await clock.advance(3_600_000)
  lag.onEnd(P1, 11)
  assert.equal(health.live().ok, true)
  await clock.advance(59_999)
  assert.equal(health.live().ok, true)
  await clock.advance(1)
  assert.deepEqual(health.live().reasons, [
    'kafka: raw/1: no progress for 60 s with 0 messages in flight, 3 waiting',
  ])
  lag.onRead(P1, 11, 0)
  assert.equal(health.live().ok, true)
})

test('a partition that was given to another worker is not waited for', async () => {
  const { clock, gate, lag, health } = setUp()
  gate.open(P0, 2, 10, 1)
  gate.revoke([P0])
  lag.onRevoked([P0])
  await clock.advance(120_000)
  assert.equal(health.live().ok, true)
})

test('a worker that holds is alive and not ready', async () => {
  const { clock, gate, health } = setUp()
  const lane: Lane = { push() {}, holding: true, drain: () => Promise.resolve(), close: () => 0 }
  health.watchLane('kafka output', lane)
  gate.open(P0, 2, 10, 1)
  await clock.advance(120_000)
  assert.equal(health.live().ok, true)
  assert.equal(health.ready().ok, false)
})

test('the partitions that an answer names are limited', async () => {
  const { clock, gate, health } = setUp()
  const many = Array.from({ length: 30 }, (_, partition) => ({ topic: 'raw', partition }))
  gate.assign(many, 2)
  for (const id of many) gate.open(id, 1, 1, 2)
  await clock.advance(60_000)
  const { reasons } = health.live()
  assert.equal(reasons.length, 21)
  assert.equal(reasons.at(-1), 'and 10 more partitions')
})
