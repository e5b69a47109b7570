import { LRUCache } from 'lru-cache'

import { keyText } from '#/core/keys.ts'
import type { Answer, Key, Owners } from '#/core/owners.ts'
import type { Clock, Logger } from '#/core/ports.ts'

import type { CacheConfig } from './config.ts'
import type { LookupCounts, Tier } from './counts.ts'
import { KEY_LENGTH_MAX } from './http/contract.ts'
import { createMemory, entryOf, jittered, negativeEntryOf } from './memory.ts'
import type { Directory, DirectoryResult, SharedEntry, SharedTier, Stored } from './tier.ts'

/**
 * The tiers of one worker: memory, then Redis, then the directory. A key on its way is a flight; whoever asks for it
 * meanwhile waits for the same flight. Flights travel in batches: one call per tier for all of them.
 *
 * A lookup that finds old knowledge answers `stale` at once and leaves a refresh behind. A refresh that fails leaves the
 * old knowledge where it is and is not repeated for `unavailable_recheck_ms`. A failure is never remembered as an
 * answer: such a key is `unavailable` now and is asked for again after the same pause.
 */

export interface TieredOwners extends Owners {
  readonly entries: number
  /** Resolves when nothing is on its way. */
  idle(): Promise<void>
  stop(): void
}

export interface TieredOptions {
  readonly cache: CacheConfig
  readonly shared: SharedTier | undefined
  readonly directory: Directory
  readonly clock: Clock
  readonly logger: Logger
  readonly counts: LookupCounts
  /** Told which tier gave the answer about a key that memory did not know; none when nobody could say. */
  readonly onAnswer?: ((key: Key, tier: Tier | 'none') => void) | undefined
  /** In [0, 1); spreads TTLs. */
  readonly random?: () => number
}

/** A stale answer is looked at again soon, because its refresh is under way. */
const STALE_GOOD_MS = 1000
/** Keys that could not be looked up and are not asked for again yet. */
const FAILED_KEYS_MAX = 20_000
/** Most keys of one background refresh. */
const REFRESH_KEYS_MAX = 1000

interface Flight {
  readonly key: Key
  readonly text: string
  /** A refresh has an answer already: only knowledge that is fresh ends it. */
  readonly is_refresh: boolean
  readonly answer: Promise<Answer>
  readonly land: (answer: Answer) => void
  /** What Redis knew, too old to serve while the directory can be asked. */
  fallback?: Stored
  /** Redis holds a value of this key. */
  is_shared?: boolean
}

