import type { Key, Owner } from './owners.ts'
import type { Class, Confidence, Level, Method, Outcome, Reason } from './words.ts'

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
  readonly suggested_owner?: string
  /** Owner ids that contradict: those of the rung that decided (reason `conflict`), or of lower rungs. */
  readonly conflicts?: readonly string[]
  readonly binding?: string
  readonly directory_revision?: string
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
  readonly suggested_owner?: string
  readonly conflicts?: readonly string[]
  readonly binding?: string
  readonly directory_revision?: string
  readonly engine?: string
}
