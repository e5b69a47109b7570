/**
 * Lets operators look on while events go by: samples of what was decided, published or dead-lettered, to whoever has
 * subscribed. It shows where an event lies and what was decided about it, never what it says (see `tapped-event.ts`).
 *
 * Looking on must not slow the worker down. While nobody does, a slice costs one look at a boolean; while all who do have
 * what their rate allows, a slice costs one look at the clock for each of them.
 */
import type { Clock } from '#/core/ports.ts'
import { matchesTap, TAP_RATE_MAX, type TapFilter, type TapStage } from './tap-filter.ts'
import type { TappedEvent } from './tapped-event.ts'

export const TAP_CLIENTS_MAX = 8

export interface Tap {
  /**
   * Calls back with events that match, as many as the filter's rate allows. Filter and events are plain data, so that both
   * may come from another process. `undefined` when as many as are allowed look on already.
   */
  subscribe(filter: TapFilter, onEvent: (event: TappedEvent) => void): (() => void) | undefined
}

/** The side of the pipeline. */
export interface TapSink extends Tap {
  /** Somebody looks on. */
  readonly active: boolean
  /** Somebody looks on at one of these stages and may be shown an event now. */
  wants(stages: readonly TapStage[]): boolean
  /** `shown` makes the event for one that may see key values, or for one that may not. */
  offer(facts: TappedEvent, shown: (with_evidence: boolean) => TappedEvent): void
}

interface Client {
  readonly filter: TapFilter
  readonly bucket: Bucket
  readonly onEvent: (event: TappedEvent) => void
}

export function createTap(clock: Pick<Clock, 'now'>): TapSink {
  const clients = new Set<Client>()
  /** What all clients share. */
  const overall = createBucket(TAP_RATE_MAX, clock.now())
  let active = false

  return {
    get active() {
      return active
    },
    wants(stages) {
      if (!active) return false
      const now_ms = clock.now()
      if (!overall.has(now_ms)) return false
      for (const { filter, bucket } of clients)
        if (stages.includes(filter.stage) && bucket.has(now_ms)) return true
      return false
    },
    offer(facts, shown) {
      const now_ms = clock.now()
      for (const { filter, bucket, onEvent } of clients) {
        if (!matchesTap(filter, facts)) continue
        if (!overall.has(now_ms) || !bucket.has(now_ms)) continue
        overall.take()
        bucket.take()
        onEvent(shown(filter.evidence))
      }
    },
    subscribe(filter, onEvent) {
      if (clients.size >= TAP_CLIENTS_MAX) return undefined
      const client = { filter, onEvent, bucket: createBucket(filter.rate_per_s, clock.now()) }
      clients.add(client)
      active = true
      return () => {
        clients.delete(client)
        active = clients.size > 0
      }
    },
  }
}

interface Bucket {
  has(now_ms: number): boolean
  take(): void
}

/** Fills at a rate, and holds what comes in a second. */
function createBucket(rate_per_s: number, start_ms: number): Bucket {
  const capacity = Math.max(1, rate_per_s)
  let tokens = capacity
  let filled_ms = start_ms
  return {
    has(now_ms) {
      tokens = Math.min(capacity, tokens + (Math.max(0, now_ms - filled_ms) * rate_per_s) / 1000)
      filled_ms = now_ms
      return tokens >= 1
    },
    take() {
      tokens -= 1
    },
  }
}
