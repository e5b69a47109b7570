import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import type { Row } from './directory.ts'
import { run } from './scenario.ts'

/** Properties of the decision over generated events and directories. */

const HOUR_MS = 3_600_000
const START_MS = Date.parse('2026-11-19T00:00:00Z')

const EVENT = fc.record(
  {
    sub: fc.constantFrom('u-1', 'u-2'),
    key: fc.constantFrom('k1', 'k2', 'master'),
    project: fc.constant('p1'),
    admin: fc.record({ team: fc.constantFrom('t1', 't2') }),
    said: fc.record({ team: fc.constantFrom('t1', 't2'), tenant: fc.constant('blue') }),
    end_user: fc.constantFrom('u-1', 'ana@example.com', 'unknown'),
    ip: fc.constantFrom('192.0.2.1', 'private', '203.0.113.xxx'),
    account: fc.constant('1111'),
    app: fc.constant('search'),
  },
  { requiredKeys: [] },
)

const KEYS = [
  ['user', 'gw|u-1'],
  ['user', 'gw|u-2'],
  ['api_key', 'gw/k1'],
  ['scope', 'gw/project/p1'],
  ['team', 't1'],
  ['tenant_tag', 'tenant=blue'],
  ['mail', 'ana@example.com'],
  ['application', 'search'],
] as const

const HOUR = fc.integer({ min: 0, max: 24 })
const ROW: fc.Arbitrary<Row> = fc
  .tuple(fc.constantFrom(...KEYS), HOUR, HOUR, fc.constantFrom('a', 'b', 'unowned', 'shared'))
  .map(([[kind, key], from, length, who]) => {
    const interval = { valid_from: hourText(from), valid_to: hourText(from + 1 + length) }
    if (who === 'unowned' || who === 'shared') return { kind, key, ownership: who, ...interval }
    return { kind, key, owner: { id: who }, ...interval }
  })

function hourText(hour: number): string {
  return new Date(START_MS + hour * HOUR_MS).toISOString()
}

const CASE = fc.record({
  event: EVENT,
  rows: fc.array(ROW, { maxLength: 8 }),
  unavailable: fc.subarray(
    KEYS.map(([kind, key]) => `${kind}=${key}`),
    { maxLength: 2 },
  ),
  at_ms: fc.integer({ min: START_MS - HOUR_MS, max: START_MS + 50 * HOUR_MS }),
})

test('the same event, time and answers give the same decision', () => {
  fc.assert(
    fc.property(CASE, (one) => {
      assert.deepEqual(run(one), run(one))
    }),
    { numRuns: 100 },
  )
})

test('any time within the interval of a decision gives that decision, the time lies within it', () => {
  fc.assert(
    fc.property(CASE, fc.double({ min: 0, max: 1, noNaN: true }), (one, share) => {
      const { decided } = run(one)
      const { from_ms, to_ms } = decided
      assert.ok(from_ms <= one.at_ms && one.at_ms < to_ms)
      const first = Math.max(from_ms, one.at_ms - HOUR_MS)
      const last = Math.min(to_ms - 1, one.at_ms + HOUR_MS)
      for (const at_ms of [first, last, Math.floor(first + (last - first) * share)]) {
        assert.deepEqual(run({ ...one, at_ms }).decided, decided)
      }
    }),
    { numRuns: 200 },
  )
})

test('an outage never makes an event unattributed that is not so with all answers', () => {
  fc.assert(
    fc.property(CASE, (one) => {
      const outage = run(one).record
      const whole = run({ ...one, unavailable: [] }).record
      if (outage.outcome === 'unattributed') assert.equal(whole.outcome, 'unattributed')
      if (outage.outcome === 'attributed') assert.equal(outage.owner?.id, whole.owner?.id)
    }),
    { numRuns: 200 },
  )
})

test('the address changes nothing but between ip_only and the reasons after it', () => {
  fc.assert(
    fc.property(CASE, (one) => {
      const { ip: _, ...event } = one.event
      const without = run({ ...one, event }).record
      const reason = run(one).record.reason
      if (reason === 'ip_only') {
        assert.ok(without.reason === 'no_identity' || without.reason === 'shared_account')
      } else assert.equal(without.reason, reason)
    }),
    { numRuns: 100 },
  )
})
