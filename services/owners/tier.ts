import type { Binding, Key } from '#/core/owners.ts'

/**
 * What passes between the tiers. Neither side ever rejects: what could not be asked is a result of its own, because an
 * outage must never look like "nobody owns it".
 */

/** Knowledge that a directory gave, with the instant at which it was asked: copies do not become younger. */
export interface Stored {
  /** Never empty: only the directory may say that there is nothing. */
  readonly bindings: readonly Binding[]
  readonly fetched_at_ms: number
  readonly revision?: string
  /** How long the directory says that the answer is fresh. */
  readonly ttl_ms?: number
}

export type DirectoryResult =
  | { readonly type: 'found'; readonly stored: Stored }
  | { readonly type: 'not_found'; readonly revision?: string; readonly ttl_ms?: number }
  | { readonly type: 'unavailable' }

/** The source of truth. */
export interface Directory {
  /** One result per key, in order. */
  ask(keys: readonly Key[]): Promise<readonly DirectoryResult[]>
}

/** The tier that workers share. It knows or it does not; it never says that there is nothing. */
export interface SharedTier {
  /** One per key, in order; `undefined` for a miss, an error and a value that cannot be used. */
  get(keys: readonly Key[]): Promise<readonly (Stored | undefined)[]>
  /** Remembers, in the background. */
  put(entries: readonly SharedEntry[]): void
  /** Forgets, in the background. */
  remove(keys: readonly Key[]): void
}
export interface SharedEntry {
  readonly key: Key
  readonly stored: Stored
  readonly ttl_ms: number
}
