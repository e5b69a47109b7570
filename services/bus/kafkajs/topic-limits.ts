import type kafkajs from 'kafkajs'
import type { Clock } from '#/core/ports.ts'
import { describeLimits } from './admin.ts'

/**
 * How large a record batch a topic takes. Whoever may write to a topic may not always ask for its config, so not knowing
 * is normal: then the broker's default is assumed, and what is too large is found by cutting.
 */

/** 1 MiB is the broker's default of `max.message.bytes`; larger batches win nothing. */
const BATCH_BYTES_MAX = 1_000_000
/** Part of the limit that is filled: sizes are estimated from above, but a broker may count differently. */
const FILLED = 0.95
const BATCH_OVERHEAD_BYTES = 128
const TOPICS_MAX = 1_000
const DOUBT_INTERVAL_MS = 60_000

type LimitsAdmin = Pick<kafkajs.Admin, 'connect' | 'disconnect' | 'describeConfigs'>

/** What is needed of the kafkajs client. */
export interface LimitsClient {
  admin(config: kafkajs.AdminConfig): LimitsAdmin
}

export interface TopicLimits {
  /** Asks for the limits of topics that are not known yet. Never rejects. */
  learn(topics: ReadonlySet<string>): Promise<void>
  chunkBytesMax(topic: string): number
  /** A batch was too large although it should not have been: asks again, at most once a minute. */
  doubt(topics: readonly string[]): void
  stop(): Promise<void>
}

export function createTopicLimits(client: LimitsClient, clock: Clock): TopicLimits {
  const limits = new Map<string, { readonly bytes: number; readonly learned_at_ms: number }>()
  let admin: LimitsAdmin | undefined

  async function ask(topic: string): Promise<number> {
    admin ??= client.admin({ retry: { retries: 0 } })
    await admin.connect()
    return (await describeLimits(admin, [topic])).get(topic) ?? BATCH_BYTES_MAX
  }

  return {
    async learn(topics) {
      for (const topic of topics) {
        if (limits.has(topic) || limits.size >= TOPICS_MAX) continue
        const bytes = await ask(topic).catch(() => BATCH_BYTES_MAX)
        limits.set(topic, { bytes, learned_at_ms: clock.now() })
      }
    },
    chunkBytesMax(topic) {
      const bytes = Math.min(limits.get(topic)?.bytes ?? BATCH_BYTES_MAX, BATCH_BYTES_MAX)
      return Math.max(1, bytes * FILLED - BATCH_OVERHEAD_BYTES)
    },
    doubt(topics) {
      for (const topic of topics) {
        const known = limits.get(topic)
        if (known !== undefined && clock.now() - known.learned_at_ms > DOUBT_INTERVAL_MS) {
          limits.delete(topic)
        }
      }
    },
    async stop() {
      await admin?.disconnect().catch(() => {})
    },
  }
}
