import { createFields } from './fields.ts'
import { corrupt } from './corrupt.ts'
import { fieldReader } from './reader.ts'

/** The Produce request and its response, versions 3 to 7. Record batches stay the buffers they are. */

export interface ProduceBatch {
  readonly topic: string
  readonly partition: number
  readonly bytes: Buffer
}

export interface ProduceResponse {
  readonly throttle_ms: number
  readonly results: readonly ProduceResult[]
}

export interface ProduceResult {
  readonly topic: string
  readonly partition: number
  readonly error_code: number
}

const ACKS_ALL = -1
const RESULT_BYTES_MIN = 22
const TOPIC_BYTES_MIN = 6

/** At most one batch of each partition. */
export function encodeProduce(batches: readonly ProduceBatch[], timeout_ms: number) {
  const topics = Map.groupBy(batches, ({ topic }) => topic)
  const fields = createFields()
  fields.text(null).int16(ACKS_ALL).int32(timeout_ms).int32(topics.size)
  for (const [topic, of] of topics) {
    fields.text(topic).int32(of.length)
    for (const { partition, bytes } of of) fields.int32(partition).int32(bytes.length).bytes(bytes)
  }
  return fields.done()
}

export function readProduce(version: number, payload: Buffer): ProduceResponse {
  const reader = fieldReader(payload)
  const results: ProduceResult[] = []
  for (let topics = reader.count(TOPIC_BYTES_MIN); topics > 0; topics -= 1) {
    const topic = reader.text()
    for (let left = reader.count(RESULT_BYTES_MIN); left > 0; left -= 1) {
      results.push({ topic, partition: reader.int32(), error_code: reader.int16() })
      // Base offset, time of appending, and from version 5 the start of the log.
      reader.skip(version >= 5 ? 24 : 16)
    }
  }
  const throttle_ms = reader.int32()
  reader.end()
  return { throttle_ms, results }
}

/** Each batch with what the broker says of it; all of them must be answered. */
export function matchResults<T extends Pick<ProduceBatch, 'topic' | 'partition'>>(
  batches: readonly T[],
  results: readonly ProduceResult[],
): readonly (readonly [T, number])[] {
  return batches.map((batch) => {
    const of = results.find(
      ({ topic, partition }) => topic === batch.topic && partition === batch.partition,
    )
    if (of === undefined) throw corrupt(`no word of partition ${batch.partition} of ${batch.topic}`)
    return [batch, of.error_code]
  })
}
