import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GAPS_SHOWN_MAX, PROBLEMS_SHOWN_MAX, type Gap, type Status } from '#/core/status.ts'
import {
  mergeStatus,
  mergeVerdicts,
  type Said,
  type ServiceFacts,
} from '#/worker/admin/merge-status.ts'

const FACTS: ServiceFacts = {
  version: '1.2.3',
  at: '2026-01-01T00:10:00.000Z',
  started_at: '2026-01-01T00:00:00.000Z',
  processes: [
    { pid: 11, state: 'running', restarts: 0 },
    { pid: 12, state: 'running', restarts: 1 },
  ],
  live: { ok: true, reasons: [] },
  ready: { ok: true, reasons: [] },
  config: { loaded_at: '2026-01-01T00:00:00.000Z', is_current: true },
  graph: { nodes: [], edges: [] },
  problems: [],
}

function status(more: Partial<Status> = {}): Status {
  return {
    ...FACTS,
    events_per_second: 1,
    since_start: [],
    recent: [],
    recent_seconds: 300,
    gaps: [],
    gap_count: 0,
    partitions: [],
    lanes: [],
    lookup: { directory: 'loaded', entries: 1, tiers: [] },
    ...more,
  }
}

function gap(more: Partial<Gap> = {}): Gap {
  return {
    fingerprint: '0123456789ab',
    source: 'litellm',
    reason: 'ip_only',
    evidence: ['ip'],
    first_seen: '2026-01-01T00:01:00.000Z',
    last_seen: '2026-01-01T00:02:00.000Z',
    example: { topic: 'raw', partition: 0, offset: 7, event: 0 },
    events: 1,
    tokens: 10,
    cost: { USD: 0.5 },
    ...more,
  }
}

const said = <T>(...values: readonly T[]): readonly Said<T>[] =>
  values.map((value, index) => ({ worker: index + 1, value }))

const merged = (...parts: readonly Partial<Status>[]) =>
  mergeStatus(said(...parts.map(status)), FACTS)

test('Outcomes are added by outcome and reason, cost by currency.', () => {
  const attributed = { outcome: 'attributed', reason: 'none' } as const
  const ip_only = { outcome: 'unattributed', reason: 'ip_only' } as const
  const both = merged(
    { since_start: [{ ...attributed, events: 3, tokens: 30, cost: { USD: 1 } }] },
    {
      since_start: [
        { ...attributed, events: 4, tokens: 40, cost: { USD: 2, EUR: 5 } },
        { ...ip_only, events: 1, tokens: 0, cost: {} },
      ],
    },
  )
  assert.deepEqual(both.since_start, [
    { ...attributed, events: 7, tokens: 70, cost: { USD: 3, EUR: 5 } },
    { ...ip_only, events: 1, tokens: 0, cost: {} },
  ])
  assert.equal(both.events_per_second, 2)
  assert.equal(both.recent_seconds, 300)
})

test('Gaps of one fingerprint, source and reason are one gap, seen first by one and last by another.', () => {
  const late = { topic: 'raw', partition: 1, offset: 9, event: 2 }
  const both = merged(
    { gaps: [gap()], gap_count: 1 },
    {
      gaps: [
        gap({
          evidence: ['ip', 'agent'],
          first_seen: '2026-01-01T00:00:30.000Z',
          last_seen: '2026-01-01T00:03:00.000Z',
          example: late,
          events: 4,
        }),
        gap({ source: 'kong-ai-proxy', events: 9 }),
        gap({ reason: 'no_identity', events: 2 }),
      ],
      gap_count: 3,
    },
  )
  assert.deepEqual(
    both.gaps.map(({ source, reason, events }) => [source, reason, events]),
    [
      ['kong-ai-proxy', 'ip_only', 9],
      ['litellm', 'ip_only', 5],
      ['litellm', 'no_identity', 2],
    ],
  )
  assert.deepEqual(
    both.gaps[1],
    gap({
      evidence: ['ip', 'agent'],
      first_seen: '2026-01-01T00:00:30.000Z',
      last_seen: '2026-01-01T00:03:00.000Z',
      example: late,
      events: 5,
      tokens: 20,
      cost: { USD: 1 },
    }),
  )
  assert.equal(both.gap_count, 3)
})

