import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDeadline, systemClock } from '#/telemetry/index.ts'
import { createFakeClock, settle } from '../../support/fake-clock.ts'

test('The system clock tells the time of the machine.', () => {
  const before = Date.now()
  const now = systemClock.now()
  assert.ok(now >= before && now <= Date.now())
})

test('A sleep ends at once when its signal aborts, before or meanwhile.', async () => {
  await systemClock.sleep(3_600_000, AbortSignal.abort())
  const abort = new AbortController()
  const slept = systemClock.sleep(3_600_000, abort.signal)
  abort.abort()
  await slept
  assert.ok(abort.signal.aborted)
})

test('A sleep of nothing ends.', async () => {
  assert.equal(await systemClock.sleep(0), undefined)
})

test('A deadline aborts when its time has come, not before.', async () => {
  const clock = createFakeClock()
  const deadline = createDeadline(clock, 1_000)
  assert.equal(deadline.at_ms, clock.now() + 1_000)
  await clock.advance(999)
  assert.equal(deadline.signal.aborted, false)
  await clock.advance(1)
  assert.equal(deadline.signal.aborted, true)
})

test('A deadline that is disposed leaves no timer and never aborts.', async () => {
  const clock = createFakeClock()
  const deadline = createDeadline(clock, 1_000)
  assert.equal(clock.sleepers, 1)
  deadline[Symbol.dispose]()
  assert.equal(clock.sleepers, 0)
  await clock.advance(2_000)
  assert.equal(deadline.signal.aborted, false)
})

test('The fake clock wakes sleepers in order, and those they cause.', async () => {
  const clock = createFakeClock(0)
  const woken: string[] = []
  const note = async (name: string, ms: number) => {
    await clock.sleep(ms)
    woken.push(`${name}@${clock.now()}`)
  }
  const late = note('late', 30)
  const early = note('early', 10)
  const chain = early.then(() => note('chained', 5))
  await clock.advance(20)
  assert.deepEqual(woken, ['early@10', 'chained@15'])
  assert.equal(clock.now(), 20)
  await clock.advance(10)
  await Promise.all([late, chain])
  assert.deepEqual(woken, ['early@10', 'chained@15', 'late@30'])
})

test('A sleep on the fake clock that is aborted leaves no sleeper.', async () => {
  const clock = createFakeClock()
  const abort = new AbortController()
  const slept = clock.sleep(1_000, abort.signal)
  await settle()
  assert.equal(clock.sleepers, 1)
  abort.abort()
  await slept
  assert.equal(clock.sleepers, 0)
})
