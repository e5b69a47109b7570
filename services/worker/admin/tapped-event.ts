/**
 * What is shown of an event that goes by: where it lies, what was decided about it and what kinds of identities it carries.
 * Nothing of what it says, no person, no address. Values of keys only on demand, as the published event itself carries
 * them, and not those that name a person or an address or look like a secret.
 */
import { canonicalAddress } from '#/core/keys.ts'
import type { PartitionId } from '#/core/bus.ts'
import { findSecrets } from '#/core/secrets/index.ts'
import type {
  Class,
  Confidence,
  DeadLetterReason,
  Fate,
  KeyKind,
  Level,
  Method,
  Outcome,
  Reason,
  Stage,
} from '#/core/words.ts'
import type { LookedAt } from '../processors/processor.ts'
import type { TapStage } from './tap-filter.ts'

export interface TappedEvent extends PartitionId {
  readonly stage: TapStage
  readonly offset: number
  /** Index of the event in its message; absent where it is about the message as a whole. */
  readonly event?: number
  readonly source?: string
  readonly class?: Class
  readonly outcome?: Outcome
  readonly reason?: Reason
  readonly method?: Method
  readonly level?: Level
  readonly confidence?: Confidence
  readonly owner_id?: string
  readonly fate: Fate
  readonly dead_letter_reason?: DeadLetterReason
  /** The part of the pipeline that the dead letter comes from. */
  readonly dead_letter_stage?: Stage
  /** Kinds of the keys that the event carries. */
  readonly evidence_kinds?: readonly KeyKind[]
  /** The winning key, as the published event carries it. */
  readonly evidence?: string
}

export interface TappedPlace extends PartitionId {
  readonly offset: number
  readonly event: number
}

export function tappedEvent(
  stage: TapStage,
  place: TappedPlace,
  fate: Pick<TappedEvent, 'fate' | 'dead_letter_reason' | 'dead_letter_stage'>,
  { source, decision, kinds, written }: LookedAt,
  with_evidence: boolean,
): TappedEvent {
  const evidence = with_evidence ? written() : undefined
  return {
    stage,
    ...place,
    ...defined({
      source,
      class: decision.class,
      outcome: decision.outcome,
      reason: decision.reason,
      method: decision.method,
      level: decision.level,
      confidence: decision.confidence,
      owner_id: decision.outcome === 'attributed' ? decision.owner?.id : undefined,
    }),
    ...fate,
    evidence_kinds: kinds(),
    ...(evidence === undefined ? {} : { evidence: shownKey(evidence) }),
  }
}

function defined<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const found = Object.entries(members).filter(([, value]) => value !== undefined)
  return Object.fromEntries(found) as { [K in keyof T]?: Exclude<T[K], undefined> }
}

/** Keys whose value is, or may be, a person or an address. */
const WITHHELD = ['user=', 'mail=', 'ip=', 'tenant_tag=owner=', 'tenant_tag=customer=']
/** Service accounts are written like mail addresses. */
const WITH_AT_SIGN = ['gcp_sa=', 'federated=']
const ADDRESS_CHARACTERS = /[0-9A-Fa-f:.]{3,}/g
export const WITHHELD_VALUE = '[withheld]'

/** The text of a key, with its value only where that is none of a person, an address or a secret. */
export function shownKey(text: string): string {
  const value_at = text.indexOf('=') + 1
  const withheld = WITHHELD.find((prefix) => text.startsWith(prefix))
  if (withheld !== undefined) return `${withheld}${WITHHELD_VALUE}`
  const kind = text.slice(0, value_at)
  const value = text.slice(value_at)
  const is_mail = value.includes('@') && !WITH_AT_SIGN.includes(kind)
  const is_open =
    !is_mail &&
    findSecrets(value).length === 0 &&
    !(value.match(ADDRESS_CHARACTERS) ?? []).some(isAddress)
  return is_open ? text : `${kind}${WITHHELD_VALUE}`
}

function isAddress(text: string): boolean {
  return canonicalAddress(text) !== undefined
}
