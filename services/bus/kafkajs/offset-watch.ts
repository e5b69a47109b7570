import type kafkajs from 'kafkajs'
import type { ConsumerOptions, PartitionId, Position } from '#/core/bus.ts'
import type { Ports } from '#/core/ports.ts'
import { kafkaErrorOf } from './errors.ts'
import type { Bounds } from './positions.ts'
import type { Session } from './session.ts'
import type { KafkaSettings } from './settings.ts'

/**
 * Asks the broker for what the fetches of kafkajs do not tell: the commits of the group and the bounds of the logs
 * when partitions are assigned, and from time to time where the logs end, because a partition that is held is not fetched.
 * Neither is vital: where the broker does not answer, reading goes on without.
 */

export interface OffsetWatch {
  /** Partitions were assigned: learns their commits and lets the session begin. */
  joined(): void
  /** Resolves when the admin client is used no more; kafkajs would connect again for whoever asks after its end. */
  end(): Promise<void>
}

/** Longest that reading is held back for what is to be known of the assigned partitions. */
const LEARN_WAIT_MS = 3_000
/** Topics whose bounds are asked for side by side. */
const TOPICS_CONCURRENT = 16

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
  let looking = false

  async function begin(epoch: number): Promise<void> {
    const topics = topicsOf(session.assigned())
    const waited = new AbortController()
    const asked = [askCommits(topics), askBounds(topics)] as const
    const late = ports.clock
      .sleep(LEARN_WAIT_MS, AbortSignal.any([signal, waited.signal]))
      .then(() => [])
    const [in_time, bounds_in_time] = await Promise.all([
      Promise.race([asked[0], late]),
      Promise.race([asked[1], late]),
    ])
    waited.abort()
    session.begin(in_time, epoch, bounds_in_time)
    const [found, bounds] = await Promise.all(asked)
    session.place(found, epoch, bounds)
    for (const { end, ...partition } of bounds) session.end(partition, end)
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

  async function askBounds(topics: readonly string[]): Promise<readonly Bounds[]> {
    const bounds: Bounds[] = []
    for (let i = 0; i < topics.length && !signal.aborted; i += TOPICS_CONCURRENT) {
      const some = topics.slice(i, i + TOPICS_CONCURRENT)
      bounds.push(...(await Promise.all(some.map(boundsOf))).flat())
    }
    return bounds
  }

  async function boundsOf(topic: string): Promise<readonly Bounds[]> {
    try {
      return (await admin.fetchTopicOffsets(topic)).map(({ partition, low, high }) => ({
        topic,
        partition,
        start: Number(low),
        end: Number(high),
      }))
    } catch (error) {
      unknown(error)
      return []
    }
  }

  async function look(): Promise<void> {
    if (looking) return
    looking = true
    const epoch = session.epoch()
    const bounds = await askBounds(topicsOf(session.assigned()))
    const unplaced = topicsOf(session.unplaced())
    if (unplaced.length > 0) session.place(await askCommits(unplaced), epoch, bounds)
    for (const { end, ...partition } of bounds) session.end(partition, end)
    looking = false
  }

  function unknown(error: unknown): void {
    const { message } = kafkaErrorOf(error)
    ports.logger.debug({ group_id, message }, 'offsets could not be asked for')
  }

  function track(work: Promise<void>): void {
    pending = Promise.allSettled([pending, work])
  }

  const timer = setInterval(() => track(look()), options.settings.ends_interval_ms)
  timer.unref()
  return {
    joined() {
      if (signal.aborted) return
      track(begin(session.epoch()))
    },
    async end() {
      ending.abort()
      clearInterval(timer)
      await pending
    },
  }
}

function topicsOf(partitions: readonly PartitionId[]): readonly string[] {
  return [...new Set(partitions.map(({ topic }) => topic))]
}
