/**
 * Where a service of several worker processes stands, from where each of them does. Amounts are added, gaps that look alike
 * are joined, and what is said in words is prefixed with the number of the worker that says it. Pure.
 */
import {
  GAPS_SHOWN_MAX,
  PROBLEMS_SHOWN_MAX,
  type Amounts,
  type ConfigStatus,
  type Gap,
  type LaneStatus,
  type LoggedProblem,
  type LookupStatus,
  type OutcomeAmounts,
  type PartitionStatus,
  type Status,
  type Verdict,
} from '#/core/status.ts'
import { NO_PARTITION } from './health.ts'

/** What one worker says, by its number (from 1). */
export interface Said<T> {
  readonly worker: number
  readonly value: T
}

/** What the supervisor knows by itself; the rest of the answer while no worker gives one. */
export type ServiceFacts = Pick<
  Status,
  'version' | 'at' | 'started_at' | 'processes' | 'live' | 'ready' | 'config' | 'graph' | 'problems'
>

export function mergeStatus(parts: readonly Said<Status>[], facts: ServiceFacts): Status {
  const all = parts.map(({ value }) => value)
  const gaps = mergeGaps(all.flatMap((status) => status.gaps))
  const hidden = Math.max(0, ...all.map((status) => status.gap_count - status.gaps.length))
  return {
    ...facts,
    config:
      mergeConfig(parts.map(({ worker, value }) => ({ worker, value: value.config }))) ??
      facts.config,
    events_per_second: sum(all, (status) => status.events_per_second),
    since_start: mergeOutcomes(all.flatMap((status) => status.since_start)),
    recent: mergeOutcomes(all.flatMap((status) => status.recent)),
    recent_seconds: Math.max(0, ...all.map((status) => status.recent_seconds)),
    gaps: gaps.slice(0, GAPS_SHOWN_MAX),
    gap_count: gaps.length + hidden,
    partitions: mergePartitions(all.flatMap((status) => status.partitions)),
    lanes: mergeLanes(all.flatMap((status) => status.lanes)),
    lookup: mergeLookups(all.map((status) => status.lookup)),
    graph: all[0]?.graph ?? facts.graph,
    problems: mergeProblems(parts, facts.problems),
  }
}

/**
 * All must be well. That a worker has no partition is no fault while another has some of the same receiver: there may be
 * fewer partitions than workers.
 */
export function mergeVerdicts(parts: readonly Said<Verdict>[]): Verdict {
  const isShared = (reason: string) => parts.every(({ value }) => value.reasons.includes(reason))
  const reasons = parts.flatMap(({ worker, value }) =>
    value.reasons
      .filter((reason) => !reason.endsWith(NO_PARTITION) || isShared(reason))
      .map((reason) => `worker ${worker}: ${reason}`),
  )
  const unexplained = parts.some(({ value }) => !value.ok && value.reasons.length === 0)
  return { ok: reasons.length === 0 && !unexplained, reasons }
}

function mergeConfig(parts: readonly Said<ConfigStatus>[]): ConfigStatus | undefined {
  const [first] = parts
  if (first === undefined) return undefined
  const behind = parts.find(({ value }) => !value.is_current)
  const problem = behind?.value.problem
  return {
    loaded_at: least(parts.map(({ value }) => value.loaded_at)),
    is_current: behind === undefined,
    ...(behind && problem !== undefined ? { problem: `worker ${behind.worker}: ${problem}` } : {}),
  }
}

function addAmounts(a: Amounts, b: Amounts): Amounts {
  const cost: Record<string, number> = { ...a.cost }
  for (const [currency, amount] of Object.entries(b.cost))
    cost[currency] = (cost[currency] ?? 0) + amount
  return { events: a.events + b.events, tokens: a.tokens + b.tokens, cost }
}

function mergeOutcomes(rows: readonly OutcomeAmounts[]): readonly OutcomeAmounts[] {
  return joinBy(
    rows,
    ({ outcome, reason }) => `${outcome}/${reason}`,
    (a, b) => ({ ...a, ...addAmounts(a, b) }),
  )
}

function mergeGaps(gaps: readonly Gap[]): readonly Gap[] {
  const joined = joinBy(
    gaps,
    ({ fingerprint, source, reason }) => `${fingerprint}/${source}/${reason}`,
    (a, b) => ({
      ...a,
      ...addAmounts(a, b),
      evidence: [...new Set([...a.evidence, ...b.evidence])],
      first_seen: least([a.first_seen, b.first_seen]),
      ...latest(a, b),
    }),
  )
  return joined.toSorted((a, b) => b.events - a.events)
}

function latest(a: Gap, b: Gap): Pick<Gap, 'last_seen' | 'example'> {
  const { last_seen, example } = a.last_seen >= b.last_seen ? a : b
  return { last_seen, example }
}

/** While a partition moves, two may name it: the one that got on last has it. */
function mergePartitions(partitions: readonly PartitionStatus[]): readonly PartitionStatus[] {
  const joined = joinBy(
    partitions,
    ({ receiver, topic, partition }) => `${receiver}/${topic}/${partition}`,
    (a, b) => (a.progressed_at >= b.progressed_at ? a : b),
  )
  return joined.toSorted(
    (a, b) =>
      compare(a.receiver, b.receiver) || compare(a.topic, b.topic) || a.partition - b.partition,
  )
}

function mergeLanes(lanes: readonly LaneStatus[]): readonly LaneStatus[] {
  return joinBy(
    lanes,
    ({ name }) => name,
    (a, b) => ({ ...a, holding: a.holding || b.holding }),
  )
}

function mergeLookups(lookups: readonly LookupStatus[]): LookupStatus {
  const redis = lookups.flatMap((lookup) => lookup.redis ?? [])
  return {
    directory: distinct(lookups.map(({ directory }) => directory)) || 'absent',
    ...(redis.length > 0 ? { redis: distinct(redis) } : {}),
    entries: sum(lookups, ({ entries }) => entries),
    tiers: joinBy(
      lookups.flatMap(({ tiers }) => tiers),
      ({ tier }) => tier,
      (a, b) => ({ ...a, states: addStates(a.states, b.states) }),
    ),
  }
}

function addStates(
  a: Readonly<Record<string, number>>,
  b: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const states = { ...a }
  for (const [state, count] of Object.entries(b)) states[state] = (states[state] ?? 0) + count
  return states
}

function mergeProblems(
  parts: readonly Said<Status>[],
  own: readonly LoggedProblem[],
): readonly LoggedProblem[] {
  const theirs = parts.flatMap(({ worker, value }) =>
    value.problems.map((problem) => ({ ...problem, fields: { ...problem.fields, worker } })),
  )
  return [...own, ...theirs].toSorted((a, b) => compare(b.at, a.at)).slice(0, PROBLEMS_SHOWN_MAX)
}

/** One row for each key, in the order of the first of each. */
function joinBy<T>(
  rows: readonly T[],
  keyOf: (row: T) => string,
  join: (a: T, b: T) => T,
): readonly T[] {
  const joined = new Map<string, T>()
  for (const row of rows) {
    const key = keyOf(row)
    const known = joined.get(key)
    joined.set(key, known === undefined ? row : join(known, row))
  }
  return [...joined.values()]
}

function sum<T>(rows: readonly T[], of: (row: T) => number): number {
  return rows.reduce((total, row) => total + of(row), 0)
}

/** States that agree are said once. */
function distinct(words: readonly string[]): string {
  return [...new Set(words)].toSorted().join(', ')
}

/** ISO 8601 in one zone sorts as text. */
function least(times: readonly string[]): string {
  return times.reduce((a, b) => (a <= b ? a : b))
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
