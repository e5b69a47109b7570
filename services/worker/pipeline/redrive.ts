/**
 * Reads the dead-letter topic up to where it ended at the start and sends the letters of one reason back. What this
 * makes the worker write to the dead-letter topic again lies behind that end, so a run cannot chase its own tail; and the
 * attempt in the headers grows until a message stays.
 */
import type { Bus, ConsumerHandler, Position, Producer } from '#/core/bus.ts'
import type { Deadline } from '#/core/component.ts'
import { WhosecallError } from '#/core/errors.ts'
import type { Clock } from '#/core/ports.ts'
import type { OutgoingMessage, Run } from '#/core/run.ts'
import type { DeadLetterReason } from '#/core/words.ts'
import { HEADERS, readCoordinates } from './dead-letters.ts'

/** No letter for this long, after the group was joined, means that the rest is gone. */
const QUIET_MS = 15_000

export interface RedriveOptions {
  readonly bus: Bus
  readonly clock: Clock
  readonly reason: DeadLetterReason
  readonly dead_letter_topic: string
  /** Where letters from this topic go; `undefined`: nowhere. */
  readonly topicFor: (topic: string) => string | undefined
  readonly dry_run: boolean
  readonly messages_max: number
  readonly rate_per_s: number
  readonly attempts_max: number
  readonly stop: AbortSignal
  readonly deadline: () => Deadline
}

export interface RedriveResult {
  readonly sent: number
  /** Were re-driven `attempts_max` times. */
  readonly exhausted: number
  /** Came from a topic whose receiver has no re-drive topic, or say not where they came from. */
  readonly unroutable: number
}

export async function redriveReason(options: RedriveOptions): Promise<RedriveResult> {
  const { bus, dead_letter_topic: topic, reason } = options
  const group_id = `whosecall-redrive-${reason}`
  const admin = await bus.admin().start()
  const ends = await admin.value.endOffsets(topic)
  const committed = await admin.value.committed(group_id, topic)
  const open = new Map(ends.filter(hasMore(committed)).map((end) => [end.partition, end.offset]))
  const partition_counts = new Map<string, number>()
  async function partitionsOf(name: string): Promise<number> {
    const known = partition_counts.get(name)
    if (known !== undefined) return known
    const count = (await admin.value.partitionCounts([name])).get(name)
    if (count === undefined)
      throw new WhosecallError(
        'dependency_unreachable',
        `the re-drive topic ${name} does not exist`,
      )
    partition_counts.set(name, count)
    return count
  }
  const counts = { sent: 0, exhausted: 0, unroutable: 0 }
  if (open.size === 0) {
    await admin.stop(options.deadline())
    return counts
  }
  const producer = await bus.producer().start()
  const finished = Promise.withResolvers<void>()
  const done = new Map<number, Position>()
  const over = new AbortController()
  let epoch = 0
  let last_read_ms = options.clock.now()

  function isOver(): boolean {
    return open.size === 0 || counts.sent >= options.messages_max || options.stop.aborted
  }

  function reached(partition: number, next_offset: number): void {
    done.set(partition, { topic, partition, offset: next_offset })
    if (next_offset >= (open.get(partition) ?? 0)) open.delete(partition)
    if (isOver()) finished.resolve()
  }

  async function onRun(run: Run): Promise<void> {
    const end = open.get(run.partition)
    last_read_ms = options.clock.now()
    for (let m = 0; m < run.count; m += 1) {
      if (end === undefined || run.offsets[m]! >= end || isOver()) break
      const message = await letterOf(run, m)
      if (message !== undefined) {
        if (!options.dry_run) await send(producer.value, message, options)
        counts.sent += 1
      }
      reached(run.partition, run.offsets[m]! + 1)
    }
    if (run.count > 0 && run.offsets[run.count - 1]! >= (end ?? 0)) reached(run.partition, end ?? 0)
    run.release()
  }

  async function letterOf(run: Run, m: number): Promise<OutgoingMessage | undefined> {
    const headers = run.headers[m]
    const stated = headers?.findLast((header) => header.name === HEADERS.reason)?.value?.toString()
    if (stated !== reason) return undefined
    const at = readCoordinates(headers)
    const target = at && options.topicFor(at.topic)
    if (at === undefined || target === undefined) {
      counts.unroutable += 1
      return undefined
    }
    if (at.attempt >= options.attempts_max) {
      counts.exhausted += 1
      return undefined
    }
    const attempt = { name: HEADERS.attempt, value: Buffer.from(String(at.attempt + 1)) }
    return {
      topic: target,
      partition: at.partition % (await partitionsOf(target)),
      key: range(run, run.key_starts[m]!, run.key_ends[m]!),
      value: range(run, run.value_starts[m]!, run.value_ends[m]!),
      headers: [...(headers ?? []).filter(({ name }) => name !== HEADERS.attempt), attempt],
      timestamp: options.clock.now(),
    }
  }

  /** Letters that retention has deleted are never read: after a quiet time there is nothing more to come. */
  async function watchQuiet(): Promise<void> {
    while (!over.signal.aborted && options.clock.now() - last_read_ms < QUIET_MS)
      await options.clock.sleep(500, over.signal)
    finished.resolve()
  }

  const handler: ConsumerHandler = {
    onRun,
    onSkipped: (id, next_offset) => reached(id.partition, next_offset),
    onAssigned: (_, new_epoch) => (epoch = new_epoch),
    onBegun() {},
    onRevoked() {},
    onEnd() {},
    onOutOfRange() {},
    onFailure: finished.reject,
  }
  const consumer = await bus
    .consumer({ group_id, topics: [topic], initial_offset: 'earliest', handler })
    .start()
  options.stop.addEventListener('abort', () => finished.resolve(), { once: true })
  void watchQuiet()
  try {
    await finished.promise
    await consumer.value.halt()
    if (!options.dry_run) await consumer.value.commit([...done.values()], epoch)
  } finally {
    over.abort()
    await consumer.stop(options.deadline())
    await producer.stop(options.deadline())
    await admin.stop(options.deadline())
  }
  return counts
}

function hasMore(committed: readonly Position[]): (end: Position) => boolean {
  const from = new Map(committed.map((position) => [position.partition, position.offset]))
  return (end) => end.offset > Math.max(0, from.get(end.partition) ?? 0)
}

async function send(
  producer: Producer,
  message: OutgoingMessage,
  { clock, rate_per_s, stop }: RedriveOptions,
): Promise<void> {
  for (;;) {
    const result = await producer.send([message])
    if (result.type === 'delivered') break
    if (result.type === 'rejected')
      throw new WhosecallError(
        'dependency_unreachable',
        `topic ${message.topic} refuses a message: ${result.messages[0]?.reason}`,
      )
    await clock.sleep(Math.max(100, result.after_ms), stop)
    if (stop.aborted) return
  }
  if (rate_per_s !== Infinity) await clock.sleep(1000 / rate_per_s, stop)
}

function range(run: Run, start: number, end: number): Buffer | null {
  return start < 0 ? null : run.bytes.subarray(start, end)
}
