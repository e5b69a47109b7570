import { zstdCompressSync } from 'node:zlib'
import type {
  Admin,
  Bus,
  Consumer,
  ConsumerOptions,
  PartitionId,
  Producer,
  ProducerOptions,
} from '#/core/bus.ts'
import type { Startable, Started } from '#/core/component.ts'
import { WhosecallError } from '#/core/errors.ts'
import type { ExportResult, OutgoingMessage } from '#/core/run.ts'
import { matchTopics, topicsNow } from '../topics.ts'
import { createGroup, type Group } from './group.ts'
import {
  createPartitionLog,
  sizeOf,
  type MemoryMessage,
  type PartitionLog,
  type StoredMessage,
} from './log.ts'

/**
 * The log bus inside the process: topics, groups, commits, producers and the limits of a broker, without one. The demo and
 * `whosecall attribute` run the whole worker on it, and so do tests. It is deterministic: what happens depends on the
 * calls only, never on time.
 */

export interface MemoryBusOptions {
  readonly cluster_id?: string
  /** Oldest messages of a partition go beyond this. */
  readonly retained_bytes_max?: number
  readonly run_bytes_max?: number
  readonly run_messages_max?: number
  /** Overwrite released runs (for tests). */
  readonly poison?: boolean
  /** Answers a send in place of the bus (for tests of failures); undefined lets it through. */
  readonly intercept?: (messages: readonly OutgoingMessage[]) => ExportResult | undefined
}

export interface MemoryTopicOptions {
  readonly partitions?: number
  readonly max_message_bytes?: number
}

export interface MemoryBus extends Bus {
  createTopic(topic: string, options?: MemoryTopicOptions): void
  /** Appends one message and returns its offset. */
  publish(topic: string, partition: number, message: MemoryMessage): number
  /** Leaves a gap of offsets, as compaction, control records and aborted transactions do. */
  skipOffsets(topic: string, partition: number, count: number): void
  /** Forgets the messages below an offset, as retention does. */
  expire(topic: string, partition: number, offset: number): void
  /** What the topic holds now, by partition and offset. */
  read(topic: string): readonly (StoredMessage & { readonly partition: number })[]
}

export type { MemoryMessage, StoredMessage }

const MIB = 1 << 20
/** Kafka's default of `max.message.bytes`. */
const MAX_MESSAGE_BYTES = MIB + 12
/** What a record batch of one message adds to its key, value and headers, rounded up. */
const OVERHEAD_BYTES = 96

interface Topic {
  readonly max_message_bytes: number
  readonly logs: readonly PartitionLog[]
}

export function createMemoryBus(options: MemoryBusOptions = {}): MemoryBus {
  const limits = {
    retained_bytes_max: options.retained_bytes_max ?? 64 * MIB,
    run_bytes_max: options.run_bytes_max ?? MIB,
    run_messages_max: options.run_messages_max ?? 1_000,
    poison: options.poison ?? false,
  }
  const topics = new Map<string, Topic>()
  const groups = new Map<string, Group>()

  function logOf({ topic, partition }: PartitionId): PartitionLog {
    const log = topics.get(topic)?.logs[partition]
    if (log === undefined) throw new Error(`no partition ${partition} of topic ${topic}`)
    return log
  }

  function groupOf(group_id: string): Group {
    const group = groups.get(group_id) ?? createGroup(logOf)
    groups.set(group_id, group)
    return group
  }

  function partitionsOf(topic: string): readonly PartitionId[] {
    return (topics.get(topic)?.logs ?? []).map((_, partition) => ({ topic, partition }))
  }

  function createTopic(topic: string, of: MemoryTopicOptions = {}): void {
    if (topics.has(topic)) return
    const logs = Array.from({ length: of.partitions ?? 1 }, () => createPartitionLog(limits))
    topics.set(topic, { logs, max_message_bytes: of.max_message_bytes ?? MAX_MESSAGE_BYTES })
    for (const group of groups.values()) group.refresh()
  }

  function publish(topic: string, partition: number, message: MemoryMessage): number {
    const offset = logOf({ topic, partition }).append(detached(message))
    for (const group of groups.values()) group.wake({ topic, partition })
    return offset
  }

  function consumer(of: ConsumerOptions): Startable<Consumer> {
    return {
      async start() {
        const { missing } = matchTopics(of, [...topics.keys()])
        if (missing.length > 0) {
          throw new WhosecallError(
            'dependency_unreachable',
            `cannot consume: no such topic: ${missing.join(', ')}`,
          )
        }
        const membership = groupOf(of.group_id).join({
          handler: of.handler,
          initial_offset: of.initial_offset,
          partitions: () => topicsNow(of, [...topics.keys()]).flatMap(partitionsOf),
        })
        const value: Consumer = {
          halt: () => membership.halt(),
          commit: async (positions, epoch) => membership.commit(positions, epoch),
        }
        return { value, stop: async () => membership.leave() }
      },
    }
  }

  const admin: Admin = {
    clusterId: async () => options.cluster_id ?? 'memory',
    partitionCounts: async (names) =>
      new Map(names.map((topic) => [topic, topics.get(topic)?.logs.length])),
    topics: async () => [...topics.keys()],
    maxMessageBytes: async (names) =>
      new Map(names.map((topic) => [topic, topics.get(topic)?.max_message_bytes])),
    async createTopics(of) {
      for (const { topic, ...settings } of of) createTopic(topic, settings)
    },
    committed: async (group_id, topic) =>
      partitionsOf(topic).map((each) => ({
        ...each,
        offset: -1,
        ...groups.get(group_id)?.committed(each),
      })),
    endOffsets: async (topic) =>
      partitionsOf(topic).map((each) => ({ ...each, offset: logOf(each).end() })),
  }

  function producer(of: ProducerOptions): Producer {
    return {
      async send(messages) {
        const answer = options.intercept?.(messages)
        return answer ?? append(messages, topics, publish, of.compression)
      },
    }
  }

  return {
    consumer,
    producer: (of = {}) => startable(producer(of)),
    admin: () => startable(admin),
    reader: () => startable({ read: async (from) => logOf(from).run(from) }),
    createTopic,
    publish,
    skipOffsets(topic, partition, count) {
      logOf({ topic, partition }).skip(count)
      for (const group of groups.values()) group.wake({ topic, partition })
    },
    expire: (topic, partition, offset) => logOf({ topic, partition }).expire(offset),
    read: (topic) =>
      partitionsOf(topic).flatMap((each) =>
        logOf(each)
          .messages()
          .map((message) => ({ ...message, partition: each.partition })),
      ),
  }
}

