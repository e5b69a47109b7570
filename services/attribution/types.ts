import type { Decision } from '#/core/decision.ts'
import type { Answer, Key } from '#/core/owners.ts'
import type { Source } from '#/core/source.ts'
import type { EventValues, FieldRead, OtlpSignal } from '#/core/view.ts'
import type { Class, Confidence, Detail, SecretKind, Slot } from '#/core/words.ts'
import type { BillReader } from './bill.ts'
import type { Circumstances } from './circumstances.ts'
import type { DecisionRule } from './decision-rules.ts'
import type { SecretCount } from './secrets.ts'

/** What goes into the rules and what comes out of them. */

export interface RulesOptions {
  /** Candidates, of one encoding. */
  readonly sources: readonly Source[]
  /** Recognise the source of each event; else the first one is taken. */
  readonly auto: boolean
  readonly trust: 'trusted' | 'claimed'
  /** Stand in for parts of keys that a record lacks. */
  readonly issuer?: string
  readonly cluster?: string
  readonly tenant?: string
  /** Patterns of resource attributes that the platform stamps, such as `k8s.*`. */
  readonly trusted_resource_attributes?: readonly string[]
  /** Roles whose sessions are verified principals: names, ARNs or normal forms. */
  readonly trusted_brokers?: readonly string[]
  /** More words that mean "absent", in any field. */
  readonly nobody_words?: readonly string[]
  /** More values, by path, that mean "shared". */
  readonly shared_words?: Readonly<Record<string, readonly string[]>>
  /** Addresses or CIDR blocks that are passed over in a forwarded list, from the right. */
  readonly trusted_proxies?: readonly string[]
  /** How many entries at the right of a forwarded list our own proxies appended; takes precedence. */
  readonly forwarded_hops?: number
  readonly minimum_confidence: Confidence
  readonly detail: Detail
  /** Key of the fingerprints that stand for raw secrets. Without it a raw secret builds no key. */
  readonly fingerprint_key?: Buffer
}

/** Rungs 1 to 4 and 6, then the parts of rung 7 in their order. */
export const STEPS = ['1', '2', '3', '4', '6', '7a', '7b', '7c'] as const
export type Step = number

/** One key that may name the owner, at the place of the ladder where its evidence stands. */
export interface Candidate {
  /** Index in `STEPS`. */
  readonly step: Step
  readonly slot: Slot
  /** Index in `Evidence.keys`. */
  readonly key: number
  /** Candidates of one identity are names of the same somebody. */
  readonly identity: number
  /** Unknown to the directory, it names nobody. */
  readonly only_if_known: boolean
}

/** What the deciding fields of an event say. Equal for equal identities, so it may be remembered. */
export interface Evidence {
  readonly source?: Source
  readonly failure?: 'wrong_shape' | 'unknown_source'
  /** Set when the event is not a model call. */
  readonly class?: Class
  /** Ordered by step, then as the source's file lists them. */
  readonly candidates: readonly Candidate[]
  /** Distinct keys of the candidates. */
  readonly keys: readonly Key[]
  /** Identities of which something stands in the record that is no nobody word, but no key can be made of it. */
  readonly unkeyed: readonly number[]
  /** Of a call. */
  readonly circumstances?: Circumstances
  /** A slot holds a shared value. */
  readonly shared: boolean
  readonly account: boolean
  /** Principals in between, which are only hops of the chain. */
  readonly hops: readonly Key[]
  /** Keys that only suggest, from deciding fields. */
  readonly hints: readonly Key[]
  /** JSON texts that did not parse. */
  readonly lost: number
  /** Raw secrets where the id of a key should stand. */
  readonly secrets: readonly SecretKind[]
}

/** What is read only when an event is not attributed. */
export interface Triage {
  readonly address: 'none' | 'masked' | 'present'
  /** Keys that only suggest, the address last. */
  readonly hints: readonly Key[]
}

export interface Decided {
  readonly decision: Decision
  /** The one that decided. */
  readonly rule: DecisionRule
  /** The same answers give this decision for calls in [from_ms, to_ms). */
  readonly from_ms: number
  readonly to_ms: number
  /** Earliest epoch milliseconds at which an answer that was used must be asked for again. */
  readonly good_until_ms: number
  /** Not attributed: the address and the hints matter. */
  readonly needs_triage: boolean
}

export interface Rules {
  /** The number of a field is its index. The union over the candidate sources. */
  readonly fields: readonly FieldRead[]
  readonly wrappers: readonly string[]
  /** Members that may be JSON texts, over the candidate sources. */
  readonly texts: readonly string[]
  /** OTLP: what the candidate sources read. */
  readonly signals: readonly OtlpSignal[]
  /** Reads only fields that decide. */
  evidence(values: EventValues): Evidence
  /** Start of the call in epoch milliseconds, truncated; `undefined` when missing or unreadable. */
  callTime(values: EventValues, evidence: Evidence): number | undefined
  /** Reads what events with this evidence used and cost; nothing of what is no call. */
  billOf(evidence: Evidence): BillReader
  /** Counts the raw secrets in fields that do not decide; `undefined` when the source of this evidence has none. */
  secretsOf(evidence: Evidence): SecretCount | undefined
  triage(values: EventValues, evidence: Evidence): Triage
  /** What `triage` reads beside the deciding fields: with equal texts it comes to the same for one identity. */
  triageText(values: EventValues, evidence: Evidence): string
  /** Distinct keys that `decide` asks for, triage apart. */
  keys(evidence: Evidence): readonly Key[]
  decide(
    evidence: Evidence,
    at_ms: number,
    answerOf: (key: Key) => Answer,
    triage?: Triage,
  ): Decided
}
