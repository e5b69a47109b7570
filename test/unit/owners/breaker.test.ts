import assert from 'node:assert/strict'
import { test } from 'node:test'

import { createBreaker, RefusedError } from '#/owners/breaker.ts'

import { settle } from '../../support/fake-clock.ts'
import { testPorts } from '../../support/owners.ts'

const PROBE_MS = 1000

function setUp() {
  const { clock, meter } = testPorts()
  const calls = { probes: 0, opened: 0, closed: 0 }
  const state = { is_back: false }
  const breaker = createBreaker({
    dependency: 'redis',
    probe_interval_ms: PROBE_MS,
    probe: () => {
      calls.probes++
      return state.is_back ? Promise.resolve() : Promise.reject(new Error('still down'))
    },
    clock,
    meter,
    onOpen: () => calls.opened++,
    onClosed: () => calls.closed++,
  })
  const gauge = (name: string) =>
    meter.value('whosecall_breaker_state', { dependency: 'redis', state: name })
  return { breaker, clock, calls, state, gauge }
}
type Breaker = ReturnType<typeof setUp>['breaker']

const fails = () => Promise.reject(new Error('down'))
const succeeds = () => Promise.resolve('ok')

async function fail(breaker: Breaker, times: number): Promise<void> {
  for (let i = 0; i < times; i++) await assert.rejects(breaker.run(fails), /down/)
}

test('five failures in a row open the breaker, and it refuses without calling', async () => {
  const { breaker, gauge } = setUp()
  await fail(breaker, 4)
  assert.equal(breaker.state, 'closed')
  await breaker.run(succeeds)
  await fail(breaker, 5)
  assert.equal(breaker.state, 'open')
  let calls = 0
  const call = () => Promise.resolve(calls++)
  await assert.rejects(breaker.run(call), RefusedError)
  assert.equal(calls, 0)
  assert.deepEqual([gauge('closed'), gauge('half_open'), gauge('open')], [0, 0, 1])
  breaker.stop()
})

test('failures of half of the last calls open it, although no five are in a row', async () => {
  const { breaker } = setUp()
  for (let i = 0; i < 15 && breaker.state === 'closed'; i++) {
    await breaker.run(succeeds)
    await fail(breaker, 1)
    if (breaker.state === 'closed') await fail(breaker, 1)
  }
  assert.equal(breaker.state, 'open')
  breaker.stop()
})

test('a probe in the background closes it again, and no caller is the guinea pig', async () => {
  const { breaker, clock, calls, state, gauge } = setUp()
  await fail(breaker, 5)
  await clock.advance(PROBE_MS * 3)
  assert.equal(calls.probes, 3)
  assert.equal(breaker.state, 'open')
  state.is_back = true
  await clock.advance(PROBE_MS)
  await settle()
  assert.equal(breaker.state, 'closed')
  assert.equal(await breaker.run(succeeds), 'ok')
  assert.deepEqual([gauge('closed'), gauge('half_open'), gauge('open')], [1, 0, 0])
  assert.deepEqual(calls, { probes: 4, opened: 1, closed: 1 })
})

test('a caller is refused while the probe is under way', async () => {
  const { clock, meter } = testPorts()
  const breaker = createBreaker({
    dependency: 'directory',
    probe_interval_ms: PROBE_MS,
    probe: () => new Promise(() => {}),
    clock,
    meter,
  })
  await fail(breaker, 5)
  await clock.advance(PROBE_MS)
  await settle()
  assert.equal(breaker.state, 'half_open')
  await assert.rejects(breaker.run(succeeds), RefusedError)
  breaker.stop()
})

test('a pause opens it at the next failure, and no probe is sent before it is over', async () => {
  const { breaker, clock, calls, state } = setUp()
  breaker.pause(5000)
  await fail(breaker, 1)
  assert.equal(breaker.state, 'open')
  state.is_back = true
  breaker.hint()
  await clock.advance(4999)
  assert.equal(calls.probes, 0)
  await clock.advance(1)
  await settle()
  assert.equal(calls.probes, 1)
  assert.equal(breaker.state, 'closed')
})

test('a sign of life makes it probe at once', async () => {
  const { breaker, calls, state } = setUp()
  await fail(breaker, 5)
  state.is_back = true
  breaker.hint()
  await settle()
  assert.equal(calls.probes, 1)
  assert.equal(breaker.state, 'closed')
})

test('a stopped breaker probes no more', async () => {
  const { breaker, clock, calls } = setUp()
  await fail(breaker, 5)
  breaker.stop()
  await clock.advance(PROBE_MS * 10)
  assert.equal(calls.probes, 0)
  assert.equal(clock.sleepers, 0)
})
