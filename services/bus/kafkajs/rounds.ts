import type { OutgoingMessage } from '#/core/run.ts'

/**
 * How a batch of messages becomes requests. kafkajs writes one record batch per partition and request, and the broker
 * refuses a record batch above `max.message.bytes` as a whole. So the messages of a partition are cut into chunks below
 * that, and the first request holds the first chunk of every partition, the second the second, and so on: the order
 * within a partition stays.
 */

export interface Chunk {
  readonly topic: string
  readonly partition: number
  /** Indexes into the batch. */
  readonly indexes: readonly number[]
}
export type Round = readonly Chunk[]

/** What a record adds to its key, value and headers at most, with room for large deltas. */
const RECORD_OVERHEAD_BYTES = 32
const HEADER_OVERHEAD_BYTES = 10

export function roundsOf(
  messages: readonly OutgoingMessage[],
  chunkBytesMax: (topic: string) => number,
): Round[] {
  const rounds: Chunk[][] = []
  for (const { topic, partition, indexes } of byPartition(messages)) {
    const chunks = cut(messages, indexes, chunkBytesMax(topic))
    for (const [i, chunk] of chunks.entries()) {
      const round = (rounds[i] ??= [])
      round.push({ topic, partition, indexes: chunk })
    }
  }
  return rounds
}

function byPartition(messages: readonly OutgoingMessage[]): Iterable<{
  readonly topic: string
  readonly partition: number
  readonly indexes: number[]
}> {
  const groups = new Map<
    string,
    { readonly topic: string; readonly partition: number; readonly indexes: number[] }
  >()
  let group: { readonly topic: string; readonly partition: number; readonly indexes: number[] } = {
    topic: '',
    partition: -1,
    indexes: [],
  }
  for (let index = 0; index < messages.length; index += 1) {
    const { topic, partition } = messages[index]!
    // Neighbours mostly go to one partition, and making a name of it for each would cost more than all the rest here.
    if (group.partition !== partition || group.topic !== topic) {
      const id = `${partition}/${topic}`
      group = groups.get(id) ?? { topic, partition, indexes: [] }
      groups.set(id, group)
    }
    group.indexes.push(index)
  }
  return groups.values()
}

function cut(
  messages: readonly OutgoingMessage[],
  indexes: readonly number[],
  bytes_max: number,
): readonly (readonly number[])[] {
  const chunks: number[][] = []
  let chunk: number[] = []
  let bytes = 0
  for (const index of indexes) {
    const message = messages[index]
    const size = message === undefined ? 0 : recordBytes(message)
    if (bytes + size > bytes_max && chunk.length > 0) {
      chunks.push(chunk)
      chunk = []
      bytes = 0
    }
    chunk.push(index)
    bytes += size
  }
  if (chunk.length > 0) chunks.push(chunk)
  return chunks
}

function recordBytes({ key, value, headers }: OutgoingMessage): number {
  let bytes = RECORD_OVERHEAD_BYTES + (key?.length ?? 0) + (value?.length ?? 0)
  for (const header of headers ?? []) {
    bytes += HEADER_OVERHEAD_BYTES + Buffer.byteLength(header.name) + (header.value?.length ?? 0)
  }
  return bytes
}
