import assert from 'node:assert/strict'
import test from 'node:test'
import { BILL_COLUMNS, TOKENS_REPORTED, type Evidence } from '#/attribution/index.ts'
import type { Key } from '#/core/owners.ts'
import type { Reason } from '#/core/words.ts'
import { sourceNamed } from '#/sources/index.ts'
import { createMeter } from '#/telemetry/index.ts'
import { createEventTally } from '#/worker/pipeline/event-tally.ts'
import {
  GAP_IDLE_MS,
  GAPS_MAX,
  type PartyOptions,
  type Sighting,
} from '#/worker/pipeline/parties.ts'
import { createTally } from '#/worker/pipeline/tally.ts'
import { createFakeClock } from '../../support/fake-clock.ts'

function setup(options: PartyOptions = { fingerprint_key: 'key' }) {
  const clock = createFakeClock()
  const meter = createMeter({ process_metrics: false })
  const tally = createTally({ meter, clock }, options)
  /** Counts events of a decision, as the processor does. */
  const count = (sighting: Sighting, events = 1): void => {
    const { outcome, reason } = sighting.decision
    const party = tally.parties.of(sighting)
    const code = tally.codeOf({
      outcome: outcome!,
      reason: reason ?? 'none',
      method: undefined,
      class: undefined,
      party,
    })
    const noted = createEventTally(events)
    noted.codes.fill(code)
    noted.tokens.fill(TOKENS_REPORTED)
    noted.moneys.fill(tally.moneyOf({ currency: 'USD', basis: 'list' }))
    for (let event = 0; event < events; event += 1)
      noted.bills.set([10, 0, 0, 5, 0.25], event * BILL_COLUMNS)
    tally.add(noted, 0, events)
  }
  return { clock, meter, tally, count }
}

const SOURCE = sourceNamed('litellm')!

function evidenceOf(keys: readonly Key[]): Evidence {
  const slots = ['credential', 'consumer'] as const
  return {
    source: SOURCE,
    candidates: keys.map((_, key) => ({
      step: key === 0 ? 2 : 7,
      slot: slots[key]!,
      key,
      identity: key,
      only_if_known: false,
    })),
    keys,
    unkeyed: [],
    shared: false,
    account: false,
    hops: [],
    hints: [],
    lost: 0,
    secrets: [],
  }
}

function gap(reason: Reason, keys: readonly Key[], address?: string): Sighting {
  return {
    decision: { outcome: 'unattributed', reason },
    evidence: evidenceOf(keys),
    triage: {
      address: address === undefined ? 'none' : 'present',
      hints: address === undefined ? [] : [{ kind: 'ip', value: address }],
    },
    place: () => ({ topic: 'raw', partition: 0, offset: 7, event: 0 }),
  }
}

const key = (value: string): Key => ({ kind: 'api_key', value: `litellm/${value}` })
const user = (value: string): Key => ({ kind: 'user', value: `litellm|${value}` })

test('Events with the same strongest evidence are one gap, whatever stands below it.', () => {
  const { tally, count } = setup()
  count(gap('unknown_identity', [key('a'), user('u-1')]), 2)
  count(gap('unknown_identity', [key('a'), user('u-2')]), 3)
  count(gap('unknown_identity', [key('b')]))
  tally.sums()
  const gaps = tally.parties.recentGaps()
  assert.deepEqual(
    gaps.map(({ events, tokens, cost, evidence }) => ({ events, tokens, cost, evidence })),
    [
      { events: 5, tokens: 75, cost: { USD: 1.25 }, evidence: ['api_key', 'user'] },
      { events: 1, tokens: 15, cost: { USD: 0.25 }, evidence: ['api_key'] },
    ],
  )
  assert.match(gaps[0]!.fingerprint, /^[0-9a-f]{12}$/)
  assert.notEqual(gaps[0]!.fingerprint, gaps[1]!.fingerprint)
})

test('Addresses of one network are one gap; a fingerprint is no plain hash of it.', () => {
  const { tally, count } = setup()
  count(gap('ip_only', [], '192.0.2.7'))
  count(gap('ip_only', [], '192.0.2.9'))
  count(gap('ip_only', [], '198.51.100.1'))
  count(gap('ip_only', [], '2001:db8:1:2::1'))
  count(gap('ip_only', [], '2001:db8:1:3::1'))
  tally.sums()
  assert.deepEqual(
    tally.parties.recentGaps().map(({ events }) => events),
    [2, 1, 2],
  )
  const other = setup({ fingerprint_key: 'another' })
  other.count(gap('ip_only', [], '192.0.2.7'))
  const fingerprints = [tally, other.tally].map((one) => one.parties.recentGaps()[0]!.fingerprint)
  assert.notEqual(fingerprints[0], fingerprints[1])
})

test('Unattributed events are counted by source and reason, and so are gaps.', () => {
  const { meter, count } = setup()
  count(gap('ip_only', [], '192.0.2.7'), 4)
  count(gap('ip_only', [], '198.51.100.1'), 2)
  const by = { source: 'litellm', reason: 'ip_only' }
  assert.equal(meter.value('whosecall_unattributed_events_total', by), 6)
  assert.equal(
    meter.value('whosecall_events_total', { outcome: 'unattributed', reason: 'ip_only' }),
    6,
  )
  assert.equal(meter.value('whosecall_triage_sources', { reason: 'ip_only' }), 2)
  assert.equal(meter.value('whosecall_triage_sources_first_seen_total', { reason: 'ip_only' }), 2)
})

test('Gaps beyond the bound are joined; idle ones make room, and no event is counted twice or lost.', async () => {
  const { clock, meter, tally, count } = setup()
  for (let n = 0; n < GAPS_MAX + 5; n += 1) count(gap('unknown_identity', [key(`k${n}`)]))
  tally.sums()
  assert.ok(tally.parties.recentGaps().length <= GAPS_MAX + 1)
  const before = tally.parties.generation
  await clock.advance(GAP_IDLE_MS + 1)
  assert.deepEqual(tally.parties.recentGaps(), [])
  for (let n = 0; n < 10; n += 1) count(gap('unknown_identity', [key(`new${n}`)]), 2)
  assert.ok(tally.parties.generation > before)
  tally.sums()
  const recent = tally.parties.recentGaps()
  assert.deepEqual(
    recent.map(({ events }) => events),
    Array.from({ length: 10 }, () => 2),
  )
  const reason = 'unknown_identity'
  const total = GAPS_MAX + 5 + 20
  assert.equal(meter.value('whosecall_events_total', { outcome: 'unattributed', reason }), total)
  const by = { source: 'litellm', reason }
  assert.equal(meter.value('whosecall_unattributed_events_total', by), total)
})

test('Owners are a label only where it was asked for; those beyond the bound are one.', () => {
  const owned = (id: string): Sighting => ({
    ...gap('ip_only', []),
    decision: { outcome: 'attributed', owner: { id } },
  })
  const without = setup()
  without.count(owned('team:a'))
  assert.deepEqual(without.meter.series('whosecall_owner_events_total'), [])
  const { meter, count } = setup({ owners_max: 2 })
  for (const id of ['team:a', 'team:b', 'team:c', 'team:d', 'team:a']) count(owned(id))
  const events = meter.series('whosecall_owner_events_total')
  assert.deepEqual(
    events.map(({ labels, value }) => [labels['owner'], value]),
    [
      ['team:a', 2],
      ['team:b', 1],
      ['__other__', 2],
    ],
  )
  const metric = { metric: 'whosecall_owner_events_total' }
  assert.equal(meter.value('whosecall_series_capped_total', metric), 2)
})
