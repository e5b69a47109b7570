import type { KeyKind } from './words.ts'

/**
 * Identities, bindings and answers: what the attribution rules ask and what the owner tiers reply.
 */

/** An identity in its normal form (KEYS section 2). */
export interface Key {
  readonly kind: KeyKind
  readonly value: string
}

/** The accountable owner and what the directory knows about it. Only `id` is required. */
export interface Owner {
  readonly id: string
  readonly team?: string
  readonly product?: string
  readonly application?: string
  readonly tenant?: string
  readonly cost_center?: string
  readonly business_unit?: string
}
export const OWNER_FIELDS = [
  'team',
  'product',
  'application',
  'tenant',
  'cost_center',
  'business_unit',
] as const satisfies readonly (keyof Owner)[]

export const OWNERSHIPS = ['owned', 'unowned', 'shared'] as const
export type Ownership = (typeof OWNERSHIPS)[number]

/** One row of the directory: this key belongs to this owner in [valid_from_ms, valid_to_ms). */
export interface Binding {
  readonly id: string
  readonly key: Key
  readonly ownership: Ownership
  /** Present exactly when `ownership` is `owned`. */
  readonly owner?: Owner
  /** Inclusive, epoch milliseconds; -Infinity when open. */
  readonly valid_from_ms: number
  /** Exclusive, epoch milliseconds; +Infinity when open. */
  readonly valid_to_ms: number
}

/** What a tier knows of a key: all its bindings, whatever their interval, and how good that knowledge is. */
export interface Answer {
  readonly state: 'fresh' | 'stale' | 'negative' | 'unavailable'
  /** Empty when `negative` or `unavailable`. */
  readonly bindings: readonly Binding[]
  /** Epoch milliseconds until which this answer may be used without asking again. */
  readonly good_until_ms: number
  /** The revision of the directory that gave the answer. */
  readonly revision?: string
}

/** Who owns an identity. Never rejects: what could not be asked is `unavailable`. */
export interface Owners {
  /** The memory tier, synchronously. `undefined` means "ask with `lookup`". */
  peek(key: Key): Answer | undefined
  /** One answer per key, in order. */
  lookup(keys: readonly Key[]): Promise<readonly Answer[]>
  /** Grows whenever answers given earlier may have changed before their `good_until_ms` (an owner file was reloaded). */
  readonly epoch: number
}
