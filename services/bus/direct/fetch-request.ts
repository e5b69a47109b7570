import { createFields } from './fields.ts'

/** The Fetch request, versions 4 to 11. */

export interface FetchRequest {
  readonly wait_ms: number
  readonly bytes_max: number
  readonly topics: readonly FetchTopic[]
}

export interface FetchTopic {
  readonly topic: string
  readonly partitions: readonly {
    readonly partition: number
    readonly fetch_offset: number
    readonly bytes_max: number
  }[]
}

/** We are no replica. */
const REPLICA_ID = -1
const BYTES_MIN = 1
const READ_COMMITTED = 1
/** Every fetch stands for itself: with a session the broker would leave out what did not change. */
const [NO_SESSION, NO_SESSION_EPOCH] = [0, -1]
/** kafkajs does not learn it, so the broker is not asked to compare it. */
const NO_LEADER_EPOCH = -1
const NO_LOG_START = -1

export function encodeFetch(version: number, { wait_ms, bytes_max, topics }: FetchRequest) {
  const fields = createFields()
  fields.int32(REPLICA_ID).int32(wait_ms).int32(BYTES_MIN).int32(bytes_max).int8(READ_COMMITTED)
  if (version >= 7) fields.int32(NO_SESSION).int32(NO_SESSION_EPOCH)
  fields.int32(topics.length)
  for (const { topic, partitions } of topics) {
    fields.text(topic).int32(partitions.length)
    for (const each of partitions) {
      fields.int32(each.partition)
      if (version >= 9) fields.int32(NO_LEADER_EPOCH)
      fields.int64(each.fetch_offset)
      if (version >= 5) fields.int64(NO_LOG_START)
      fields.int32(each.bytes_max)
    }
  }
  if (version >= 7) fields.int32(0)
  if (version >= 11) fields.text('')
  return fields.done()
}
