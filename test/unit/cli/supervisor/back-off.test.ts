import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBackOff } from '#/cli/supervisor/back-off.ts'

test('What ends again and again waits twice as long each time, half a minute at most.', () => {
  const back_off = createBackOff()
  const waits = [0, 5, 59_999, 0, 0, 0, 0].map((well_ms) => back_off.next(well_ms))
  assert.deepEqual(waits, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
})

test('After a minute in which all was well it begins anew.', () => {
  const back_off = createBackOff()
  for (let times = 0; times < 6; times++) back_off.next(0)
  assert.equal(back_off.next(60_000), 1_000)
  assert.equal(back_off.next(0), 2_000)
})
