/**
 * Reads the dead-letter topic up to where it ended at the start and sends the letters of one reason back. What this
 * makes the worker write to the dead-letter topic again lies behind that end, so a run cannot chase its own tail; and the
 * attempt in the headers grows until a message stays.
 *
 * Progress is kept in a consumer group per reason as the run goes, so after a kill little is sent again. A letter that
 * stays is found by the next run. Letters are handled one after another, whatever partitions they are in: so the limit
 * and the rate are those of the run.
 */
import type { Admin, Bus, Consumer, ConsumerHandler, PartitionId } from '#/core/bus.ts'
import type { Deadline } from '#/core/component.ts'
import type { Clock, Logger } from '#/core/ports.ts'
import type { Run } from '#/core/run.ts'
import type { DeadLetterReason } from '#/core/words.ts'
import { createRedriveBook, type RedriveBook } from './redrive-book.ts'
import { createLetters, type RedriveLetters, type RedriveResult } from './redrive-letters.ts'
import { createRedriveSender } from './redrive-sender.ts'

export type { RedriveResult }

/** No letter for this long, after the group was joined, means that the rest is gone. */
const QUIET_MS = 15_000
const TICK_MS = 500
/** How long the run after a killed one has to wait for the partitions. */
const SESSION_TIMEOUT_MS = 10_000
/** Progress is committed after so much time or so many letters, whichever comes first. */
const SAVE_INTERVAL_MS = 2_000
const SAVE_EVERY = 100

export interface RedriveOptions {
  readonly bus: Bus
  readonly clock: Clock
  readonly logger: Logger
  readonly reason: DeadLetterReason
  readonly dead_letter_topic: string
  /** Where letters from this topic go; `undefined`: nowhere. */
  readonly topicFor: (topic: string) => string | undefined
  readonly dry_run: boolean
  /** How many are sent at most; what stays does not count. */
  readonly messages_max: number
  readonly rate_per_s: number
  readonly attempts_max: number
  readonly stop: AbortSignal
  readonly deadline: () => Deadline
}

export async function redriveReason(options: RedriveOptions): Promise<RedriveResult> {
  const { bus, deadline, dead_letter_topic: topic } = options
  const admin = await bus.admin().start()
  const producer = options.dry_run ? undefined : await bus.producer().start()
  const over = new AbortController()
  const signal = AbortSignal.any([over.signal, options.stop])
  try {
    const sender = producer && { producer: producer.value, admin: admin.value, signal }
    const letters = createLetters(options, sender && createRedriveSender({ ...options, ...sender }))
    const ends = await unreadEnds(admin.value, groupOf(options), topic)
    if (ends.size > 0) await redrive(options, { admin: admin.value, ends, letters, over, signal })
    return letters.counts
  } finally {
    await producer?.stop(deadline())
    await admin.stop(deadline())
  }
}

function groupOf({ reason }: RedriveOptions): string {
  return `whosecall-redrive-${reason}`
}

/** Where reading ends, for each partition that has something beyond the commit of the group. */
async function unreadEnds(
  admin: Admin,
  group_id: string,
  topic: string,
): Promise<ReadonlyMap<number, number>> {
  const committed = await admin.committed(group_id, topic)
  const from = new Map(committed.map(({ partition, offset }) => [partition, offset]))
  const ends = await admin.endOffsets(topic)
  return new Map(
    ends
      .filter(({ partition, offset }) => offset > 0 && offset !== from.get(partition))
      .map(({ partition, offset }) => [partition, offset]),
  )
}

interface Work {
  readonly admin: Admin
  readonly ends: ReadonlyMap<number, number>
  readonly letters: RedriveLetters
  /** Ends the run from inside. */
  readonly over: AbortController
  /** That, or the stop from outside. */
  readonly signal: AbortSignal
}

