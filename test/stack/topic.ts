import { Consumer, Producer, IS_CONTROL } from '@platformatic/kafka'
import type { CompressionAlgorithmValue } from '@platformatic/kafka'

/**
 * Writes and reads whole topics with @platformatic/kafka, so that what kafkajs wrote is judged by another client. It reads
 * by plain fetches up to the end as it was at the start, record batches of control and aborted records aside.
 */

export interface TestMessage {
  readonly key?: Buffer | string | null
  readonly value: Buffer | string | null
  /** In order; names may repeat. */
  readonly headers?: readonly (readonly [string, Buffer | string])[]
  readonly timestamp?: number
  readonly partition?: number
}

export interface ReadMessage {
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly (readonly [string, Buffer | null])[]
}

export async function produce(
  topic: string,
  messages: readonly TestMessage[],
  options: {
    readonly brokers?: string
    readonly compression?: CompressionAlgorithmValue
    /** Messages of one record batch, if they are of one partition. */
    readonly batch_messages?: number
  } = {},
): Promise<void> {
  const producer = new Producer({ ...connection(options.brokers), idempotent: true, acks: -1 })
  try {
    const batchSize = options.batch_messages ?? 1_000
    for (let at = 0; at < messages.length; at += batchSize) {
      await producer.send({
        messages: messages.slice(at, at + batchSize).map((message) => outgoing(topic, message)),
        compression: options.compression ?? 'none',
      })
    }
  } finally {
    await producer.close()
  }
}

function outgoing(topic: string, message: TestMessage) {
  const headers = message.headers?.map(([name, value]) => [bytes(name), bytes(value)] as const)
  return {
    topic,
    partition: message.partition ?? 0,
    ...(message.key == null ? {} : { key: bytes(message.key) }),
    ...(message.value == null ? {} : { value: bytes(message.value) }),
    ...(headers === undefined ? {} : { headers: new Map(headers) }),
    ...(message.timestamp === undefined ? {} : { timestamp: BigInt(message.timestamp) }),
  }
}

function bytes(of: Buffer | string): Buffer {
  return typeof of === 'string' ? Buffer.from(of) : of
}

/** All messages of a topic up to its end at the time of the call, by partition and offset. */
export async function readTopic(
  topic: string,
  options: { readonly brokers?: string } = {},
): Promise<readonly ReadMessage[]> {
  const consumer = new Consumer({ ...connection(options.brokers), groupId: 'test-reader' })
  try {
    const ends = (await consumer.listOffsets({ topics: [topic] })).get(topic) ?? []
    const starts =
      (await consumer.listOffsets({ topics: [topic], timestamp: -2n })).get(topic) ?? []
    const messages: ReadMessage[] = []
    for (const [partition, end] of ends.entries()) {
      await readPartition(consumer, {
        topic,
        partition,
        start: starts[partition] ?? 0n,
        end,
        onMessage: (message) => messages.push(message),
      })
    }
    return messages
  } finally {
    await consumer.close(true)
  }
}

type FetchAnswer = Awaited<ReturnType<Consumer['fetch']>>['responses'][number]['partitions'][number]

interface PartitionRange {
  readonly topic: string
  readonly partition: number
  readonly start: bigint
  readonly end: bigint
  onMessage(message: ReadMessage): void
}

async function readPartition(consumer: Consumer, range: PartitionRange): Promise<void> {
  const metadata = await consumer.metadata({ topics: [range.topic] })
  const of = metadata.topics.get(range.topic)
  const node = of?.partitions[range.partition]?.leader
  if (of === undefined || node === undefined) throw new Error(`no leader for ${range.topic}`)
  let next = range.start
  while (next < range.end) {
    const response = await consumer.fetch({
      node,
      maxWaitTime: 1_000,
      minBytes: 1,
      maxBytes: 32 << 20,
      isolationLevel: 1,
      topics: [
        {
          topicId: of.id,
          partitions: [
            {
              partition: range.partition,
              currentLeaderEpoch: -1,
              fetchOffset: next,
              lastFetchedEpoch: -1,
              partitionMaxBytes: 32 << 20,
            },
          ],
        },
      ],
    })
    const partition = response.responses[0]?.partitions[0]
    if (partition !== undefined) next = takeRecords(partition, next, range)
  }
}

/** Hands over the messages of one answer and returns the next offset. */
function takeRecords(answer: FetchAnswer, from: bigint, range: PartitionRange): bigint {
  let next = from
  const aborted = [...(answer.abortedTransactions ?? [])]
  const aborting = new Set<bigint>()
  for (const batch of answer.records ?? []) {
    const last = batch.firstOffset + BigInt(batch.lastOffsetDelta)
    for (const each of aborted) if (each.firstOffset <= last) aborting.add(each.producerId)
    const control = (batch.attributes & IS_CONTROL) !== 0
    if (control) aborting.delete(batch.producerId)
    const hidden = control || aborting.has(batch.producerId)
    for (const record of hidden ? [] : batch.records) {
      const offset = batch.firstOffset + BigInt(record.offsetDelta)
      if (offset < from || offset >= range.end) continue
      range.onMessage({
        partition: range.partition,
        offset: Number(offset),
        timestamp: Number(batch.firstTimestamp + record.timestampDelta),
        key: record.key,
        value: record.value,
        headers: record.headers.map(([name, value]) => [name?.toString() ?? '', value]),
      })
    }
    if (last + 1n > next) next = last + 1n
  }
  return next
}

function connection(brokers: string | undefined) {
  const list = brokers ?? process.env['KAFKA_BROKERS'] ?? ''
  return { clientId: 'test', bootstrapBrokers: list.split(','), retries: 3 }
}
