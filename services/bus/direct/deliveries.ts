import type { OutgoingMessage } from '#/core/run.ts'
import { codecOf, compressionType, type Compression } from '../codecs/index.ts'
import type { Chunk } from '../kafkajs/rounds.ts'
import { encodeRecordBatch } from '../record-batch/encode.ts'
import type { Buffers, Lease } from './buffers.ts'

/**
 * What is still to be delivered of the messages of one send, partition by partition. A record batch is encoded once, and its bytes
 * are kept until the broker has answered: whatever is sent again under the same numbers is the same.
 */

/** Under it the broker knows what was written already. */
export interface ProducerIdentity {
  readonly producer_id: bigint
  readonly producer_epoch: number
  /** The next sequence number of a partition, by `partition/topic`. */
  readonly sequences: Map<string, number>
}

export interface Delivery {
  readonly topic: string
  readonly partition: number
  /** Still to be written, in order; the first of them is sent next. */
  readonly chunks: Chunk[]
  /** The first chunk, encoded under `of`. */
  encoded: Encoded | undefined
}

interface Encoded {
  readonly bytes: Buffer
  readonly of: ProducerIdentity
  readonly lease: Lease | undefined
  /** How often it was to be sent. */
  attempts: number
}

/** Sequence numbers begin anew behind this one. */
const SEQUENCES = 2 ** 31

export function deliveriesOf(rounds: readonly (readonly Chunk[])[]): readonly Delivery[] {
  const deliveries = new Map<string, Delivery>()
  for (const chunk of rounds.flat()) {
    const { topic, partition } = chunk
    const id = idOf(chunk)
    const of = deliveries.get(id) ?? { topic, partition, chunks: [], encoded: undefined }
    deliveries.set(id, of)
    of.chunks.push(chunk)
  }
  return [...deliveries.values()]
}

/** The bytes of the next chunk: those that were sent before, unless the producer has another identity by now. */
export async function bytesOf(
  delivery: Delivery,
  messages: readonly OutgoingMessage[],
  of: ProducerIdentity,
  { compression, buffers }: { readonly compression: Compression; readonly buffers: Buffers },
): Promise<Buffer> {
  if (delivery.encoded?.of === of) {
    delivery.encoded.attempts += 1
    return delivery.encoded.bytes
  }
  let lease: Lease | undefined
  const type = compressionType(compression)
  const indexes = delivery.chunks[0]?.indexes ?? []
  const bytes = await encodeRecordBatch(
    indexes.map((index) => messages[index]!),
    {
      producer_id: of.producer_id,
      producer_epoch: of.producer_epoch,
      first_sequence: of.sequences.get(idOf(delivery)) ?? 0,
      compression: type,
      compress: codecOf(type)?.compress,
      allocate(size) {
        lease = buffers.take(size)
        return lease.bytes.subarray(0, size)
      },
    },
  )
  delivery.encoded = { bytes, of, lease, attempts: 1 }
  return bytes
}

/** The broker has the next chunk. */
export function delivered(delivery: Delivery, of: ProducerIdentity): void {
  const count = delivery.chunks.shift()?.indexes.length ?? 0
  forget(delivery)
  const id = idOf(delivery)
  of.sequences.set(id, ((of.sequences.get(id) ?? 0) + count) % SEQUENCES)
}

/**
 * The broker will never take the next chunk as it is. Nothing of it was written, so its numbers are free: it is cut in two, and in
 * the end the index of the message that is to blame is told.
 */
export function refused(delivery: Delivery): number | undefined {
  forget(delivery)
  const [chunk] = delivery.chunks
  if (chunk === undefined) return undefined
  const { indexes } = chunk
  const middle = indexes.length >>> 1
  if (middle === 0) {
    delivery.chunks.shift()
    return indexes[0]
  }
  const parts = [indexes.slice(0, middle), indexes.slice(middle)]
  delivery.chunks.splice(0, 1, ...parts.map((part) => ({ ...chunk, indexes: part })))
  return undefined
}

/**
 * The broker has answered, so nothing is sent any more from this memory; unless an attempt before had no answer, and may still be
 * waiting in a socket that is not known to be closed.
 */
function forget(delivery: Delivery): void {
  const { encoded } = delivery
  if (encoded?.attempts === 1) encoded.lease?.release()
  delivery.encoded = undefined
}

function idOf({ topic, partition }: Pick<Chunk, 'topic' | 'partition'>): string {
  return `${partition}/${topic}`
}
