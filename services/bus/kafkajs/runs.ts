import type { KafkaMessage } from 'kafkajs'
import type { Header, Run } from '#/core/run.ts'
import { unreadableReason } from '../codecs/record-set.ts'
import { incomingHeaders } from './headers.ts'

/**
 * Runs from the messages of kafkajs, without copying: its keys and values are views into the response (or into what a
 * codec returned), so neighbours that share one underlying buffer make one run of ranges in it.
 */

export type RunsOf = (
  topic: string,
  partition: number,
  messages: readonly KafkaMessage[],
) => readonly Run[]

export function runsOf(
  topic: string,
  partition: number,
  messages: readonly KafkaMessage[],
): readonly Run[] {
  const runs: Run[] = []
  let start = 0
  while (start < messages.length) {
    const end = endOfRun(messages, start)
    runs.push(buildRun(topic, partition, messages.slice(start, end)))
    start = end
  }
  return runs
}

function endOfRun(messages: readonly KafkaMessage[], start: number): number {
  const first = messages[start]
  if (first === undefined) return start + 1
  const reason = unreadableReason(first.key)
  let memory = memoryOf(first)
  let end = start + 1
  for (; end < messages.length; end++) {
    const message = messages[end]
    if (message === undefined || unreadableReason(message.key) !== reason) break
    const own = memoryOf(message)
    if (own !== undefined && memory !== undefined && own !== memory) break
    memory ??= own
  }
  return end
}

/** What the bytes of a message lie in; undefined for one without any. */
function memoryOf(message: KafkaMessage): ArrayBufferLike | undefined {
  return (message.value ?? message.key)?.buffer
}

function buildRun(topic: string, partition: number, messages: readonly KafkaMessage[]): Run {
  const count = messages.length
  const memory = messages.map(memoryOf).find((each) => each !== undefined)
  const bytes = memory === undefined ? Buffer.alloc(0) : Buffer.from(memory)
  const ranges = (): Int32Array => new Int32Array(count).fill(-1)
  const offsets = new Float64Array(count)
  const timestamps = new Float64Array(count)
  const [value_starts, value_ends, key_starts, key_ends] = [ranges(), ranges(), ranges(), ranges()]
  const headers: (readonly Header[] | undefined)[] = []
  const unreadable = unreadableReason(messages[0]?.key ?? null)
  for (let i = 0; i < count; i++) {
    const message = messages[i]
    if (message === undefined) break
    const { key, value } = message
    offsets[i] = Number(message.offset)
    timestamps[i] = Number(message.timestamp)
    if (value !== null) {
      value_starts[i] = value.byteOffset
      value_ends[i] = value.byteOffset + value.length
    }
    if (key !== null && unreadable === undefined) {
      key_starts[i] = key.byteOffset
      key_ends[i] = key.byteOffset + key.length
    }
    headers.push(incomingHeaders(message.headers, key, value))
  }
  return {
    topic,
    partition,
    count,
    bytes,
    offsets,
    timestamps,
    value_starts,
    value_ends,
    key_starts,
    key_ends,
    headers,
    ...(unreadable === undefined ? {} : { unreadable }),
    // The garbage collector takes the response when the last run of it is gone.
    release: () => {},
  }
}
