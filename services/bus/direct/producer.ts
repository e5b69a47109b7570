import type { Producer } from '#/core/bus.ts'
import type { Started } from '#/core/component.ts'
import type { Logger } from '#/core/ports.ts'
import type { ExportResult, OutgoingMessage } from '#/core/run.ts'
import type { Compression } from '../codecs/index.ts'
import type { ConnectionConfig } from '../config.ts'
import { once } from '../kafkajs/admin.ts'
import { kafkaErrorOf, produceFailureOf } from '../kafkajs/errors.ts'
import { aborted } from '../kafkajs/producer.ts'
import { roundsOf } from '../kafkajs/rounds.ts'
import { startClient } from '../kafkajs/start.ts'
import type { TopicLimits } from '../kafkajs/topic-limits.ts'
import type { Buffers } from './buffers.ts'
import {
  bytesOf,
  delivered,
  deliveriesOf,
  refused,
  type Delivery,
  type ProducerIdentity,
} from './deliveries.ts'
import type { ProduceCluster } from './produce.ts'

/**
 * An idempotent producer with one batch in flight per partition. The broker knows a record batch by producer id, partition and
 * sequence number. After an attempt with an unknown end only the very same bytes may follow under that identity; anything else
 * gets a new one first, as does a batch that the broker finds out of sequence.
 *
 * State: `unfinished` is what was not delivered by the last attempt. The next `send` is either for the same array and goes on
 * there, or begins with a new identity.
 */

/** Wait before a batch is worth another attempt, where the broker gave no reason to wait longer. */
const RETRY_AFTER_MS = 100

interface Rejected {
  readonly index: number
  readonly reason: 'too_large' | 'rejected'
}

interface Unfinished {
  readonly messages: readonly OutgoingMessage[]
  readonly deliveries: readonly Delivery[]
  readonly rejected: Rejected[]
}

export interface ProducerOptions {
  readonly cluster: ProduceCluster
  readonly limits: TopicLimits
  readonly connection: ConnectionConfig
  readonly compression: Compression
  readonly buffers: Buffers
  readonly logger: Logger
}

export async function startProducer(options: ProducerOptions): Promise<Started<Producer>> {
  const { cluster, limits, logger } = options
  let identity: ProducerIdentity | undefined
  await startClient(options.connection, {
    doing: 'cannot start a producer',
    async connect() {
      await cluster.connect()
      identity = await cluster.newIdentity()
    },
    disconnect: () => cluster.disconnect(),
  })
  let unfinished: Unfinished | undefined
  let queue: Promise<unknown> = Promise.resolve()

  async function attempt(messages: readonly OutgoingMessage[]): Promise<ExportResult> {
    try {
      if (unfinished !== undefined && unfinished.messages !== messages) {
        unfinished = undefined
        identity = undefined
      }
      unfinished ??= await begin(messages)
      const batch = unfinished
      for (;;) {
        const open = batch.deliveries.filter(({ chunks }) => chunks.length > 0)
        if (open.length === 0) break
        await sendNext(batch, open)
      }
      unfinished = undefined
      return resultOf(batch.rejected)
    } catch (error) {
      const { type, message } = kafkaErrorOf(error)
      logger.debug({ type, message }, 'a batch was not taken and can be retried')
      return { type: 'retryable', after_ms: RETRY_AFTER_MS, cause: error }
    }
  }

  async function begin(messages: readonly OutgoingMessage[]): Promise<Unfinished> {
    const topics = new Set(messages.map(({ topic }) => topic))
    await limits.learn(topics)
    await cluster.learn(topics)
    return {
      messages,
      deliveries: deliveriesOf(roundsOf(messages, limits.chunkBytesMax)),
      rejected: [],
    }
  }

  /** The next chunk of every partition. What was written counts as such, whatever became of the others. */
  async function sendNext(batch: Unfinished, open: readonly Delivery[]): Promise<void> {
    const current = (identity ??= await cluster.newIdentity())
    const batches = await Promise.all(
      open.map(async (delivery) => ({
        delivery,
        topic: delivery.topic,
        partition: delivery.partition,
        bytes: await bytesOf(delivery, batch.messages, current, options),
      })),
    )
    const answers = await cluster.produce(batches)
    let failure: unknown
    for (const [{ delivery }, error] of answers) {
      if (error === undefined) delivered(delivery, current)
      else failure = dealWith(batch, delivery, error) ?? failure
    }
    if (failure !== undefined) throw failure
  }

  /** The error, where another attempt is needed. */
  function dealWith(batch: Unfinished, delivery: Delivery, error: unknown): unknown {
    const failure = produceFailureOf(error)
    if (failure.type === 'sequence') identity = undefined
    if (failure.type !== 'content') return error
    if (failure.reason === 'too_large') limits.doubt([delivery.topic])
    const index = refused(delivery)
    if (index !== undefined) batch.rejected.push({ index, reason: failure.reason })
    return undefined
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
    await Promise.all([cluster.disconnect(), limits.stop()])
  })
  return { value, stop: (deadline) => Promise.race([stop(), aborted(deadline.signal)]) }
}

function resultOf(rejected: readonly Rejected[]): ExportResult {
  if (rejected.length === 0) return { type: 'delivered' }
  return {
    type: 'rejected',
    messages: rejected.toSorted((a, b) => a.index - b.index),
    others_delivered: true,
  }
}
