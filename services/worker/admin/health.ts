/**
 * Liveness is progress, not "the process is up", and each partition makes its own: a worker with one that has work and does
 * not get on is restarted, however busy the others are. A worker that holds because the broker takes nothing is alive, since a restart would not help. Readiness says what is missing, in words.
 */
import type { Ports } from '#/core/ports.ts'
import type { Verdict, WorkerProcess } from '#/core/status.ts'
import type { Held, Lane } from '../pipeline/lane.ts'
import type { Lag } from '../pipeline/lag.ts'
import type { Gate } from '../pipeline/gate.ts'

export interface Health {
  readonly phase: WorkerProcess['state']
  /** Something got its fate. */
  onProgress(): void
  watchReceiver(id: string, gate: Gate, lag: Lag): void
  /** `missing` says in words what the owner lookup lacks, if anything. */
  watchOwners(missing: () => string | undefined): void
  watchLane(name: string, lane: Lane): void
  started(): void
  stopping(): void
  live(): Verdict
  ready(): Verdict
}

/** How a reason ends that is none while another process of the service has partitions of the receiver. */
export const NO_PARTITION = ': no partition assigned'

/** Partitions that are named in one answer. */
const REASONS_MAX = 20

export function createHealth(stall_timeout_ms: number, { clock, meter }: Ports): Health {
  const receivers: { readonly id: string; readonly gate: Gate; readonly lag: Lag }[] = []
  let missingOwners = (): string | undefined => undefined
  const lanes: { readonly name: string; readonly lane: Lane }[] = []
  const progress = meter.gauge('whosecall_last_progress_timestamp_seconds')
  let last_progress_ms = clock.now()
  let started_ms = clock.now()
  let phase: WorkerProcess['state'] = 'starting'

  meter.onScrape(() => progress.set(last_progress_ms / 1000))

  /** Partitions that have work, and none of whose messages got a fate since it was there, for too long. */
  function stalledPartitions(gate: Gate, lag: Lag): readonly string[] {
    return gate.assigned().flatMap((partition) => {
      const { topic, in_flight, progress_ms } = partition
      const waiting = lag.waiting(partition)
      if (in_flight === 0 && waiting === undefined) return []
      const since_ms = in_flight > 0 ? progress_ms : Math.max(progress_ms, waiting?.since_ms ?? 0)
      const idle_ms = clock.now() - Math.max(since_ms, started_ms)
      if (idle_ms < stall_timeout_ms) return []
      const seconds = Math.round(idle_ms / 1000)
      const work = `${in_flight} messages in flight, ${waiting?.messages ?? 0} waiting`
      return [`${topic}/${partition.partition}: no progress for ${seconds} s with ${work}`]
    })
  }

  const holding = () =>
    lanes
      .filter(({ lane }) => lane.holding)
      .map(
        ({ name, lane }) => `${name} cannot be written: holding${lane.held ? what(lane.held) : ''}`,
      )

  return {
    get phase() {
      return phase
    },
    onProgress() {
      last_progress_ms = clock.now()
    },
    watchReceiver(id, gate, lag) {
      receivers.push({ id, gate, lag })
    },
    watchOwners(missing) {
      missingOwners = missing
    },
    watchLane(name, lane) {
      lanes.push({ name, lane })
    },
    started() {
      phase = 'running'
      started_ms = clock.now()
    },
    stopping() {
      phase = 'stopping'
    },
    live() {
      if (phase !== 'running' || holding().length > 0) return { ok: true, reasons: [] }
      const reasons = receivers.flatMap(({ id, gate, lag }) =>
        stalledPartitions(gate, lag).map((stalled) => `${id}: ${stalled}`),
      )
      return { ok: reasons.length === 0, reasons: shortened(reasons) }
    },
    ready() {
      const reasons = phase === 'running' ? [] : [`the worker is ${phase}`]
      for (const { id, gate } of receivers)
        if (gate.assigned().length === 0) reasons.push(`${id}${NO_PARTITION}`)
      reasons.push(...holding())
      const missing = missingOwners()
      if (missing !== undefined) reasons.push(missing)
      return { ok: reasons.length === 0, reasons }
    },
  }
}

function shortened(reasons: readonly string[]): readonly string[] {
  if (reasons.length <= REASONS_MAX) return reasons
  const more = reasons.length - REASONS_MAX
  return [...reasons.slice(0, REASONS_MAX), `and ${more} more partitions`]
}

function what({ cause, topic, partition, offset, bytes, to_topic }: Held): string {
  return ` ${topic}/${partition} at offset ${offset} (${bytes} bytes, to ${to_topic}): ${cause}`
}
