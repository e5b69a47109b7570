import type kafkajs from 'kafkajs'
import type { ConsumerOptions, Position } from '#/core/bus.ts'
import type { Ports } from '#/core/ports.ts'
import { kafkaErrorOf } from './errors.ts'
import type { Session } from './session.ts'
import type { KafkaSettings } from './settings.ts'

/**
 * Asks the broker for what the fetches of kafkajs do not tell: the commits of the group when partitions are assigned, and
 * from time to time where the logs end, because a partition that is held is not fetched. Neither is vital: where the
 * broker does not answer, reading goes on without.
 */

export interface OffsetWatch {
  /** Partitions were assigned: learns their commits and lets the session begin. */
  joined(): void
  /** Resolves when the admin client is used no more; kafkajs would connect again for whoever asks after its end. */
  end(): Promise<void>
}

/** Longest that reading is held back for the commits of the group. */
const COMMITS_WAIT_MS = 3_000

export function createOffsetWatch(options: {
  readonly admin: kafkajs.Admin
  readonly session: Session
  readonly consumer: Pick<ConsumerOptions, 'group_id'>
  readonly settings: Pick<KafkaSettings, 'ends_interval_ms'>
  readonly ports: Pick<Ports, 'clock' | 'logger'>
}): OffsetWatch {
  const { admin, session, ports } = options
  const { group_id } = options.consumer
  const ending = new AbortController()
  const { signal } = ending
  let pending: Promise<unknown> = Promise.resolve()
  let asking_ends = false

  async function begin(epoch: number): Promise<void> {
    const topics = [...topicsAssigned()]
    const waited = new AbortController()
    const asked = askCommits(topics)
    const late = ports.clock.sleep(COMMITS_WAIT_MS, AbortSignal.any([signal, waited.signal]))
    const found = await Promise.race([asked, late.then(() => [])])
    waited.abort()
    session.begin(found, epoch)
    await asked
  }

  async function askCommits(topics: readonly string[]): Promise<readonly Position[]> {
    try {
      const offsets = await admin.fetchOffsets({ groupId: group_id, topics: [...topics] })
      return offsets.flatMap(({ topic, partitions }) =>
        partitions.map(({ partition, offset }) => ({ topic, partition, offset: Number(offset) })),
      )
    } catch (error) {
      unknown(error)
      return []
    }
  }

  async function askEnds(): Promise<void> {
    if (asking_ends) return
    asking_ends = true
    for (const topic of topicsAssigned()) {
      if (signal.aborted) break
      try {
        for (const { partition, offset } of await admin.fetchTopicOffsets(topic)) {
          session.end({ topic, partition }, Number(offset))
        }
      } catch (error) {
        unknown(error)
      }
    }
    asking_ends = false
  }

  function unknown(error: unknown): void {
    const { message } = kafkaErrorOf(error)
    ports.logger.debug({ group_id, message }, 'offsets could not be asked for')
  }

  function topicsAssigned(): ReadonlySet<string> {
    return new Set(session.assigned().map(({ topic }) => topic))
  }

  function track(work: Promise<void>): void {
    pending = Promise.allSettled([pending, work])
  }

  const timer = setInterval(() => track(askEnds()), options.settings.ends_interval_ms)
  timer.unref()
  return {
    joined() {
      if (signal.aborted) return
      track(begin(session.epoch()))
      track(askEnds())
    },
    async end() {
      ending.abort()
      clearInterval(timer)
      await pending
    },
  }
}
