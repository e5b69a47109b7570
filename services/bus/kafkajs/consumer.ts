import kafkajs, { type EachBatchPayload } from 'kafkajs'
import type { Admin, Consumer, ConsumerOptions, PartitionId, Position } from '#/core/bus.ts'
import type { Started } from '#/core/component.ts'
import { WhosecallError } from '#/core/errors.ts'
import type { Ports } from '#/core/ports.ts'
import type { ConnectionConfig } from '../config.ts'
import { matchTopics } from '../topics.ts'
import { once, startAdmin } from './admin.ts'
import { subscribedRoundRobin } from './assigner.ts'
import { kafkaErrorOf, unreachable } from './errors.ts'
import { aborted } from './producer.ts'
import { createRestarts } from './restarts.ts'
import { createSession, type Session } from './session.ts'
import type { KafkaSettings } from './settings.ts'

/**
 * A group member on kafkajs. It commits only when told to, one attempt at a time and with the generation it belongs to: the
 * commit of kafkajs itself would try again under the next generation, and says nothing when the consumer has stopped.
 *
 * kafkajs starts a crashed consumer again by itself and without end; here the restarts are counted, and beyond their limit
 * the handler is told that it is over.
 */

export interface KafkaConsumerOptions {
  readonly client: kafkajs.Kafka
  readonly connection: ConnectionConfig
  readonly settings: KafkaSettings
  readonly ports: Ports
  readonly consumer: ConsumerOptions
}

export async function startConsumer(options: KafkaConsumerOptions): Promise<Started<Consumer>> {
  const { client, connection, settings } = options
  const { handler, group_id } = options.consumer
  const admin = await startAdmin(client, connection)
  const restarts = createRestarts(settings, options.ports)
  const consumer = client.consumer({
    groupId: group_id,
    partitionAssigners: [subscribedRoundRobin],
    ...livenessOf(options),
    maxWaitTimeInMs: settings.fetch_wait_ms,
    maxBytes: settings.fetch_bytes_max,
    maxBytesPerPartition: settings.partition_fetch_bytes_max,
    allowAutoTopicCreation: false,
    retry: { retries: 5, restartOnFailure: async () => restarts.allow() },
  })
  const session = createSession(handler, {
    pause: ({ topic, partition }) => consumer.pause([{ topic, partitions: [partition] }]),
    resume: ({ topic, partition }) => consumer.resume([{ topic, partitions: [partition] }]),
    seek: ({ topic, partition, offset }) =>
      consumer.seek({ topic, partition, offset: String(offset) }),
  })
  const life = watchLife(options, consumer, session, admin.value)
  const stop = once(async () => {
    restarts.end()
    session.halt()
    await Promise.all([life.end(), consumer.disconnect()])
    await admin.stop(NO_DEADLINE)
  })
  try {
    const topics = await subscribedTopics(options, admin.value)
    await consumer.connect()
    await consumer.subscribe({
      topics: [...topics],
      fromBeginning: options.consumer.initial_offset === 'earliest',
    })
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: PARTITIONS_CONCURRENT,
      eachBatch: (payload) => life.take(payload),
    })
    await life.begun
  } catch (error) {
    await stop()
    throw unreachable(connection, `cannot consume as group ${group_id}`, error)
  }
  const value: Consumer = {
    halt: async () => session.halt(),
    commit: (positions, epoch) => life.commit(positions, epoch),
  }
  return {
    value,
    async stop(deadline) {
      await Promise.race([stop(), aborted(deadline.signal)])
    },
  }
}

/** The group's own session time-out, if the consumer says one. */
function livenessOf({ consumer, settings }: KafkaConsumerOptions) {
  const sessionTimeout = consumer.session_timeout_ms ?? settings.session_timeout_ms
  const tenth = Math.ceil(sessionTimeout / 10)
  const heartbeatInterval =
    consumer.heartbeat_interval_ms ?? Math.min(settings.heartbeat_interval_ms, tenth)
  return { sessionTimeout, heartbeatInterval }
}

/** Batches of so many partitions may wait for their handler side by side; each waits for milliseconds only. */
const PARTITIONS_CONCURRENT = 64
const NO_DEADLINE = { at_ms: Infinity, signal: new AbortController().signal }

async function subscribedTopics(
  { client, consumer }: KafkaConsumerOptions,
  admin: Admin,
): Promise<readonly string[]> {
  const listing = client.admin()
  await listing.connect()
  const existing = await listing.listTopics().finally(() => listing.disconnect())
  const { found, missing } = matchTopics(consumer, existing)
  if (missing.length === 0) return found
  throw new WhosecallError(
    'dependency_unreachable',
    `cannot consume: no such topic at Kafka ${await admin.clusterId()}: ${missing.join(', ')}`,
  )
}

