/**
 * Where a worker stands, in one answer: what the status page draws, what `top` prints and what a supervisor adds up over
 * several workers. It carries no payload, no address and no identity: unattributed sources are named by a fingerprint, and
 * an example says where an event of theirs can be read again.
 */
import type { PipelineGraph } from './graph.ts'
import type { PartitionId } from './bus.ts'
import type { KeyKind, Outcome, PartitionCondition, Reason } from './words.ts'

/** Sums over calls. */
export interface Amounts {
  readonly events: number
  /** Input and output tokens, as far as events state them. */
  readonly tokens: number
  /** Stated cost by currency, in whole units. */
  readonly cost: Readonly<Record<string, number>>
}

export interface OutcomeAmounts extends Amounts {
  readonly outcome: Outcome
  /** `none` exactly when attributed. */
  readonly reason: Reason | 'none'
}

/** A group of events that nobody owns and that look alike: the unit of triage. */
export interface Gap extends Amounts {
  /** 12 hex digits; the same evidence has the same fingerprint within one worker process and, by itself, tells nothing. */
  readonly fingerprint: string
  /** Name of the source that wrote the records. */
  readonly source: string
  readonly reason: Reason
  /** What kinds of identities its events carry. */
  readonly evidence: readonly KeyKind[]
  /** ISO 8601, by the clock of the worker. */
  readonly first_seen: string
  readonly last_seen: string
  /** Where its latest event was read. */
  readonly example: EventPlace
}

export interface EventPlace extends PartitionId {
  readonly offset: number
  /** Index of the event in its message. */
  readonly event: number
}

export interface PartitionStatus extends PartitionId {
  readonly receiver: string
  readonly state: PartitionCondition
  readonly in_flight: number
  /** Absent while it is not known where reading begins. */
  readonly lag_messages?: number
  readonly lag_seconds?: number
  /** ISO 8601: when a message of it last got its fate. */
  readonly progressed_at: string
}

export interface LookupStatus {
  /** State of the directory: `loaded` or `absent` for an owner file, else of its breaker. */
  readonly directory: string
  readonly redis?: string
  /** Identities in the memory tier. */
  readonly entries: number
  /** Keys asked for since the start, by tier and by what it said. */
  readonly tiers: readonly {
    readonly tier: string
    readonly states: Readonly<Record<string, number>>
  }[]
}

export interface LaneStatus {
  readonly name: string
  /** It cannot be written and holds. */
  readonly holding: boolean
}

/** A warning or error of the log: static text and fields without data. */
export interface LoggedProblem {
  readonly at: string
  readonly level: 'warn' | 'error'
  readonly message: string
  readonly fields: Readonly<Record<string, string | number | boolean>>
}

export interface WorkerProcess {
  readonly pid: number
  readonly state: 'starting' | 'running' | 'stopping'
  /** Times that it was started again after a crash. */
  readonly restarts: number
}

export interface ConfigStatus {
  /** ISO 8601: when the config in force was loaded. */
  readonly loaded_at: string
  /** Whether the last change on disk was taken over; the previous config stays in force otherwise. */
  readonly is_current: boolean
  /** Why it was not, in one line. */
  readonly problem?: string
}

export interface Verdict {
  readonly ok: boolean
  /** Why not; static texts and names from the config, no data. */
  readonly reasons: readonly string[]
}

export interface Status {
  readonly version: string
  /** ISO 8601. */
  readonly at: string
  readonly started_at: string
  readonly processes: readonly WorkerProcess[]
  readonly live: Verdict
  readonly ready: Verdict
  readonly config: ConfigStatus
  /** Events got their fate at this rate over the last seconds. */
  readonly events_per_second: number
  readonly since_start: readonly OutcomeAmounts[]
  /** The same over the last `recent_seconds`. */
  readonly recent: readonly OutcomeAmounts[]
  readonly recent_seconds: number
  /** Largest first, by events; at most `GAPS_SHOWN_MAX`. */
  readonly gaps: readonly Gap[]
  /** Gaps that are remembered; more than are shown. */
  readonly gap_count: number
  readonly partitions: readonly PartitionStatus[]
  readonly lanes: readonly LaneStatus[]
  readonly lookup: LookupStatus
  readonly graph: PipelineGraph
  /** Latest first; at most `PROBLEMS_SHOWN_MAX`. */
  readonly problems: readonly LoggedProblem[]
}

export const GAPS_SHOWN_MAX = 50
export const PROBLEMS_SHOWN_MAX = 20
