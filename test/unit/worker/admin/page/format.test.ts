import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  amount,
  count,
  duration,
  moment,
  money,
  percent,
  plural,
  rate,
  uptime,
} from '#/worker/admin/page/format.ts'

test('A share is never rounded to all or to nothing.', () => {
  const rows = [
    [0, 0, undefined],
    [0, 5, '0 %'],
    [5, 5, '100 %'],
    [1, 3, '33.3 %'],
    [999_999, 1_000_000, '99.9 %'],
    [1, 1_000_000, '<0.1 %'],
  ] as const
  for (const [part, whole, text] of rows) assert.equal(percent(part, whole), text)
})

test('Numbers keep their digits as long as one can read them.', () => {
  assert.deepEqual([0, 1234, 9_999_999, 12_345_678, 1_063_000_000_000].map(count), [
    '0',
    '1,234',
    '9,999,999',
    '12.35M',
    '1.063T',
  ])
  assert.deepEqual([0, 0.004, 12.5].map(amount), ['0.00', '0.004', '12.50'])
  assert.equal(money(1234.5, 'EUR'), 'EUR 1,234.50')
  assert.deepEqual([rate(0.25), rate(2318.4)], ['0.3/s', '2,318/s'])
  assert.deepEqual(
    [plural(1, 'call'), plural(2, 'process', 'processes')],
    ['1 call', '2 processes'],
  )
})

test('Durations have two units at most; an uptime moves by minutes.', () => {
  assert.deepEqual([0, 59, 60, 90, 3600, 3720, 86_400, 100_000].map(duration), [
    '0 s',
    '59 s',
    '1 min',
    '1 min 30 s',
    '1 h',
    '1 h 2 min',
    '1 d',
    '1 d 3 h',
  ])
  const from = '2026-01-01T00:00:00Z'
  assert.equal(uptime(from, '2026-01-01T00:00:59Z'), 'less than a minute')
  assert.equal(uptime(from, '2026-01-01T00:02:59Z'), '2 min')
  assert.equal(uptime(from, 'never'), 'unknown')
})

test('A time of today has no date.', () => {
  const now = '2026-01-02T10:00:00Z'
  assert.equal(moment('2026-01-02T03:04:05.678Z', now), '03:04:05')
  assert.equal(moment('2026-01-01T23:59:00Z', now), '2026-01-01 23:59')
  assert.equal(moment('x', now), 'unknown')
})
