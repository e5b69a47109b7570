import type { Key, Owner } from './owners.ts'
import type {
  Class,
  Confidence,
  CostBasis,
  Initiator,
  Level,
  Method,
  Outcome,
  Reason,
  TrafficClass,
} from './words.ts'

/** What the rules decide about one event (MODEL section 4). */
export interface Decision {
  /** Set when the event is not a model call. Without `outcome` such an event is published as it came. */
  readonly class?: Class
  readonly outcome?: Outcome
  readonly reason?: Reason
  readonly owner?: Owner
  readonly method?: Method
  readonly level?: Level
  readonly confidence?: Confidence
  /** The winning key. */
  readonly evidence?: Key
  readonly chain?: readonly string[]
  readonly on_behalf_of?: Key
  /** Of a call; a report of a provider has none. */
  readonly initiator?: Initiator
  readonly environment?: string
  readonly traffic_class?: TrafficClass
  readonly suggested_owner?: string
  /** Owner ids that contradict: those of the rung that decided (reason `conflict`), or of lower rungs. */
  readonly conflicts?: readonly string[]
  readonly binding?: string
  readonly directory_revision?: string
}

/** Tokens in one meaning for all sources. What is unknown is left out; a zero is a known zero. */
export interface RecordedUsage {
  /** What no cache knew. */
  readonly input?: number
  readonly cache_read?: number
  readonly cache_write?: number
  /** With reasoning. */
  readonly output?: number
  /** The source may have guessed them. */
  readonly estimated?: true
}

/** What the source says that the call cost. */
export interface RecordedCost {
  /** Decimal text in whole units, to the last digit that the event states. */
  readonly amount: string
  /** ISO 4217. */
  readonly currency: string
  readonly basis: CostBasis
}

/**
 * The decoded `attribution` object: what `schemas/attribution.schema.json` describes, for every encoding. In plain JSON it
 * is written as one object; in OTLP as attributes `attribution.<path>`. `event_id` and `as_of` are added per event.
 */
export interface AttributionRecord {
  readonly outcome: Outcome
  readonly reason?: Reason
  readonly owner?: Partial<Owner>
  readonly revision: number
  readonly ip_only?: true
  readonly method?: Method
  readonly level?: Level
  readonly confidence?: Confidence
  readonly evidence?: string
  readonly chain?: readonly string[]
  readonly on_behalf_of?: string
  readonly initiator?: Initiator
  readonly environment?: string
  readonly traffic_class?: TrafficClass
  readonly suggested_owner?: string
  readonly conflicts?: readonly string[]
  readonly binding?: string
  readonly directory_revision?: string
  readonly engine?: string
  readonly usage?: RecordedUsage
  readonly cost?: RecordedCost
}