test('Only the largest gaps are shown; those that are remembered are counted.', () => {
  const many = (from: number) =>
    Array.from({ length: GAPS_SHOWN_MAX }, (_, index) =>
      gap({ fingerprint: `f${from + index}`, events: from + index }),
    )
  const both = merged({ gaps: many(0), gap_count: 60 }, { gaps: many(100), gap_count: 50 })
  assert.equal(both.gaps.length, GAPS_SHOWN_MAX)
  assert.equal(both.gaps[0]?.events, 149)
  assert.equal(both.gap_count, 110)
})

test('Partitions stand together in order; one that moves is shown where it got on last.', () => {
  const at = (partition: number, in_flight: number, minute: number) => ({
    receiver: 'kafka',
    topic: 'raw',
    partition,
    state: 'ok' as const,
    in_flight,
    progressed_at: `2026-01-01T00:0${minute}:00.000Z`,
  })
  const both = merged(
    { partitions: [at(10, 1, 1), at(2, 2, 1)] },
    { partitions: [at(1, 3, 1), at(2, 4, 2)] },
  )
  assert.deepEqual(both.partitions, [at(1, 3, 1), at(2, 4, 2), at(10, 1, 1)])
})

test('A lane holds if it holds in any process; lookups are added, and states that differ both said.', () => {
  const tiers = (fresh: number) => [{ tier: 'memory', states: { fresh } }]
  const both = merged(
    {
      lanes: [{ name: 'kafka output', holding: false }],
      lookup: { directory: 'closed', redis: 'closed', entries: 5, tiers: tiers(3) },
    },
    {
      lanes: [{ name: 'kafka output', holding: true }],
      lookup: {
        directory: 'closed',
        redis: 'open',
        entries: 6,
        tiers: [...tiers(4), { tier: 'redis', states: { miss: 1 } }],
      },
    },
  )
  assert.deepEqual(both.lanes, [{ name: 'kafka output', holding: true }])
  assert.deepEqual(both.lookup, {
    directory: 'closed',
    redis: 'closed, open',
    entries: 11,
    tiers: [
      { tier: 'memory', states: { fresh: 7 } },
      { tier: 'redis', states: { miss: 1 } },
    ],
  })
})

test('Problems name the worker, latest first, and not too many.', () => {
  const problem = (second: number) => ({
    at: `2026-01-01T00:00:${String(second).padStart(2, '0')}.000Z`,
    level: 'warn' as const,
    message: 'a static text',
    fields: { receiver: 'kafka' },
  })
  const list = (from: number) => Array.from({ length: 15 }, (_, index) => problem(from + 2 * index))
  const { problems } = merged({ problems: list(0) }, { problems: list(1) })
  assert.equal(problems.length, PROBLEMS_SHOWN_MAX)
  assert.deepEqual(problems[0], { ...problem(29), fields: { receiver: 'kafka', worker: 2 } })
  assert.deepEqual(problems[1], { ...problem(28), fields: { receiver: 'kafka', worker: 1 } })
})

test('The config is current when it is in every process; who is behind says why.', () => {
  const loaded_at = '2026-01-01T00:05:00.000Z'
  const both = merged(
    { config: { loaded_at, is_current: true } },
    { config: { ...FACTS.config, is_current: false, problem: 'w.yaml is not a valid config' } },
  )
  assert.deepEqual(both.config, {
    loaded_at: FACTS.config.loaded_at,
    is_current: false,
    problem: 'worker 2: w.yaml is not a valid config',
  })
})

test('While no process answers, what the supervisor knows is the answer.', () => {
  const none = merged()
  assert.deepEqual(none.processes, FACTS.processes)
  assert.deepEqual(none.config, FACTS.config)
  assert.equal(none.events_per_second, 0)
  assert.equal(none.lookup.directory, 'absent')
  assert.deepEqual(none.partitions, [])
})

test('A service is well when all its workers are, and says which is not.', () => {
  const well = { ok: true, reasons: [] }
  const holding = { ok: false, reasons: ['kafka output cannot be written: holding'] }
  assert.deepEqual(mergeVerdicts(said(well, well)), well)
  assert.deepEqual(mergeVerdicts(said(well, holding)), {
    ok: false,
    reasons: ['worker 2: kafka output cannot be written: holding'],
  })
})

test('A worker without partitions is no fault unless none has any.', () => {
  const idle = { ok: false, reasons: ['kafka: no partition assigned'] }
  assert.deepEqual(mergeVerdicts(said({ ok: true, reasons: [] }, idle)), { ok: true, reasons: [] })
  assert.equal(mergeVerdicts(said(idle, idle)).ok, false)
})
