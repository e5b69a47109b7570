import type kafkajs from 'kafkajs'
import type { EachBatchPayload } from 'kafkajs'
import type { Commit, ConsumerOptions } from '#/core/bus.ts'
import type { Ports } from '#/core/ports.ts'
import type { ConnectionConfig } from '../config.ts'
import { subscribedRoundRobin } from './assigner.ts'
import { kafkaErrorOf, unreachable } from './errors.ts'
import type { Restarts } from './restarts.ts'
import type { Session, SessionControl } from './session.ts'
import type { KafkaSettings } from './settings.ts'

/**
 * One consumer of kafkajs in the group, from joining to leaving, with the topics it was given: kafkajs takes no others while
 * it runs. Its events become calls of the session, until it is to leave; what it says after that is not heard.
 *
 * It commits only when told to, one attempt at a time and with the generation it belongs to: the commit of kafkajs itself
 * would try again under the next generation, and says nothing when the consumer has stopped.
 *
 * kafkajs starts a crashed consumer again by itself and without end; here the restarts are counted, and beyond their limit
 * the handler is told that it is over.
 */

export interface MembershipOptions {
  /** Of this membership alone: members that share one would share, and clear, their offsets. */
  readonly client: kafkajs.Kafka
  readonly connection: ConnectionConfig
  readonly settings: KafkaSettings
  readonly ports: Ports
  readonly consumer: ConsumerOptions
  readonly session: Session
  readonly restarts: Restarts
  /** Whether kafkajs tries again before it has joined for the first time; otherwise joining fails at the first crash. */
  readonly joins_patiently: boolean
  readonly onJoined: () => void
  /** Called between a crash and the restart, when nothing runs. */
  readonly onCrashed: () => Promise<void>
}

export interface Subscription {
  readonly topics: readonly string[]
  /** Those of them that are read from their beginning, whatever `initial_offset` says. */
  readonly from_beginning: ReadonlySet<string>
}

export interface Membership {
  readonly control: SessionControl
  /** It has joined and not crashed since. */
  readonly is_joined: boolean
  /** Resolves when the group is joined for the first time, rejects when kafkajs gave up before. */
  join(subscription: Subscription): Promise<void>
  commit(positions: readonly Commit[], epoch: number): Promise<void>
  /**
   * Commits where reading began in partitions that have no commit of ours, so that who begins at the end goes on there, and
   * not at the new end. Never rejects.
   */
  keepBeginnings(): Promise<void>
  /** Nothing is heard any more, at once; resolves when the group has been left. */
  leave(): Promise<void>
}

/** Batches of so many partitions may wait for their handler side by side; each waits for milliseconds only. */
const PARTITIONS_CONCURRENT = 64