/** Appends what a broker would take. A missing topic fails the whole attempt: nothing is appended. */
function append(
  messages: readonly OutgoingMessage[],
  topics: ReadonlyMap<string, Topic>,
  publish: (topic: string, partition: number, message: MemoryMessage) => number,
  compression: ProducerOptions['compression'] = 'none',
): ExportResult {
  const lost = messages.find((each) => topics.get(each.topic)?.logs[each.partition] === undefined)
  if (lost !== undefined) {
    const cause = new Error(`no partition ${lost.partition} of topic ${lost.topic}`)
    return { type: 'retryable', after_ms: 100, cause }
  }
  const rejected: { readonly index: number; readonly reason: 'too_large' | 'rejected' }[] = []
  for (const [index, message] of messages.entries()) {
    const max = topics.get(message.topic)?.max_message_bytes ?? MAX_MESSAGE_BYTES
    if (batchBytes(message, max, compression) > max) rejected.push({ index, reason: 'too_large' })
    else if (!(message.timestamp >= 0)) rejected.push({ index, reason: 'rejected' })
    else publish(message.topic, message.partition, message)
  }
  if (rejected.length === 0) return { type: 'delivered' }
  return { type: 'rejected', messages: rejected, others_delivered: true }
}

/** What a broker counts. Only what would be too large is compressed, and with zstd for all: nobody reads it. */
function batchBytes(
  message: OutgoingMessage,
  max: number,
  compression: ProducerOptions['compression'],
): number {
  const bytes = sizeOf(message) + OVERHEAD_BYTES
  if (bytes <= max || compression === 'none') return bytes
  const { key, value, headers = [] } = message
  const parts = [key, value, ...headers.map((header) => header.value)]
  const filled = parts.filter((part) => part !== null)
  return zstdCompressSync(Buffer.concat(filled)).length + OVERHEAD_BYTES
}

/**
 * A copy with a buffer of its own. The bytes of an outgoing message belong to its writer again once the batch is answered,
 * and a slice of a shared buffer, however small, would keep all of it alive for as long as the log does.
 */
function detached(message: MemoryMessage): MemoryMessage {
  const bytes = Buffer.allocUnsafeSlow(sizeOf(message))
  let end = 0
  const copy = (from: Buffer | null): Buffer | null => {
    if (from === null) return null
    const start = end
    end += from.copy(bytes, start)
    return bytes.subarray(start, end)
  }
  return {
    key: copy(message.key),
    value: copy(message.value),
    headers: message.headers?.map(({ name, value }) => ({ name, value: copy(value) })),
    timestamp: message.timestamp,
  }
}

function startable<T>(value: T): Startable<T> {
  const started: Started<T> = { value, stop: async () => {} }
  return { start: async () => started }
}
