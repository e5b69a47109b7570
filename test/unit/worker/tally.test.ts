import assert from 'node:assert/strict'
import test from 'node:test'
import {
  BILL_COLUMNS,
  TOKENS_ESTIMATED,
  TOKENS_REPORTED,
  TOKENS_UNKNOWN,
  type Money,
} from '#/attribution/index.ts'
import { createMeter } from '#/telemetry/index.ts'
import { createFakeClock } from '../../support/fake-clock.ts'
import { createEventTally, type EventTally } from '#/worker/pipeline/event-tally.ts'
import { METHODS } from '#/core/words.ts'
import { createTally, OWNER_CODES_MAX, type EventKind } from '#/worker/pipeline/tally.ts'

/** Of one event; what is left out is unknown. */
interface Bill {
  readonly input?: number
  readonly cache_read?: number
  readonly cache_write?: number
  readonly output?: number
  readonly is_estimated?: true
  readonly amount?: number
  readonly money?: Money
}

const CALL = { outcome: 'attributed', reason: 'none', method: 'scope', class: undefined } as const
const REPORT = {
  outcome: 'non_call',
  reason: 'none',
  method: undefined,
  class: 'usage_bucket',
} as const

function setup() {
  const meter = createMeter({ process_metrics: false })
  const tally = createTally({ meter, clock: createFakeClock() })
  const note = (bills: readonly Bill[], kind: EventKind = CALL): EventTally => {
    const events = createEventTally(bills.length)
    for (const [event, bill] of bills.entries()) {
      const { input, cache_read, cache_write, output, amount, money } = bill
      const row = [input, cache_read, cache_write, output, amount].map((count) => count ?? -1)
      const is_known = input !== undefined || output !== undefined
      const basis = bill.is_estimated === true ? TOKENS_ESTIMATED : TOKENS_REPORTED
      events.codes[event] = tally.codeOf(kind)
      events.tokens[event] = is_known ? basis : TOKENS_UNKNOWN
      events.bills.set(row, event * BILL_COLUMNS)
      if (money !== undefined) events.moneys[event] = tally.moneyOf(money)
    }
    return events
  }
  const tokens = (type: string, basis = 'reported') =>
    meter.value('whosecall_tokens_total', { outcome: 'attributed', type, basis })
  const without = (what: 'tokens' | 'cost') =>
    meter.value(`whosecall_events_without_${what}_total`, { outcome: 'attributed' })
  const cost = (currency: string, basis: string) =>
    meter.value('whosecall_cost_total', { outcome: 'attributed', currency, basis })
  return { meter, tally, note, tokens, without, cost }
}

test('tokens are summed by type; what is unknown is counted and is no zero', () => {
  const { tally, note, tokens, without } = setup()
  const events = note([
    { input: 10, cache_read: 400, cache_write: 20, output: 5 },
    { input: 0, output: 0 },
    { output: 7 },
    {},
  ])
  tally.add(events, 0, 4)
  assert.deepEqual(
    ['input', 'cache_read', 'cache_write', 'output'].map((type) => tokens(type)),
    [10, 400, 20, 12],
  )
  assert.equal(without('tokens'), 1)
  tally.add(note([{ input: 1 }]), 0, 1)
  assert.equal(tokens('input'), 11)
})

test('guessed counts are told apart from those that the record states', () => {
  const { tally, note, tokens, without } = setup()
  tally.add(note([{ input: 4, output: 2, is_estimated: true }, { input: 3 }]), 0, 2)
  assert.equal(tokens('input', 'estimated'), 4)
  assert.equal(tokens('output', 'estimated'), 2)
  assert.equal(tokens('input'), 3)
  assert.equal(without('tokens'), 0)
})

test('cost is summed by currency and by what it rests on', () => {
  const { tally, note, cost, without } = setup()
  const usd = { currency: 'USD', basis: 'list' } as const
  const eur = { currency: 'EUR', basis: 'configured' } as const
  const events = note([
    { amount: 0.5, money: usd },
    { amount: 0.25, money: { ...usd } },
    { amount: 2, money: eur },
    { amount: 0, money: usd },
    {},
  ])
  tally.add(events, 0, 5)
  assert.equal(cost('USD', 'list'), 0.75)
  assert.equal(cost('EUR', 'configured'), 2)
  assert.equal(without('cost'), 1)
})

test('only what is added counts, and reports of providers do not: they repeat calls', () => {
  const { meter, tally, note, tokens } = setup()
  tally.add(note([{ input: 1 }, { input: 2 }, { input: 4 }]), 1, 2)
  tally.add(note([{ input: 100 }], REPORT), 0, 1)
  assert.equal(tokens('input'), 2)
  assert.equal(meter.value('whosecall_events_total', { outcome: 'non_call', reason: 'none' }), 1)
})

test('there are only so many currencies; the rest is counted as a limit and not summed', () => {
  const { meter, tally, note, without } = setup()
  const bills = Array.from({ length: 80 }, (_, n) => {
    const currency = `A${String.fromCodePoint(65 + (n % 26))}${String.fromCodePoint(65 + Math.floor(n / 26))}`
    return { amount: 1, money: { currency, basis: 'list' } as const }
  })
  tally.add(note(bills), 0, 80)
  const hit = meter.value('whosecall_limits_hit_total', { limit: 'currencies' })
  assert.equal(hit, 80 - 63)
  assert.equal(without('cost'), hit)
})

test('thousands of owners are as quickly told apart as a few', () => {
  const { tally } = setup()
  const started = performance.now()
  for (let n = 0; n < 4_000; n += 1)
    tally.codeOf({ ...CALL, party: { type: 'owner', name: `team:${n}` } })
  const took_ms = performance.now() - started
  // Some 20 ms; six seconds when all sums are copied for each of them.
  assert.ok(took_ms < 1_500, `${took_ms} ms`)
})

test('owners beyond what a code can say are the other owners, by method', () => {
  const { tally, meter } = setup()
  const codes = new Set<number>()
  for (let n = 0; n < 10_000; n += 1)
    for (const method of METHODS)
      codes.add(tally.codeOf({ ...CALL, method, party: { type: 'owner', name: `team:${n}` } }))
  assert.equal(codes.size, OWNER_CODES_MAX + METHODS.length)
  const last = tally.kindOf(Math.max(...codes))
  assert.deepEqual(last.party, { type: 'owner', name: '__other__' })
  const capped = { metric: 'whosecall_owner_events_total' }
  assert.equal(meter.value('whosecall_series_capped_total', capped), 60_000 - OWNER_CODES_MAX)
})
