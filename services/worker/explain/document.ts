/**
 * One event explained, as JSON and as what the texts for people are made from. Members are only ever added; what changes its
 * meaning gets a new version.
 */
import type { Advice } from '#/attribution/advice.ts'
import type { DecisionRule } from '#/attribution/decision-rules.ts'
import type { AttributionRecord } from '#/core/decision.ts'
import type { Ownership } from '#/core/owners.ts'
import type { DeadLetterReason, Encoding, Fate, Class, Slot } from '#/core/words.ts'
import type { Tier } from '#/owners/index.ts'

export const EXPLAIN_TYPE = 'whosecall.explain'
export const EXPLAIN_VERSION = 1

export interface ExplainDocument {
  readonly type: typeof EXPLAIN_TYPE
  readonly version: typeof EXPLAIN_VERSION
  readonly at: MessagePlace
  readonly receiver: string
  readonly encoding: Encoding
  /** Of the event in its message; absent when the message has none. */
  readonly index?: number
  /** Of the whole message. */
  readonly fate: Fate
  readonly code?: DeadLetterReason | Class
  /** Why the message is a dead letter, or why this event makes it one. */
  readonly failure?: { readonly code: DeadLetterReason; readonly why: string }
  readonly source?: {
    readonly name: string
    readonly recognised_by: 'config' | 'fields' | 'rest'
    readonly has?: string
  }
  readonly class?: { readonly class: string; readonly when?: string }
  /** RFC 3339; `from`: the event says it, or it is that of the message. */
  readonly call_time?: { readonly time: string; readonly from: 'event' | 'message' }
  /** What is written into the event with `detail: full`; absent when it is no call. */
  readonly decision?: AttributionRecord
  readonly rule?: DecisionRule
  readonly evidence: readonly EvidenceLine[]
  readonly lookups: readonly LookupLine[]
  readonly rungs: readonly RungLine[]
  readonly rules: readonly RuleLine[]
  readonly advice: readonly AdviceLine[]
}

/** `topic` is the name of the file for what is read from one; `offset` is then the line, from 0. */
export interface MessagePlace {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly timestamp: string
}

export interface EvidenceLine {
  readonly field: string
  readonly kind: string
  readonly slot?: Slot
  readonly rung?: string
  readonly keys: readonly string[]
  readonly trust?: 'trusted' | 'claimed'
  readonly why?: string
  readonly word?: string
}

export interface LookupLine {
  readonly key: string
  readonly state: 'fresh' | 'stale' | 'negative' | 'unavailable'
  /** At the time of the call. */
  readonly means: Ownership | 'ambiguous' | 'unknown' | 'unavailable'
  readonly tier: Tier | 'file' | 'none'
  readonly revision?: string
  readonly bindings: readonly BindingLine[]
}

export interface BindingLine {
  readonly id: string
  readonly ownership: Ownership
  readonly owner?: string
  /** RFC 3339, half-open; absent where the interval is open. */
  readonly valid_from?: string
  readonly valid_to?: string
  readonly in_force: boolean
}

export interface RungLine {
  readonly rung: string
  readonly name: string
  readonly keys: readonly {
    readonly key: string
    readonly state: string
    readonly owners: readonly string[]
  }[]
  readonly result: 'decided' | 'passed' | 'empty' | 'not_reached'
  readonly why: string
}

export interface RuleLine {
  readonly rule: DecisionRule
  readonly text: string
  readonly decided: boolean
  readonly why: string
}

export interface AdviceLine {
  readonly code: Advice['code']
  readonly text: string
  readonly key?: string
  readonly row?: string
}
