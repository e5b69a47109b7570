import type kafkajs from 'kafkajs'
import type { Producer } from '#/core/bus.ts'
import type { Started } from '#/core/component.ts'
import type { Clock, Logger } from '#/core/ports.ts'
import type { ExportResult, OutgoingMessage } from '#/core/run.ts'
import { compressionType, type Compression } from '../codecs/index.ts'
import type { ConnectionConfig } from '../config.ts'
import { once } from './admin.ts'
import { installEncoder } from './encoder.ts'
import { kafkaErrorOf, produceFailureOf } from './errors.ts'
import { installProduceRequest, type RecordMessage } from './produce-request.ts'
import { roundsOf, type Round } from './rounds.ts'
import { startClient } from './start.ts'
import { createTopicLimits, type LimitsClient } from './topic-limits.ts'

/**
 * An idempotent producer with one request in flight. The broker knows a record batch by producer id, partition and sequence
 * number, and kafkajs takes its numbers back when a request fails. So after an attempt with an unknown end only the very
 * same requests may follow under that producer id: the broker then recognises what it has. Anything else under the same
 * numbers would be taken for a repeat and lost; it gets a new producer id first.
 *
 * State: `unfinished` is a batch whose last attempt failed, with the requests that are still to do. The next `send` either
 * is for the same array and goes on there, or begins with a new producer.
 */

/** Wait before a batch is worth another attempt, where the broker gave no reason to wait longer. */
const RETRY_AFTER_MS = 100
/** One more attempt inside kafkajs, which refreshes its metadata first: enough for a leader that moved. */
const RETRY = { retries: 1, initialRetryTime: 50, maxRetryTime: 50 }

type Rejected = { readonly index: number; readonly reason: 'too_large' | 'rejected' }

interface Unfinished {
  readonly messages: readonly OutgoingMessage[]
  readonly rejected: Rejected[]
  /** Requests that are not answered yet, in order. */
  readonly pending: Round[]
}

type IdempotentProducer = Pick<kafkajs.Producer, 'connect' | 'disconnect' | 'sendBatch'>

/** What is needed of the kafkajs client. */
export interface ProducerClient extends LimitsClient {
  producer(config: kafkajs.ProducerConfig): IdempotentProducer
}

export interface ProducerOptions {
  readonly client: ProducerClient
  readonly connection: ConnectionConfig
  readonly compression: Compression
  readonly logger: Logger
  readonly clock: Clock
}

export async function startProducer(options: ProducerOptions): Promise<Started<Producer>> {
  const { client, connection, logger, clock } = options
  installProduceRequest()
  installEncoder()
  const limits = createTopicLimits(client, clock)
  let producer = createIdempotent(client)
  await startClient(connection, {
    doing: 'cannot start a producer',
    connect: () => producer.connect(),
    disconnect: () => producer.disconnect(),
  })
  let unfinished: Unfinished | undefined
  /** The producer id must not be used again. */
  let spent = false
  let queue: Promise<unknown> = Promise.resolve()

  async function renewProducer(): Promise<void> {
    const next = createIdempotent(client)
    try {
      await next.connect()
    } catch (error) {
      await next.disconnect().catch(() => {})
      throw error
    }
    producer.disconnect().catch(() => {})
    producer = next
    unfinished = undefined
    spent = false
  }

  async function attempt(messages: readonly OutgoingMessage[]): Promise<ExportResult> {
    const goesOn = unfinished?.messages === messages
    try {
      if (spent || (unfinished !== undefined && !goesOn)) {
        const done = goesOn ? unfinished : undefined
        await renewProducer()
        unfinished = done
      }
      const batch = unfinished ?? (await beginBatch(messages))
      unfinished = batch
      while (batch.pending.length > 0) await sendNext(batch)
      unfinished = undefined
      return resultOf(batch.rejected)
    } catch (error) {
      spent ||= produceFailureOf(error).type === 'sequence'
      const { type, message } = kafkaErrorOf(error)
      logger.debug({ type, message }, 'a batch was not taken and can be retried')
      return { type: 'retryable', after_ms: RETRY_AFTER_MS, cause: error }
    }
  }

  /**
   * Sends the next request. When its content is refused, it is cut up in place, to find the messages that are to blame.
   */
  async function sendNext({ messages, pending, rejected }: Unfinished): Promise<void> {
    const [round = []] = pending
    try {
      await sendRound(producer, round, messages, options.compression)
      pending.shift()
    } catch (error) {
      const failure = produceFailureOf(error)
      if (failure.type !== 'content') throw error
      if (failure.reason === 'too_large') limits.doubt(round.map(({ topic }) => topic))
      const [culprit, ...others] = round.flatMap(({ indexes }) => indexes)
      if (culprit === undefined || others.length > 0) {
        pending.splice(0, 1, ...partsOf(round))
      } else {
        rejected.push({ index: culprit, reason: failure.reason })
        pending.shift()
      }
    }
  }

  async function beginBatch(messages: readonly OutgoingMessage[]): Promise<Unfinished> {
    await limits.learn(new Set(messages.map(({ topic }) => topic)))
    return { messages, pending: roundsOf(messages, limits.chunkBytesMax), rejected: [] }
  }

  const value: Producer = {
    send(messages) {
      const result = queue.then(() => attempt(messages))
      queue = result
      return result
    },
  }
  const stop = once(async () => {
    await queue
    await Promise.all([producer.disconnect(), limits.stop()])
  })
  return { value, stop: (deadline) => Promise.race([stop(), aborted(deadline.signal)]) }
}