interface Life {
  /** Resolves when the group is joined for the first time, rejects when the consumer gave up before. */
  readonly begun: Promise<void>
  take(payload: EachBatchPayload): Promise<void>
  commit(positions: readonly Position[], epoch: number): Promise<void>
  /** Resolves when the admin client is used no more. */
  end(): Promise<void>
}

/** Turns the events of kafkajs into calls of the session, until it is ended. */
function watchLife(
  options: KafkaConsumerOptions,
  consumer: kafkajs.Consumer,
  session: Session,
  admin: Admin,
): Life {
  const { connection, settings, ports } = options
  const { handler, group_id } = options.consumer
  const { logger, meter } = ports
  const restarts = meter.counter('whosecall_client_restarts_total')
  const { GROUP_JOIN, REBALANCING, CRASH, START_BATCH_PROCESS } = consumer.events
  const begun = Promise.withResolvers<void>()
  begun.promise.catch(() => {})
  let joined_before = false
  let ended = false
  /** Commits under the generation of the current epoch; undefined between generations. */
  let commitNow: EachBatchPayload['commitOffsetsIfNecessary'] | undefined
  /** The loops that fetch are known to have stopped since the last join. */
  let loops_stopped = true
  let member_id = ''

  consumer.on(REBALANCING, () => {
    if (ended) return
    loops_stopped = true
    session.revoke()
  })
  consumer.on(GROUP_JOIN, ({ payload }) => {
    if (ended) return
    const partitions = Object.entries(payload.memberAssignment).flatMap(([topic, of]) =>
      of.map((partition) => ({ topic, partition })),
    )
    commitNow = undefined
    session.joined(partitions, { loops_ran: !loops_stopped && member_id === payload.memberId })
    member_id = payload.memberId
    loops_stopped = false
    joined_before = true
    begun.resolve()
    learning = learning.then(() => learnPositions(partitions, session.epoch()))
  })
  consumer.on(CRASH, ({ payload }) => {
    if (ended) return
    commitNow = undefined
    loops_stopped = true
    member_id = ''
    session.revoke()
    const { message } = kafkaErrorOf(payload.error)
    if (payload.restart) {
      restarts.add(1)
      logger.warn({ group_id, message }, 'the Kafka consumer crashed and is started again')
      return
    }
    const failure = unreachable(connection, `consuming as group ${group_id}`, payload.error)
    if (joined_before) handler.onFailure(failure)
    else begun.reject(failure)
  })
  consumer.on(START_BATCH_PROCESS, ({ payload }) => {
    if (ended || payload.batchSize > 0) return
    const { topic, partition, firstOffset, lastOffset } = payload
    const last = Number(lastOffset)
    session.skipped({ topic, partition }, Number(firstOffset ?? last), last + 1)
    session.end({ topic, partition }, Number(payload.highWatermark))
  })

  /** What is asked of the admin client, one after another: kafkajs connects again for whoever asks after the end. */
  let learning: Promise<void> = Promise.resolve()

  async function learnPositions(partitions: readonly PartitionId[], epoch: number): Promise<void> {
    for (const topic of topicsOf(partitions)) {
      await learn(async () => session.found(await admin.committed(group_id, topic), epoch))
    }
    await learnEnds()
  }

  async function learnEnds(): Promise<void> {
    for (const topic of topicsOf(session.assigned())) {
      await learn(async () => {
        for (const { partition, offset } of await admin.endOffsets(topic)) {
          session.end({ topic, partition }, offset)
        }
      })
    }
  }

  async function learn(ask: () => Promise<void>): Promise<void> {
    if (ended) return
    await ask().catch((error: unknown) => {
      logger.debug({ group_id, message: kafkaErrorOf(error).message }, 'offsets are not known')
    })
  }

  let waiting = false
  const timer = setInterval(() => {
    if (waiting) return
    waiting = true
    learning = learning.then(learnEnds).finally(() => (waiting = false))
  }, settings.ends_interval_ms)
  timer.unref()

  return {
    begun: begun.promise,
    async take(payload) {
      commitNow = payload.commitOffsetsIfNecessary
      await session.take(payload)
    },
    async commit(positions, epoch) {
      if (epoch !== session.epoch() || positions.length === 0) return
      if (commitNow === undefined) throw new Error('the group is rebalancing')
      await commitNow({ topics: offsetsByTopic(positions) })
      session.committed(positions, epoch)
    },
    end() {
      ended = true
      clearInterval(timer)
      return learning
    },
  }
}

function topicsOf(partitions: readonly PartitionId[]): ReadonlySet<string> {
  return new Set(partitions.map(({ topic }) => topic))
}

function offsetsByTopic(positions: readonly Position[]): kafkajs.TopicOffsets[] {
  const topics = new Map<string, { partition: number; offset: string }[]>()
  for (const { topic, partition, offset } of positions) {
    const partitions = topics.get(topic) ?? []
    topics.set(topic, partitions)
    partitions.push({ partition, offset: String(offset) })
  }
  return [...topics].map(([topic, partitions]) => ({ topic, partitions }))
}
