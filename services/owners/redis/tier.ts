import { bulkhead } from 'cockatiel'

import { messageOf } from '#/core/errors.ts'
import type { Ports } from '#/core/ports.ts'

import { withBelievedTimeout } from '../believed.ts'
import { createBreaker, RefusedError } from '../breaker.ts'
import type { BreakerState } from '../breaker.ts'
import type { RedisConfig } from '../config.ts'
import type { LookupCounts } from '../counts.ts'
import type { SharedEntry, SharedTier, Stored } from '../tier.ts'
import { createRedisKeyOf, decodeValue, encodeValue } from './value.ts'
import type { RedisEntry, RedisLink } from './link.ts'

/**
 * The tier that workers share: one `MGET` per batch of misses, values written back in the background. Whatever goes wrong
 * here is a miss, and the directory is asked.
 */

export interface RedisTier extends SharedTier {
  readonly state: BreakerState
  stop(): void
}

/** Batches that wait for a free command; more are misses at once. */
const WAITING_BATCHES_MAX = 64
/** Background writes in flight; more are dropped, the values are written at their next refresh. */
const WRITES_MAX = 8
/** Clocks of workers differ; a value from further in the future is not believed. */
const CLOCK_SKEW_MS_MAX = 60_000

export function createRedisTier(
  config: RedisConfig,
  tenant: string | undefined,
  link: RedisLink,
  { clock, logger, meter }: Ports,
  counts: LookupCounts,
): RedisTier {
  const keyOf = createRedisKeyOf(config.key_secret, tenant)
  const commands = meter.counter('whosecall_redis_commands_total')
  const seconds = meter.histogram('whosecall_lookup_duration_seconds')
  const gate = bulkhead(config.commands_max, WAITING_BATCHES_MAX)
  let writes = 0
  let is_write_refused = false
  const breaker = createBreaker({
    dependency: 'redis',
    probe_interval_ms: config.probe_interval_ms,
    probe: () => command('PING', () => link.ping()),
    clock,
    meter,
    onOpen: () => logger.warn({ ...link.target, reason: link.last_error }, 'redis does not answer'),
    onClosed: () => logger.info({}, 'redis answers again'),
  })
  link.onReady(() => breaker.hint())

  /** One command, in time or rejected. A link that is down rejects without sending anything. */
  function command<T>(name: string, send: () => Promise<T>, count = 1): Promise<T> {
    if (!link.is_ready) return Promise.reject(new Error(link.last_error ?? 'not connected'))
    commands.add(count)
    return withBelievedTimeout(name, send(), config.command_timeout_ms, clock)
  }

  async function getChunk(
    keys: readonly Parameters<typeof keyOf>[0][],
  ): Promise<(Stored | undefined)[]> {
    let texts: readonly (string | null)[]
    const started = performance.now()
    try {
      const read = () => command('MGET', () => link.mget(keys.map(keyOf)))
      texts = await gate.execute(() => breaker.run(read))
      seconds.observe((performance.now() - started) / 1000, { tier: 'redis' })
    } catch (error) {
      counts.redis[error instanceof RefusedError ? 'unavailable' : 'error'] += keys.length
      return keys.map(() => undefined)
    }
    const latest_ms = clock.now() + CLOCK_SKEW_MS_MAX
    return keys.map((key, index) => {
      const text = texts[index]
      if (typeof text !== 'string') {
        counts.redis.miss++
        return undefined
      }
      const stored = decodeValue(key, text)
      if (stored !== undefined && stored.fetched_at_ms <= latest_ms) return stored
      counts.redis.error++
      return undefined
    })
  }

  function write(count: number, send: () => Promise<void>): void {
    if (breaker.state !== 'closed' || !link.is_ready || writes >= WRITES_MAX) return
    writes++
    // Only reads move the breaker: a Redis that is full or read-only still answers.
    command('write', send, count)
      .then(() => (is_write_refused = false))
      .catch((error: unknown) => {
        // A connection that broke says nothing about writes; reads will tell.
        if (!isRefusal(error)) return
        if (!is_write_refused) logger.warn({ reason: messageOf(error) }, 'redis refuses writes')
        is_write_refused = true
      })
      .finally(() => {
        writes--
      })
  }

  return {
    get state() {
      return breaker.state
    },
    async get(keys) {
      const chunks = await Promise.all(chunksOf(keys, config.mget_keys_max).map(getChunk))
      return chunks.flat()
    },
    put(entries) {
      if (breaker.state !== 'closed') return
      for (const chunk of chunksOf(entries, config.mget_keys_max)) {
        const rows = chunk.map((entry) => redisEntry(entry, keyOf(entry.key)))
        write(rows.length, () => link.set(rows))
      }
    },
    remove(keys) {
      if (breaker.state !== 'closed') return
      for (const chunk of chunksOf(keys, config.mget_keys_max)) {
        write(1, () => link.unlink(chunk.map(keyOf)))
      }
    },
    stop() {
      breaker.stop()
      link.close()
    },
  }
}

/** An error that Redis itself replied, such as OOM, READONLY or NOPERM. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && error.name === 'ReplyError'
}

function redisEntry({ key, stored, ttl_ms }: SharedEntry, name: string): RedisEntry {
  return { key: name, value: encodeValue(key, stored), ttl_ms: Math.max(1, Math.round(ttl_ms)) }
}

function chunksOf<T>(items: readonly T[], size: number): (readonly T[])[] {
  const chunks: (readonly T[])[] = []
  for (let at = 0; at < items.length; at += size) chunks.push(items.slice(at, at + size))
  return chunks
}
