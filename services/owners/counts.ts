import type { Meter } from '#/core/ports.ts'

/**
 * Lookups by tier and state. A memory hit costs an addition; the counters of the meter are told at each scrape.
 */

export const TIERS = ['memory', 'redis', 'directory'] as const
export type Tier = (typeof TIERS)[number]

/** What a tier said. `unavailable`: it was not asked; `error`: it was, and failed. */
export const TIER_STATES = ['fresh', 'stale', 'negative', 'unavailable', 'miss', 'error'] as const
export type TierState = (typeof TIER_STATES)[number]

/** Bounds that were hit: memory made room, a key had to wait for its refresh, a reply was too large. */
export const LOOKUP_LIMITS = ['owner_cache_entries', 'lookup_keys', 'lookup_body_bytes'] as const
export type LookupLimit = (typeof LOOKUP_LIMITS)[number]

export interface LookupCounts {
  readonly memory: Record<TierState, number>
  readonly redis: Record<TierState, number>
  readonly directory: Record<TierState, number>
  readonly limits: Record<LookupLimit, number>
  /** Tells the meter what it does not know yet. */
  flush(): void
}

export function createLookupCounts(meter: Meter): LookupCounts {
  const counter = meter.counter('whosecall_lookups_total')
  const limit_counter = meter.counter('whosecall_limits_hit_total')
  const limits = { owner_cache_entries: 0, lookup_keys: 0, lookup_body_bytes: 0 }
  const told_limits = { ...limits }
  const counts = { memory: zeros(), redis: zeros(), directory: zeros() }
  const told = { memory: zeros(), redis: zeros(), directory: zeros() }
  return {
    ...counts,
    limits,
    flush() {
      for (const limit of LOOKUP_LIMITS) {
        const count = limits[limit] - told_limits[limit]
        if (count === 0) continue
        told_limits[limit] += count
        limit_counter.add(count, { limit })
      }
      for (const tier of TIERS) {
        for (const state of TIER_STATES) {
          const count = counts[tier][state] - told[tier][state]
          if (count === 0) continue
          told[tier][state] += count
          counter.add(count, { tier, state })
        }
      }
    },
  }
}

function zeros(): Record<TierState, number> {
  return { fresh: 0, stale: 0, negative: 0, unavailable: 0, miss: 0, error: 0 }
}