async function redrive(options: RedriveOptions, work: Work): Promise<void> {
  const { admin, ends, over, signal } = work
  const { clock, dead_letter_topic: topic } = options
  const group_id = groupOf(options)
  const finished = Promise.withResolvers<void>()
  const book = createRedriveBook({ ...options, group_id, topic, ends, admin })
  let consumer: Consumer | undefined
  const save = (): Promise<void> => book.save(consumer).catch(() => {})
  const reading = createReading(options, work, { book, save, finished })

  async function tick(): Promise<void> {
    for (let ticks = 1; !signal.aborted; ticks += 1) {
      await clock.sleep(TICK_MS, signal)
      if (reading.quiet_ms() >= QUIET_MS) finished.resolve()
      if (ticks % (SAVE_INTERVAL_MS / TICK_MS) === 0) await save()
    }
  }

  const started = await options.bus
    .consumer({
      group_id,
      topics: [topic],
      initial_offset: 'earliest',
      session_timeout_ms: SESSION_TIMEOUT_MS,
      handler: reading.handler,
    })
    .start()
  consumer = started.value
  options.stop.addEventListener('abort', () => finished.resolve(), { once: true })
  if (options.stop.aborted) finished.resolve()
  const ticking = tick()
  try {
    await finished.promise
    over.abort()
    await consumer.halt()
    await reading.ended()
    await book.saveAtLast(consumer)
  } catch (error) {
    over.abort()
    await reading.ended()
    await save()
    throw error
  } finally {
    await ticking
    await started.stop(options.deadline())
  }
}

interface Reading {
  readonly handler: ConsumerHandler
  /** How long there has been nothing to do. */
  quiet_ms(): number
  /** Resolves when the letter that is in hand has its fate. */
  ended(): Promise<void>
}

function createReading(
  { clock, logger, messages_max }: RedriveOptions,
  { ends, letters, signal }: Work,
  { book, save, finished }: Hands,
): Reading {
  /** What is still to be read. */
  const open = new Map(ends)
  const { counts } = letters
  let epoch = 0
  let saved = 0
  let turn: Promise<void> = Promise.resolve()
  let in_hand = 0
  let last_ms = clock.now()

  function mayGoOn(at_epoch: number): boolean {
    const is_over = signal.aborted || open.size === 0 || counts.sent >= messages_max
    return !is_over && at_epoch === epoch
  }

  function reach(partition: number, next_offset: number): void {
    book.reach(partition, next_offset)
    if (next_offset >= (open.get(partition) ?? 0)) open.delete(partition)
  }

  async function take(run: Run, at_epoch: number): Promise<void> {
    const { partition } = run
    const end = open.get(partition)
    if (end === undefined || !mayGoOn(at_epoch)) return
    const of = { progress: await book.progressOf(partition), isOurs: () => at_epoch === epoch }
    for (let m = 0; m < run.count && mayGoOn(at_epoch); m += 1) {
      const offset = run.offsets[m]!
      if (offset >= end) return reach(partition, end)
      const fate = await letters.handle(run, m, of)
      if (fate === 'stopped') return
      if (fate === 'no_room') {
        logger.warn({ partition, offset }, NO_ROOM)
        open.delete(partition)
        return
      }
      reach(partition, offset + 1)
      if (counts.sent - saved < SAVE_EVERY) continue
      saved = counts.sent
      await save()
    }
  }

  /** One after another. */
  function inTurn(work: () => Promise<void>): Promise<void> {
    in_hand += 1
    turn = after(turn, work)
    return turn
  }

  async function after(before: Promise<void>, work: () => Promise<void>): Promise<void> {
    await before
    await work().catch(finished.reject)
    in_hand -= 1
    last_ms = clock.now()
    if (!mayGoOn(epoch)) finished.resolve()
  }

  function nothingBelow({ partition }: PartitionId, next_offset: number, at_epoch: number): void {
    void inTurn(async () => {
      if (!open.has(partition) || !mayGoOn(at_epoch)) return
      await book.progressOf(partition)
      reach(partition, next_offset)
    })
  }

  return {
    quiet_ms: () => (in_hand > 0 ? 0 : clock.now() - last_ms),
    ended: () => turn,
    handler: {
      onRun: (run, at_epoch) => inTurn(() => take(run, at_epoch)).then(() => run.release()),
      onSkipped: nothingBelow,
      onAssigned(_, new_epoch) {
        epoch = new_epoch
        book.assigned(new_epoch)
        last_ms = clock.now()
      },
      // What this run has done so far is in time for whoever gets the partition next.
      onRevoked: () => void save(),
      // What was deleted before it could be read is nothing to wait for.
      onBegun: (position, at_epoch) => nothingBelow(position, position.offset, at_epoch),
      onEnd() {},
      onOutOfRange() {},
      onFailure: finished.reject,
    },
  }
}

interface Hands {
  readonly book: RedriveBook
  save(): Promise<void>
  readonly finished: PromiseWithResolvers<void>
}

const NO_ROOM =
  'more different letters stay than can be remembered, so the partition is read no further; give their topics a redrive_topic'
