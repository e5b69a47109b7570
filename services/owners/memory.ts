import { LRUCache } from 'lru-cache'

import type { Answer, Key } from '#/core/owners.ts'
import type { KeyKind } from '#/core/words.ts'

import type { CacheConfig } from './config.ts'
import type { Stored } from './tier.ts'

/**
 * The memory tier: one bounded map per key kind, so that a lookup builds no string, and parsed answers, so that a hit
 * parses nothing.
 *
 *   age 0 ─── fresh ───▶ soft ─── stale, refreshed behind ───▶ hard ─── stale, only if the directory fails ───▶ drop
 *   age 0 ── negative ─▶ negative TTL: forgotten
 */

export interface Entry {
  /** The answer while it is fresh or negative; its `good_until_ms` is the soft end. */
  readonly answer: Answer
  readonly fetched_at_ms: number
  readonly hard_at_ms: number
  readonly drop_at_ms: number
  /** The directory is not asked about it before this instant. */
  recheck_at_ms: number
}

export interface Memory {
  get(key: Key): Entry | undefined
  set(key: Key, entry: Entry): void
  delete(key: Key): void
  readonly size: number
}

/** Share of the entries that may be negative. */
const NEGATIVE_SHARE = 0.25

/**
 * Negatives live apart: whoever sends made-up identities pushes out other negatives and never an owner. `onEvict` is told
 * of each entry that had to make room.
 */
export function createMemory(entries_max: number, onEvict: () => void): Memory {
  const known = createKinds(entries_max, onEvict)
  const negative = createKinds(Math.ceil(entries_max * NEGATIVE_SHARE), onEvict)
  return {
    get: (key) => known.get(key) ?? negative.get(key),
    set(key, entry) {
      const is_negative = entry.answer.state === 'negative'
      const [kinds, others] = is_negative ? [negative, known] : [known, negative]
      others.delete(key)
      kinds.set(key, entry)
    },
    delete(key) {
      known.delete(key)
      negative.delete(key)
    },
    get size() {
      return known.size() + negative.size()
    },
  }
}

function createKinds(entries_max: number, onEvict: () => void) {
  const kinds = new Map<KeyKind, LRUCache<string, Entry>>()
  const dispose = (_entry: Entry, _value: string, reason: string): void => {
    if (reason === 'evict') onEvict()
  }
  return {
    get: (key: Key) => kinds.get(key.kind)?.get(key.value),
    set(key: Key, entry: Entry) {
      let kind = kinds.get(key.kind)
      if (kind === undefined) {
        kinds.set(key.kind, (kind = new LRUCache({ max: entries_max, dispose })))
      }
      kind.set(key.value, entry)
    },
    delete: (key: Key) => kinds.get(key.kind)?.delete(key.value),
    size: () => [...kinds.values()].reduce((sum, kind) => sum + kind.size, 0),
  }
}

/** The ends of an answer's life, as instants. `random` is in [0, 1). */
export function entryOf(stored: Stored, config: CacheConfig, random: () => number): Entry {
  const { bindings, fetched_at_ms, revision } = stored
  const soft_ms = Math.min(config.soft_ttl_ms, stored.ttl_ms ?? Infinity)
  const good_until_ms = fetched_at_ms + jittered(soft_ms, config, random)
  const hard_at_ms = Math.max(
    good_until_ms,
    fetched_at_ms + jittered(config.hard_ttl_ms, config, random),
  )
  return {
    answer: {
      state: 'fresh',
      bindings,
      good_until_ms,
      ...(revision === undefined ? {} : { revision }),
    },
    fetched_at_ms,
    hard_at_ms,
    drop_at_ms: Math.max(hard_at_ms, fetched_at_ms + config.stale_max_ms),
    recheck_at_ms: 0,
  }
}

export function negativeEntryOf(
  asked_ms: number,
  result: { readonly revision?: string; readonly ttl_ms?: number },
  config: CacheConfig,
  random: () => number,
): Entry {
  const ttl_ms = Math.min(config.negative_ttl_ms, result.ttl_ms ?? Infinity)
  const good_until_ms = asked_ms + jittered(ttl_ms, config, random)
  const revision = result.revision === undefined ? {} : { revision: result.revision }
  return {
    answer: { state: 'negative', bindings: [], good_until_ms, ...revision },
    fetched_at_ms: asked_ms,
    hard_at_ms: good_until_ms,
    drop_at_ms: good_until_ms,
    recheck_at_ms: 0,
  }
}

/** Up to `jitter_ratio` shorter, never longer: a TTL is a promise. */
export function jittered(ms: number, { jitter_ratio }: CacheConfig, random: () => number): number {
  return Math.round(ms * (1 - jitter_ratio * random()))
}
