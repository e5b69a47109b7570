import { Redis } from 'ioredis'
import type { RedisConfig } from '../config.ts'
import { optionsOf } from './link.ts'

/** What a Redis says of itself, for diagnosis: only commands that read. */

export interface RedisFacts {
  readonly version: string
  readonly role: string
  /** By its own clock, epoch milliseconds, and by ours when that was asked. */
  readonly time_ms: number
  readonly asked_at_ms: number
  readonly round_trip_ms: number
  /** 0 is no limit. */
  readonly maxmemory_bytes: number
  readonly maxmemory_policy: string
  readonly used_bytes: number
  readonly evicted_keys: number
}

const PINGS = 5

/** Rejects when it cannot be reached, refuses the login, or forbids `PING`. */
export async function inspectRedis(config: RedisConfig, now: () => number): Promise<RedisFacts> {
  const redis = new Redis({
    ...(await optionsOf(config)),
    replyMapping: 'legacy',
    retryStrategy: () => null,
    sentinelRetryStrategy: () => null,
    // A patient probe tells slow from dead; the worker itself would not wait.
    commandTimeout: Math.max(config.command_timeout_ms, config.connect_timeout_ms),
  })
  let last_error: unknown
  redis.on('error', (error: unknown) => {
    last_error = error
  })
  try {
    await redis.connect().catch((error: unknown) => {
      throw last_error ?? error
    })
    const times: number[] = []
    for (let i = 0; i < PINGS; i += 1) {
      const start = performance.now()
      await redis.ping()
      times.push(performance.now() - start)
    }
    const asked_at_ms = now()
    const [seconds, micros] = await redis.time()
    const info = fieldsOf(await redis.info())
    return {
      version: info.get('redis_version') ?? 'unknown',
      role: info.get('role') ?? 'unknown',
      time_ms: Number(seconds) * 1000 + Number(micros) / 1000,
      asked_at_ms,
      round_trip_ms: times.toSorted((a, b) => a - b)[PINGS >> 1] ?? 0,
      maxmemory_bytes: Number(info.get('maxmemory') ?? 0),
      maxmemory_policy: info.get('maxmemory_policy') ?? 'unknown',
      used_bytes: Number(info.get('used_memory') ?? 0),
      evicted_keys: Number(info.get('evicted_keys') ?? 0),
    }
  } finally {
    redis.disconnect()
  }
}

function fieldsOf(info: string): ReadonlyMap<string, string> {
  const pairs = info.split('\r\n').map((line): [string, string] => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon), line.slice(colon + 1)]
  })
  return new Map(pairs)
}
