import kafkajs, { type EachBatchPayload } from 'kafkajs'
import type { Consumer, ConsumerOptions, Position } from '#/core/bus.ts'
import type { Started } from '#/core/component.ts'
import { WhosecallError } from '#/core/errors.ts'
import type { Ports } from '#/core/ports.ts'
import type { ConnectionConfig } from '../config.ts'
import { matchTopics } from '../topics.ts'
import { connectAdmin, once } from './admin.ts'
import { subscribedRoundRobin } from './assigner.ts'
import { kafkaErrorOf, unreachable } from './errors.ts'
import { createOffsetWatch } from './offset-watch.ts'
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
  const admin = await connectAdmin(client, connection)
  const restarts = createRestarts(settings, options.ports)
  const consumer = client.consumer({
    groupId: group_id,
    partitionAssigners: [subscribedRoundRobin],
    ...livenessOf(options),
    maxWaitTimeInMs: settings.fetch_wait_ms,
    maxBytes: settings.fetch_bytes_max,
    maxBytesPerPartition: settings.partition_fetch_bytes_max,
    allowAutoTopicCreation: false,
    retry: { retries: 5, restartOnFailure: () => tryAgain() },
  })
  const session = createSession(handler, {
    pause: ({ topic, partition }) => consumer.pause([{ topic, partitions: [partition] }]),
    resume: ({ topic, partition }) => consumer.resume([{ topic, partitions: [partition] }]),
    seek: ({ topic, partition, offset }) =>
      consumer.seek({ topic, partition, offset: String(offset) }),
  })
  const life = watchLife(options, consumer, session, admin.value)
  // kafkajs asks before it says that it has crashed.
  const tryAgain = (): Promise<boolean> => {
    life.lost()
    return restarts.allow()
  }
  const stop = once(async () => {
    restarts.end()
    session.halt()
    await Promise.all([life.end(), consumer.disconnect()])
    await admin.stop()
  })
  try {
    const topics = await subscribedTopics(options.consumer, admin.value)
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

async function subscribedTopics(
  consumer: ConsumerOptions,
  admin: kafkajs.Admin,
): Promise<readonly string[]> {
  const { found, missing } = matchTopics(consumer, await admin.listTopics())
  if (missing.length === 0) return found
  throw new WhosecallError(
    'dependency_unreachable',
    `cannot consume as group ${consumer.group_id}: no such topic: ${missing.join(', ')}`,
  )
}

interface Life {
  /** Resolves when the group is joined for the first time, rejects when the consumer gave up before. */
  readonly begun: Promise<void>
  take(payload: EachBatchPayload): Promise<void>
  /** The membership is lost: nothing can be committed, and all partitions will come anew, if at all. */
  lost(): void
  commit(positions: readonly Position[], epoch: number): Promise<void>
  /** Resolves when the admin client is used no more. */
  end(): Promise<void>
}

/** Turns the events of kafkajs into calls of the session, until it is ended. */
function watchLife(
  options: KafkaConsumerOptions,
  consumer: kafkajs.Consumer,
  session: Session,
  admin: kafkajs.Admin,
): Life {
  const { connection, ports } = options
  const { handler, group_id } = options.consumer
  const { logger, meter } = ports
  const restarts = meter.counter('whosecall_client_restarts_total')
  const { GROUP_JOIN, REBALANCING, CRASH, START_BATCH_PROCESS } = consumer.events
  const offsets = createOffsetWatch({ ...options, session, admin })
  const begun = Promise.withResolvers<void>()
  begun.promise.catch(() => {})
  let joined_before = false
  let ended = false
  /** Commits under the generation of the current epoch; undefined between generations. */
  let commitNow: EachBatchPayload['commitOffsetsIfNecessary'] | undefined
  /** The loops that fetch are known to have stopped since the last join. */
  let loops_stopped = true
  let member_id = ''

  function lost(): void {
    commitNow = undefined
    loops_stopped = true
    member_id = ''
    if (!ended) session.revoke()
  }

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
    offsets.joined()
  })
  consumer.on(CRASH, ({ payload }) => {
    if (ended) return
    lost()
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

  return {
    begun: begun.promise,
    lost,
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
      return offsets.end()
    },
  }
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
