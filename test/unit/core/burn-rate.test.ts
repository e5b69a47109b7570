import assert from 'node:assert/strict'
import { test } from 'node:test'
import { burnFactors, canFire } from '#/core/burn-rate.ts'

test('At high targets the factors are those of the SRE workbook.', () => {
  for (const target of [0.99, 0.95])
    assert.deepEqual(
      burnFactors(target).map(({ long, short, severity, factor }) => [
        long,
        short,
        severity,
        factor,
      ]),
      [
        ['1h', '5m', 'page', 14.4],
        ['6h', '30m', 'page', 6],
        ['1d', '2h', 'ticket', 3],
        ['3d', '6h', 'ticket', 1],
      ],
    )
  assert.deepEqual(
    burnFactors(0.95).map(({ ratio, possible }) => [ratio, possible]),
    [
      [0.72, true],
      [0.3, true],
      [0.15, true],
      [0.05, true],
    ],
  )
})

test('At low targets a factor that could never fire is capped at 80 % of all events.', () => {
  assert.deepEqual(
    burnFactors(0.9).map(({ workbook, factor, ratio, possible }) => [
      workbook,
      factor,
      ratio,
      possible,
    ]),
    [
      [14.4, 8, 0.8, false],
      [6, 6, 0.6, true],
      [3, 3, 0.3, true],
      [1, 1, 0.1, true],
    ],
  )
  for (const target of [0.01, 0.2, 0.5, 0.931, 0.999])
    for (const { factor, ratio } of burnFactors(target)) {
      assert.ok(ratio <= 0.8, `${ratio} at ${target}`)
      assert.ok(canFire(factor, target))
    }
})

test('A factor can fire as long as it asks for no more than all events.', () => {
  assert.equal(canFire(14.4, 0.93), false)
  assert.equal(canFire(14.4, 0.931), true)
  assert.equal(canFire(6, 0.833), false)
  assert.equal(canFire(6, 0.834), true)
  assert.equal(canFire(10, 0.9), true)
})

test('A target that is no share between 0 and 1 is refused.', () => {
  for (const target of [0, 1, -0.5, 1.5, Number.NaN])
    assert.throws(() => burnFactors(target), RangeError)
})
