/** Messages of a topic for a capture, by offset: the last ones, those since a time, or those from an offset on. */
import type { Admin, Position, Reader } from '#/core/bus.ts'
import { WhosecallError } from '#/core/errors.ts'
import type { Run } from '#/core/run.ts'
import { createDeadline } from '#/telemetry/index.ts'
import type { ObservedMessage } from '#/worker/pipeline/judge.ts'
import { connectKafka } from '../connect.ts'
import { decide, type MakeOptions, type Taken } from './make.ts'

export interface Wanted {
  readonly topic: string
  readonly limit: number
  readonly partition: number | undefined
  readonly offset: number | undefined
  /** Epoch milliseconds. */
  readonly since_ms: number | undefined
  /** Empty: all messages. */
  readonly reasons: readonly string[]
}

/** How many messages are looked at for one that is wanted, and how many bytes of them are held. */
const LOOKED_AT_MAX = 100_000
const HELD_BYTES_MAX = 67_108_864

export async function takeFromTopic(
  wanted: Wanted,
  options: MakeOptions,
  stop: AbortSignal,
): Promise<readonly Taken[]> {
  const { route, ports } = options
  const bus = connectKafka(ports)(route.receiver, { compression: 'none' })
  const admin = await bus.admin().start()
  const reader = await bus
    .reader()
    .start()
    .catch(async (error: unknown) => {
      await admin.stop(createDeadline(ports.clock, 1000))
      throw error
    })
  try {
    const ends = await endsOf(admin.value, wanted)
    return await takeAll(reader.value, ends, wanted, options, stop)
  } finally {
    await reader.stop(createDeadline(ports.clock, 1000))
    await admin.stop(createDeadline(ports.clock, 1000))
  }
}

async function endsOf(admin: Admin, { topic, partition }: Wanted): Promise<readonly Position[]> {
  const counts = await admin.partitionCounts([topic])
  if (counts.get(topic) === undefined)
    throw new WhosecallError('dependency_unreachable', `Kafka has no topic ${topic}`)
  const ends = await admin.endOffsets(topic)
  if (partition === undefined) return ends
  const own = ends.filter((end) => end.partition === partition)
  if (own.length > 0) return own
  throw new WhosecallError('usage', `topic ${topic} has ${ends.length} partitions, from 0`)
}

async function takeAll(
  reader: Reader,
  ends: readonly Position[],
  wanted: Wanted,
  options: MakeOptions,
  stop: AbortSignal,
): Promise<readonly Taken[]> {
  const taken: Taken[] = []
  const state = { left: LOOKED_AT_MAX, bytes: 0 }
  for (const [index, end] of ends.entries()) {
    // Of several partitions each gives its part; what one has too little of, the next ones may give.
    const share = Math.ceil((wanted.limit - taken.length) / (ends.length - index))
    let from = await beginningOf(reader, end, wanted, share)
    let had = 0
    while (had < share && from < end.offset && state.left > 0 && !stop.aborted) {
      const run = await reader.read({ ...end, offset: from })
      if (run === undefined) break
      from = run.offsets[run.count - 1]! + 1
      state.left -= run.count
      const some = messagesOf(run).filter(
        ({ offset, timestamp }) =>
          offset < end.offset && (wanted.since_ms === undefined || timestamp >= wanted.since_ms),
      )
      for (const message of (await chosen(some, wanted, options)).slice(0, share - had)) {
        state.bytes += message.value?.length ?? 0
        if (state.bytes > HELD_BYTES_MAX) return taken
        taken.push(message)
        had += 1
      }
    }
  }
  return taken
}

/** Where reading begins; the end where there is nothing to read. */
async function beginningOf(
  reader: Reader,
  { topic, partition, offset: end }: Position,
  wanted: Wanted,
  share: number,
): Promise<number> {
  const { since_ms, reasons } = wanted
  // A filter finds what it wants further back than the last messages.
  const back = since_ms !== undefined ? end : reasons.length > 0 ? LOOKED_AT_MAX : share
  const isIn = async (offset: number): Promise<boolean> => {
    const run = await reader.read({ topic, partition, offset })
    return run !== undefined && (since_ms === undefined || run.timestamps[0]! >= since_ms)
  }
  // What is gone, or too old, comes before what is not: the edge is found by halving.
  let low = wanted.offset ?? Math.max(0, end - back)
  if (low >= end || (await isIn(low))) return low
  let high = end
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (await isIn(middle)) high = middle
    else low = middle
  }
  return high
}

function messagesOf(run: Run): readonly Taken[] {
  return Array.from({ length: run.count }, (_, i): Taken => {
    const start = run.value_starts[i]!
    return {
      topic: run.topic,
      partition: run.partition,
      offset: run.offsets[i]!,
      timestamp: run.timestamps[i]!,
      key: run.key_starts[i]! >= 0,
      headers: (run.headers[i] ?? []).map(({ name }) => name),
      value: start < 0 ? null : Buffer.from(run.bytes.subarray(start, run.value_ends[i])),
    }
  })
}

async function chosen(
  messages: readonly Taken[],
  { reasons }: Wanted,
  { route, owners, ports }: MakeOptions,
): Promise<readonly Taken[]> {
  if (reasons.length === 0) return messages
  const decided = await decide(route, owners, messages, ports)
  return messages.filter((_, index) => hasReason(decided[index]!, reasons))
}

function hasReason({ code, decisions }: ObservedMessage, reasons: readonly string[]): boolean {
  const own = [code, ...decisions.map(({ reason }) => reason)]
  return own.some((reason) => reason !== undefined && reasons.includes(reason))
}