export function createTieredOwners(options: TieredOptions): TieredOwners {
  const { cache, shared, directory, clock, logger, counts, onAnswer } = options
  const random = options.random ?? Math.random
  const memory = createMemory(cache.entries_max, () => counts.limits.owner_cache_entries++)
  const flights = new Map<string, Flight>()
  const failed = new LRUCache<string, number>({ max: FAILED_KEYS_MAX })
  const stale_keys = new Map<string, Key>()
  const under_way = new Set<Promise<void>>()
  let is_refreshing = false
  const ended = new AbortController()

  /** What memory may answer now, without asking anybody. */
  function remembered(key: Key, now_ms: number): Answer | undefined {
    const entry = memory.get(key)
    if (entry === undefined) return undefined
    if (now_ms < entry.answer.good_until_ms) {
      counts.memory[entry.answer.state]++
      return entry.answer
    }
    const is_failing = now_ms < entry.recheck_at_ms
    if (now_ms < (is_failing ? entry.drop_at_ms : entry.hard_at_ms)) {
      counts.memory.stale++
      if (!is_failing) refreshLater(key)
      return staleAnswer(entry.answer, now_ms)
    }
    if (now_ms >= entry.drop_at_ms) memory.delete(key)
    return undefined
  }

  function lookup(keys: readonly Key[]): Promise<Answer[]> {
    const now_ms = clock.now()
    const departing: Flight[] = []
    const answers = keys.map((key): Answer | Promise<Answer> => {
      const known = remembered(key, now_ms)
      if (known !== undefined) return known
      if (!isAskable(key)) {
        counts.memory.negative++
        return { state: 'negative', bindings: [], good_until_ms: now_ms + cache.negative_ttl_ms }
      }
      const text = keyText(key)
      const flying = flights.get(text)
      if (flying !== undefined) return flying.answer
      if (ended.signal.aborted || now_ms < (failed.get(text) ?? 0)) {
        counts.memory.unavailable++
        return unavailable(now_ms)
      }
      counts.memory.miss++
      const flight = takeOff(key, text, false)
      departing.push(flight)
      return flight.answer
    })
    if (departing.length > 0) track(fly(departing))
    return Promise.all(answers.map((answer) => Promise.resolve(answer)))
  }

  function takeOff(key: Key, text: string, is_refresh: boolean): Flight {
    const { promise, resolve } = Promise.withResolvers<Answer>()
    const flight: Flight = { key, text, is_refresh, answer: promise, land: resolve }
    flights.set(text, flight)
    return flight
  }

  function land(flight: Flight, answer: Answer, tier: Tier | 'none'): void {
    flights.delete(flight.text)
    onAnswer?.(flight.key, tier)
    flight.land(answer)
  }

  async function fly(batch: readonly Flight[]): Promise<void> {
    try {
      const rest = await askShared(batch)
      if (rest.length > 0) await askDirectory(rest)
    } catch (error) {
      // The tiers do not reject, so this is a bug; whoever waits must not wait for ever.
      logger.error({ error }, 'owner lookup failed')
      for (const flight of batch) {
        if (flights.get(flight.text) === flight) landWithout(flight, clock.now())
      }
    }
  }

  /** Lands what Redis knows well enough; returns the others. */
  async function askShared(batch: readonly Flight[]): Promise<readonly Flight[]> {
    if (shared === undefined) return batch
    const found = await shared.get(batch.map(({ key }) => key))
    const now_ms = clock.now()
    return batch.filter((flight, index) => {
      const stored = found[index]
      if (stored === undefined) return true
      flight.is_shared = true
      const entry = entryOf(stored, cache, random)
      const is_fresh = now_ms < entry.answer.good_until_ms
      counts.redis[is_fresh ? 'fresh' : 'stale']++
      if (!is_fresh && (flight.is_refresh || now_ms >= entry.hard_at_ms)) {
        if (now_ms < entry.drop_at_ms) flight.fallback = stored
        return true
      }
      memory.set(flight.key, entry)
      land(flight, is_fresh ? entry.answer : staleAnswer(entry.answer, now_ms), 'redis')
      if (!is_fresh) refreshLater(flight.key)
      return false
    })
  }

  async function askDirectory(batch: readonly Flight[]): Promise<void> {
    const asked_ms = clock.now()
    const results = await directory.ask(batch.map(({ key }) => key))
    const now_ms = clock.now()
    const fresh: SharedEntry[] = []
    const gone: Key[] = []
    for (const [index, flight] of batch.entries()) {
      const result: DirectoryResult = results[index] ?? { type: 'unavailable' }
      if (result.type === 'unavailable') {
        landWithout(flight, now_ms)
        continue
      }
      failed.delete(flight.text)
      if (result.type === 'found') {
        const entry = entryOf(result.stored, cache, random)
        memory.set(flight.key, entry)
        const ttl_ms = entry.drop_at_ms - now_ms
        fresh.push({
          key: flight.key,
          stored: result.stored,
          ttl_ms: jittered(ttl_ms, cache, random),
        })
        land(flight, entry.answer, 'directory')
      } else {
        if (flight.is_shared === true || flight.is_refresh) gone.push(flight.key)
        const entry = negativeEntryOf(asked_ms, result, cache, random)
        memory.set(flight.key, entry)
        land(flight, entry.answer, 'directory')
      }
    }
    if (fresh.length > 0) shared?.put(fresh)
    if (gone.length > 0) shared?.remove(gone)
  }

  /** The directory could not say: old knowledge serves if there is any, else nobody knows. */
  function landWithout(flight: Flight, now_ms: number): void {
    const recheck_at_ms = now_ms + cache.unavailable_recheck_ms
    const { fallback } = flight
    let entry = memory.get(flight.key)
    if (
      fallback !== undefined &&
      (entry === undefined || fallback.fetched_at_ms > entry.fetched_at_ms)
    ) {
      memory.set(flight.key, (entry = entryOf(fallback, cache, random)))
    }
    if (entry === undefined || now_ms >= entry.drop_at_ms) {
      failed.set(flight.text, recheck_at_ms)
      land(flight, unavailable(now_ms), 'none')
      return
    }
    entry.recheck_at_ms = recheck_at_ms
    land(flight, staleAnswer(entry.answer, now_ms), fallback === undefined ? 'memory' : 'redis')
  }

  function refreshLater(key: Key): void {
    const text = keyText(key)
    if (ended.signal.aborted || flights.has(text) || stale_keys.has(text)) return
    if (stale_keys.size >= cache.refresh_keys_max) {
      counts.limits.lookup_keys++
      return
    }
    stale_keys.set(text, key)
    if (is_refreshing) return
    is_refreshing = true
    track(refresh())
  }

  /** Waits for the end of the batch that asks, so that all of its stale keys travel together. */
  async function refresh(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
    while (stale_keys.size > 0 && !ended.signal.aborted) {
      const batch: Flight[] = []
      for (const [text, key] of stale_keys) {
        if (batch.length === REFRESH_KEYS_MAX) break
        stale_keys.delete(text)
        if (!flights.has(text)) batch.push(takeOff(key, text, true))
      }
      await fly(batch)
    }
    is_refreshing = false
  }

  function track(work: Promise<void>): void {
    under_way.add(work)
    void work.finally(() => under_way.delete(work))
  }

  return {
    peek: (key) => remembered(key, clock.now()),
    lookup,
    // Answers change only after their `good_until_ms`.
    epoch: 0,
    get entries() {
      return memory.size
    },
    async idle() {
      while (under_way.size > 0) await Promise.all(under_way)
    },
    stop() {
      ended.abort()
      stale_keys.clear()
    },
  }
}

/**
 * No row can have a key that is longer than the schema allows or is no valid text, so nobody needs to be asked; in a batch
 * it would spoil the others.
 */
function isAskable({ value }: Key): boolean {
  if (value.length > 2 * KEY_LENGTH_MAX || !value.isWellFormed()) return false
  // The schema counts characters; one of them may be two units of a string.
  return value.length <= KEY_LENGTH_MAX || Array.from(value).length <= KEY_LENGTH_MAX
}

function unavailable(now_ms: number): Answer {
  return { state: 'unavailable', bindings: [], good_until_ms: now_ms }
}

function staleAnswer(answer: Answer, now_ms: number): Answer {
  return { ...answer, state: 'stale', good_until_ms: now_ms + STALE_GOOD_MS }
}