export function createMembership(options: MembershipOptions): Membership {
  const { connection, ports, session, restarts } = options
  const { handler, group_id, initial_offset } = options.consumer
  const consumer = createConsumer(options, tryAgain)
  const { GROUP_JOIN, REBALANCING, CRASH, STOP, START_BATCH_PROCESS } = consumer.events
  const restarted = ports.meter.counter('whosecall_client_restarts_total')
  const begun = Promise.withResolvers<void>()
  begun.promise.catch(() => {})
  let joined_before = false
  let is_joined = false
  let left = false
  let committing: Promise<unknown> = Promise.resolve()
  /** Commits under the generation of the current epoch; undefined between generations. */
  let commitNow: EachBatchPayload['commitOffsetsIfNecessary'] | undefined
  /** The loops that fetch are known to have stopped since the last join. */
  let loops_stopped = true
  let member_id = ''

  /** Nothing can be committed, and all partitions will come anew, if at all. */
  function lost(): void {
    if (left) return
    commitNow = undefined
    loops_stopped = true
    is_joined = false
    member_id = ''
    session.revoke()
  }

  /** kafkajs asks before it says that it has crashed. */
  async function tryAgain(): Promise<boolean> {
    lost()
    if (left || !(joined_before || options.joins_patiently)) return false
    if (!(await restarts.allow())) return false
    await options.onCrashed()
    return !left
  }

  async function commit(positions: readonly Commit[], epoch: number): Promise<void> {
    if (epoch !== session.epoch() || positions.length === 0) return
    if (commitNow === undefined) throw new Error('the group is rebalancing')
    const answered = commitNow({ topics: offsetsByTopic(positions) })
    committing = Promise.allSettled([committing, answered])
    await answered
    session.committed(positions, epoch)
  }

  // Without a group kafkajs throws at whoever would resume a partition.
  consumer.on(STOP, lost)
  consumer.on(REBALANCING, () => {
    if (left) return
    loops_stopped = true
    session.revoke()
  })
  consumer.on(GROUP_JOIN, ({ payload }) => {
    if (left) return
    const partitions = Object.entries(payload.memberAssignment).flatMap(([topic, of]) =>
      of.map((partition) => ({ topic, partition })),
    )
    commitNow = undefined
    session.joined(partitions, { loops_ran: !loops_stopped && member_id === payload.memberId })
    member_id = payload.memberId
    loops_stopped = false
    joined_before = true
    is_joined = true
    begun.resolve()
    options.onJoined()
  })
  consumer.on(CRASH, ({ payload }) => {
    if (left) return
    lost()
    const { message } = kafkaErrorOf(payload.error)
    if (payload.restart) {
      restarted.add(1)
      ports.logger.warn({ group_id, message }, 'the Kafka consumer crashed and is started again')
      return
    }
    const failure = unreachable(connection, `consuming as group ${group_id}`, payload.error)
    if (joined_before) handler.onFailure(failure)
    else begun.reject(failure)
  })
  consumer.on(START_BATCH_PROCESS, ({ payload }) => {
    if (left || payload.batchSize > 0) return
    const { topic, partition, firstOffset, lastOffset } = payload
    const last = Number(lastOffset)
    session.skipped({ topic, partition }, Number(firstOffset ?? last), last + 1)
    session.end({ topic, partition }, Number(payload.highWatermark))
  })

  return {
    control: controlOf(consumer),
    get is_joined() {
      return is_joined
    },
    async join({ topics, from_beginning }) {
      await consumer.connect()
      for (const fromBeginning of [true, false]) {
        const of = topics.filter(
          (topic) => fromBeginning === (initial_offset === 'earliest' || from_beginning.has(topic)),
        )
        if (of.length > 0) await consumer.subscribe({ topics: of, fromBeginning })
      }
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: PARTITIONS_CONCURRENT,
        async eachBatch(payload) {
          if (left) return
          commitNow = payload.commitOffsetsIfNecessary
          await session.take(payload)
        },
      })
      await begun.promise
    },
    commit,
    async keepBeginnings() {
      // One that is under way may be a commit of these partitions.
      await committing
      await commit(session.begunAt(), session.epoch()).catch(() => {})
    },
    async leave() {
      left = true
      is_joined = false
      await committing
      await consumer.disconnect()
    },
  }
}

function createConsumer(
  options: MembershipOptions,
  tryAgain: () => Promise<boolean>,
): kafkajs.Consumer {
  const { settings, consumer } = options
  const sessionTimeout = consumer.session_timeout_ms ?? settings.session_timeout_ms
  const tenth = Math.ceil(sessionTimeout / 10)
  return options.client.consumer({
    groupId: consumer.group_id,
    partitionAssigners: [subscribedRoundRobin],
    sessionTimeout,
    heartbeatInterval:
      consumer.heartbeat_interval_ms ?? Math.min(settings.heartbeat_interval_ms, tenth),
    maxWaitTimeInMs: settings.fetch_wait_ms,
    maxBytes: settings.fetch_bytes_max,
    maxBytesPerPartition: settings.partition_fetch_bytes_max,
    allowAutoTopicCreation: false,
    retry: { retries: 5, restartOnFailure: tryAgain },
  })
}

function controlOf(consumer: kafkajs.Consumer): SessionControl {
  return {
    pause: ({ topic, partition }) => consumer.pause([{ topic, partitions: [partition] }]),
    resume: ({ topic, partition }) => consumer.resume([{ topic, partitions: [partition] }]),
    seek: ({ topic, partition, offset }) =>
      consumer.seek({ topic, partition, offset: String(offset) }),
  }
}

function offsetsByTopic(positions: readonly Commit[]): kafkajs.TopicOffsets[] {
  const topics = new Map<string, kafkajs.TopicOffsets['partitions']>()
  for (const { topic, partition, offset, metadata = null } of positions) {
    const partitions = topics.get(topic) ?? []
    topics.set(topic, partitions)
    // kafkajs sends it, though its types do not have it.
    const entry = { partition, offset: String(offset), metadata }
    partitions.push(entry)
  }
  return [...topics].map(([topic, partitions]) => ({ topic, partitions }))
}
