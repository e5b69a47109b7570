import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRestarts } from '#/bus/kafkajs/restarts.ts'
import { testPorts } from '../../../stack/ports.ts'

const SETTINGS = { client_restarts_max: 3, client_restart_window_ms: 300_000 }

function setUp() {
  const time = { now: 0, slept: [] as number[] }
  const ports = {
    ...testPorts(),
    clock: { now: () => time.now, sleep: async (ms: number) => void time.slept.push(ms) },
  }
  return { time, ports, restarts: createRestarts(SETTINGS, ports) }
}

test('restarts within the window are limited, and each waits longer', async () => {
  const { restarts, time, ports } = setUp()
  const allowed = []
  for (let i = 0; i < 4; i++) allowed.push(await restarts.allow())
  assert.deepEqual(allowed, [true, true, true, false])
  assert.deepEqual(time.slept, [1_000, 2_000, 4_000])
  assert.equal(ports.count('whosecall_limits_hit_total'), 1)
})

test('restarts that are long ago do not count', async () => {
  const { restarts, time } = setUp()
  for (let i = 0; i < 3; i++) await restarts.allow()
  time.now = 300_001
  assert.equal(await restarts.allow(), true)
})

test('there is no restart after the end, nor when the end comes while waiting', async () => {
  const { restarts } = setUp()
  const waiting = restarts.allow()
  restarts.end()
  assert.equal(await waiting, false)
  assert.equal(await restarts.allow(), false)
})
