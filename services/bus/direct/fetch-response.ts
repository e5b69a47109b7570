import type { AbortedTransaction } from './aborted.ts'
import { corrupt } from './corrupt.ts'
import { fieldReader, type FieldReader } from './reader.ts'

/** The Fetch response, versions 4 to 11, up to where the record batches of each partition lie. */

export interface FetchResponse {
  readonly throttle_ms: number
  readonly error_code: number
  readonly partitions: readonly FetchedPartition[]
}

export interface FetchedPartition {
  readonly topic: string
  readonly partition: number
  readonly error_code: number
  /** Readers of committed messages get nothing beyond it. */
  readonly last_stable_offset: number
  readonly aborted: readonly AbortedTransaction[]
  /** Range of its record batches in the response. */
  readonly start: number
  readonly end: number
}

const ABORTED_BYTES = 16
const TOPIC_BYTES_MIN = 6
const PARTITION_BYTES_MIN = 30

export function readFetch(version: number, payload: Buffer): FetchResponse {
  const reader = fieldReader(payload)
  const throttle_ms = reader.int32()
  const error_code = version >= 7 ? reader.int16() : 0
  if (version >= 7) reader.int32()
  const partitions: FetchedPartition[] = []
  const seen = new Set<string>()
  for (let topics = reader.count(TOPIC_BYTES_MIN); topics > 0; topics -= 1) {
    const topic = reader.text()
    for (let left = reader.count(PARTITION_BYTES_MIN); left > 0; left -= 1) {
      const partition = readPartition(version, topic, reader)
      const id = `${partition.partition}/${topic}`
      if (seen.has(id)) throw corrupt(`a response holds partition ${id} twice`)
      seen.add(id)
      partitions.push(partition)
    }
  }
  reader.end()
  return { throttle_ms, error_code, partitions }
}

function readPartition(version: number, topic: string, reader: FieldReader): FetchedPartition {
  const partition = reader.int32()
  const error_code = reader.int16()
  const high_watermark = reader.int64()
  const stable = reader.int64()
  if (version >= 5) reader.int64()
  const aborted = Array.from({ length: reader.count(ABORTED_BYTES) }, () => ({
    producer_id: reader.int64(),
    first_offset: reader.int64(),
  }))
  if (version >= 11) reader.int32()
  const bytes = Math.max(0, reader.int32())
  const start = reader.skip(bytes)
  const last_stable_offset = stable < 0 ? high_watermark : stable
  return { topic, partition, error_code, last_stable_offset, aborted, start, end: start + bytes }
}
