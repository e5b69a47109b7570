import type { Header, Run } from '#/core/run.ts'

/**
 * The log of one partition of the in-process bus: messages with offsets that only grow. Offsets may be skipped (as
 * compaction and control records do) and the oldest messages go when the log holds more than its bytes.
 */

export interface MemoryMessage {
  readonly key: Buffer | null
  readonly value: Buffer | null
  /** In order; names may repeat. */
  readonly headers?: readonly Header[] | undefined
  /** Epoch milliseconds. */
  readonly timestamp: number
}

export interface StoredMessage extends MemoryMessage {
  readonly offset: number
}

export interface LogLimits {
  /** Messages beyond this are dropped from the old end. */
  readonly retained_bytes_max: number
  readonly run_bytes_max: number
  readonly run_messages_max: number
  /** Overwrites the bytes of a run when it is released, so that a test sees who still reads them. */
  readonly poison: boolean
}

export interface PartitionLog {
  append(message: MemoryMessage): number
  /** Leaves a gap of offsets. */
  skip(count: number): void
  /** Forgets what lies below `offset`. */
  expire(offset: number): void
  /** The lowest offset that may still be read, and the one that the next message gets. */
  start(): number
  end(): number
  /** Messages from `offset` on as one run, or undefined when there are none. */
  run(of: {
    readonly topic: string
    readonly partition: number
    readonly offset: number
  }): Run | undefined
  messages(): readonly StoredMessage[]
}

export function createPartitionLog(limits: LogLimits): PartitionLog {
  let messages: StoredMessage[] = []
  /** Messages before it were dropped; the array is cut when they are half of it. */
  let head = 0
  let start_offset = 0
  let end_offset = 0
  let retained_bytes = 0

  function dropOldest(): void {
    const oldest = messages[head]
    if (oldest === undefined) return
    retained_bytes -= sizeOf(oldest)
    start_offset = oldest.offset + 1
    head++
    if (head > 1024 && head * 2 > messages.length) {
      messages = messages.slice(head)
      head = 0
    }
  }

  return {
    append(message) {
      const stored = { ...message, offset: end_offset++ }
      messages.push(stored)
      retained_bytes += sizeOf(stored)
      while (retained_bytes > limits.retained_bytes_max && messages.length - head > 1) dropOldest()
      return stored.offset
    },
    skip(count) {
      end_offset += count
    },
    expire(offset) {
      while ((messages[head]?.offset ?? Infinity) < offset) dropOldest()
      start_offset = Math.max(start_offset, Math.min(offset, end_offset))
    },
    start: () => start_offset,
    end: () => end_offset,
    run({ topic, partition, offset }) {
      const from = firstAtOrAfter(messages, head, offset)
      const taken = takeRun(messages, from, limits)
      if (taken.length === 0) return undefined
      return buildRun(topic, partition, taken, limits.poison)
    },
    messages: () => messages.slice(head),
  }
}

function firstAtOrAfter(messages: readonly StoredMessage[], head: number, offset: number): number {
  let low = head
  let high = messages.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((messages[middle]?.offset ?? Infinity) < offset) low = middle + 1
    else high = middle
  }
  return low
}

function takeRun(
  messages: readonly StoredMessage[],
  from: number,
  limits: LogLimits,
): readonly StoredMessage[] {
  let bytes = 0
  let end = from
  while (end < messages.length && end - from < limits.run_messages_max) {
    const message = messages[end]
    if (message === undefined) break
    bytes += sizeOf(message)
    if (bytes > limits.run_bytes_max && end > from) break
    end++
  }
  return messages.slice(from, end)
}

function buildRun(
  topic: string,
  partition: number,
  messages: readonly StoredMessage[],
  poison: boolean,
): Run {
  const count = messages.length
  const bytes = Buffer.allocUnsafeSlow(messages.reduce((sum, each) => sum + sizeOf(each), 0))
  let at = 0
  const copy = (from: Buffer): Buffer => {
    from.copy(bytes, at)
    at += from.length
    return bytes.subarray(at - from.length, at)
  }
  const offsets = new Float64Array(count)
  const timestamps = new Float64Array(count)
  const ranges = () => new Int32Array(count).fill(-1)
  const [value_starts, value_ends, key_starts, key_ends] = [ranges(), ranges(), ranges(), ranges()]
  const headers = messages.map((message, i) => {
    offsets[i] = message.offset
    timestamps[i] = message.timestamp
    if (message.key !== null) {
      key_starts[i] = at
      copy(message.key)
      key_ends[i] = at
    }
    if (message.value !== null) {
      value_starts[i] = at
      copy(message.value)
      value_ends[i] = at
    }
    return message.headers?.map(({ name, value }) => ({
      name,
      value: value === null ? null : copy(value),
    }))
  })
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
    release: () => {
      if (poison) bytes.fill(0xdb)
    },
  }
}

/** Bytes of key, value and header values. */
export function sizeOf(message: MemoryMessage): number {
  let bytes = (message.key?.length ?? 0) + (message.value?.length ?? 0)
  for (const header of message.headers ?? []) bytes += header.value?.length ?? 0
  return bytes
}
