/**
 * Where the worker stands: puts together what its parts know. Every few seconds it notes the sums so far, so that it can say
 * what happened of late and not only since the start.
 */
import type { Ports } from '#/core/ports.ts'
import {
  GAPS_SHOWN_MAX,
  type ConfigStatus,
  type Gap,
  type LaneStatus,
  type LookupStatus,
  type OutcomeAmounts,
  type Status,
} from '#/core/status.ts'
import type { PipelineGraph } from '#/core/graph.ts'
import type { OwnersStates } from '#/owners/index.ts'
import type { Sample } from '#/telemetry/index.ts'
import type { GapParty } from '../pipeline/parties.ts'
import type { Tally } from '../pipeline/tally.ts'
import type { Health } from './health.ts'
import type { PartitionWatch } from './partitions.ts'
import type { ProblemLog } from './problems.ts'

export interface StatusParts {
  readonly version: string
  readonly tally: Tally
  readonly health: Health
  readonly partitions: PartitionWatch
  readonly problems: ProblemLog
  readonly lanes: () => readonly LaneStatus[]
  /** `undefined` until the owner lookup has started. */
  readonly owners: () => OwnersStates | undefined
  readonly config: () => ConfigStatus
  readonly graph: () => PipelineGraph
  readonly readSeries: (name: string) => readonly Sample[]
}

export interface StatusWatch {
  status(): Status
  stop(): void
}

/** Partitions are observed and sums are noted at this interval; ten observations are the window of a partition. */
export const OBSERVE_INTERVAL_MS = 6_000
const RECENT_MS = 300_000
const NOTES_MAX = RECENT_MS / OBSERVE_INTERVAL_MS + 1

interface Note {
  readonly at_ms: number
  readonly events: number
  readonly sums: readonly OutcomeAmounts[]
}

export function watchStatus(parts: StatusParts, { clock }: Pick<Ports, 'clock'>): StatusWatch {
  const { tally } = parts
  const started_ms = clock.now()
  const stopping = new AbortController()
  let notes: readonly Note[] = [note()]

  function note(): Note {
    return { at_ms: clock.now(), events: tally.events, sums: tally.sums() }
  }

  async function observe(): Promise<void> {
    while (!stopping.signal.aborted) {
      await clock.sleep(OBSERVE_INTERVAL_MS, stopping.signal)
      if (stopping.signal.aborted) return
      parts.partitions.observe()
      notes = [...notes, note()].slice(-NOTES_MAX)
    }
  }
  void observe()

  function eventsPerSecond(now: Note): number {
    const before = notes.findLast(({ at_ms }) => now.at_ms - at_ms >= OBSERVE_INTERVAL_MS / 2)
    if (before === undefined || now.at_ms <= before.at_ms) return 0
    return ((now.events - before.events) * 1000) / (now.at_ms - before.at_ms)
  }

  return {
    status() {
      const now = note()
      const [oldest] = notes
      const gaps = tally.parties.recentGaps().filter(({ events }) => events > 0)
      return {
        version: parts.version,
        at: iso(now.at_ms),
        started_at: iso(started_ms),
        processes: [{ pid: process.pid, state: parts.health.phase, restarts: 0 }],
        live: parts.health.live(),
        ready: parts.health.ready(),
        config: parts.config(),
        events_per_second: eventsPerSecond(now),
        since_start: now.sums,
        recent: now.sums.map((sum) => since(sum, oldest!.sums)).filter(({ events }) => events > 0),
        recent_seconds: Math.round((now.at_ms - oldest!.at_ms) / 1000),
        gaps: gaps
          .toSorted((a, b) => b.events - a.events)
          .slice(0, GAPS_SHOWN_MAX)
          .map(gapOf),
        gap_count: gaps.length,
        partitions: parts.partitions.statuses(),
        lanes: parts.lanes(),
        lookup: lookupOf(parts),
        graph: parts.graph(),
        problems: parts.problems.latest(),
      }
    },
    stop: () => stopping.abort(),
  }
}

function since(sum: OutcomeAmounts, before: readonly OutcomeAmounts[]): OutcomeAmounts {
  const then = before.find((one) => one.outcome === sum.outcome && one.reason === sum.reason)
  if (then === undefined) return sum
  const cost = Object.entries(sum.cost).map(
    ([currency, amount]) => [currency, amount - (then.cost[currency] ?? 0)] as const,
  )
  return {
    ...sum,
    events: sum.events - then.events,
    tokens: sum.tokens - then.tokens,
    cost: Object.fromEntries(cost.filter(([, amount]) => amount > 0)),
  }
}

function gapOf(party: GapParty): Gap {
  const { fingerprint, source, reason, evidence, example, events, tokens, cost } = party
  return {
    fingerprint,
    source,
    reason,
    evidence,
    first_seen: iso(party.first_seen_ms),
    last_seen: iso(party.last_seen_ms),
    example,
    events,
    tokens,
    cost: { ...cost },
  }
}

function lookupOf({ owners, readSeries }: StatusParts): LookupStatus {
  const states = owners()
  const by_tier = Map.groupBy(
    readSeries('whosecall_lookups_total'),
    ({ labels }) => labels['tier']!,
  )
  return {
    directory: states?.directory ?? 'absent',
    ...(states?.redis === undefined ? {} : { redis: states.redis }),
    entries: states?.entries ?? 0,
    tiers: [...by_tier].map(([tier, samples]) => ({
      tier,
      states: Object.fromEntries(
        samples
          .filter(({ value }) => value > 0)
          .map(({ labels, value }) => [labels['state']!, value]),
      ),
    })),
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