function createIdempotent(client: ProducerClient): IdempotentProducer {
  return client.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner: () => (args) => args.message.partition ?? 0,
    retry: RETRY,
  })
}

async function sendRound(
  producer: IdempotentProducer,
  round: Round,
  messages: readonly OutgoingMessage[],
  compression: Compression,
): Promise<void> {
  const topics = new Set(round.map(({ topic }) => topic))
  const topicMessages = Array.from(topics, (topic) => ({
    topic,
    messages: grouped(
      round.filter((chunk) => chunk.topic === topic),
      messages,
    ),
  }))
  const acknowledged = await producer.sendBatch({
    acks: -1,
    compression: compressionType(compression),
    topicMessages,
  })
  // kafkajs leaves out, without a word, messages for partitions that it does not know.
  if (acknowledged.length < round.length) {
    throw new Error(`${round.length - acknowledged.length} partitions of the batch do not exist`)
  }
}

/**
 * The messages of a topic as kafkajs is given them. It groups them by partition with `reduce`, in quadratic time; this array
 * answers with the chunks, which are the groups.
 */
function grouped(chunks: Round, messages: readonly OutgoingMessage[]): RecordMessage[] {
  const groups: Record<number, readonly RecordMessage[]> = {}
  for (const { partition, indexes } of chunks) {
    groups[partition] = indexes.map((index) => toKafkajs(messages[index]!))
  }
  const all = Object.values(groups).flat()
  Object.defineProperty(all, 'reduce', { value: () => groups })
  return all
}

function toKafkajs(record: OutgoingMessage): RecordMessage {
  return { value: record.value, partition: record.partition, record }
}

/**
 * A refused request in parts. First partition by partition: one that was written in the refused request has the same
 * numbers again, so the broker recognises it. Then by halves: nothing of the refused batch was written, so its numbers
 * are free.
 */
function partsOf(round: Round): readonly Round[] {
  const [chunk] = round
  if (round.length > 1 || chunk === undefined) return round.map((each) => [each])
  const middle = chunk.indexes.length >>> 1
  return [
    [{ ...chunk, indexes: chunk.indexes.slice(0, middle) }],
    [{ ...chunk, indexes: chunk.indexes.slice(middle) }],
  ]
}

function resultOf(rejected: readonly Rejected[]): ExportResult {
  if (rejected.length === 0) return { type: 'delivered' }
  return {
    type: 'rejected',
    messages: rejected.toSorted((a, b) => a.index - b.index),
    others_delivered: true,
  }
}

export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
