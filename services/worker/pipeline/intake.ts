/**
 * The way of a run through the worker: slice → scan → processors → splice → lanes → gate.
 *
 * A slice is worked on synchronously. Only when answers are missing does it wait: for one lookup of all its missing keys,
 * after which it is scanned again, because a view lives no longer than the turn it was made in. Meanwhile other
 * partitions go on; within a partition runs are strictly one after the other.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { ConsumerHandler } from '#/core/bus.ts'
import { keyText } from '#/core/keys.ts'
import type { Answer, Owners } from '#/core/owners.ts'
import type { Ports } from '#/core/ports.ts'
import type { Run } from '#/core/run.ts'
import type { Batch } from '../processors/processor.ts'
import { createDispatch, type DispatchOptions } from './dispatch.ts'
import type { Gate, Ticket } from './gate.ts'
import { createJudge, type Judge, type JudgeOptions, type ObservedMessage } from './judge.ts'
import type { Lag } from './lag.ts'
import { countParts } from './parts.ts'
import type { Quota } from './quota.ts'
import { slicesOf, type Slice } from './slice.ts'
import type { Tally } from './tally.ts'

/** How runs are judged. Another way can take its place while others are at work. */
export interface Judging extends Pick<JudgeOptions, 'lanes' | 'drop_non_calls'> {
  /** Tells which lane a value belongs to. */
  readonly laneOf: (bytes: Buffer, start: number, end: number) => number
  /** In flight per partition. */
  readonly partition_bytes_max: number
  /** Those that the processors of the lanes ask. */
  readonly owners: Owners
}

export type IntakeOptions = Judging & Omit<JudgeOptions, keyof Judging> & DispatchOptions

export interface Intake extends ConsumerHandler {
  /**
   * Runs that begin from now on are judged in the new way; those at work end in the old one. Resolves when the last of them
   * has.
   */
  swap(judging: Judging): Promise<void>
}

export interface IntakeDeps extends Ports {
  readonly gate: Gate
  readonly quota: Quota
  readonly tally: Tally
  readonly lag: Lag
  /** A bug or a client that gave up: the worker cannot go on. */
  readonly onFailure: (error: unknown) => void
  /** Called whenever a fate became known. */
  readonly onProgress: () => void
  /** Called before partitions are given up. */
  readonly onRevoking: () => void
  /** Sees what became of every message, in the order of the log. For the command line, not for the hot path. */
  readonly onObserved?: (message: ObservedMessage) => void
  /** Is shown each slice after it was judged; the run is kept until it is done. */
  readonly shadow?: Shadow | undefined
}

export interface Shadow {
  compare(run: Run, slice: Slice, live: readonly ObservedMessage[]): Promise<void>
}

/** A way of judging that is in force, or that some runs still end in. */
interface Active extends Judging {
  readonly judge: Judge
  runs: number
  readonly idle: PromiseWithResolvers<void>
}

/**
 * Rounds of lookups per slice: deciding keys, then the hints of what stayed without an owner; and, while a directory is
 * away, keys that memory still answered in the round before. Every round answers its keys for good. What is missing after
 * the last one counts as unavailable, so that its events are unresolved and the slice comes to an end.
 */
const LOOKUP_ROUNDS_MAX = 64
const UNAVAILABLE: Answer = { state: 'unavailable', bindings: [], good_until_ms: 0 }

export function createIntake(options: IntakeOptions, deps: IntakeDeps): Intake {
  const { gate, quota, clock, shadow } = deps
  /** What became of the messages of the slice that was judged last, for the shadow. */
  const seen: ObservedMessage[] = []
  const onObserved =
    shadow === undefined ? deps.onObserved : (message: ObservedMessage) => void seen.push(message)
  let active = activate(options)
  const dispatch = createDispatch(options, deps)
  const out_of_range = deps.meter.counter('whosecall_out_of_range_messages_total')
  const rebalances = deps.meter.counter('whosecall_rebalances_total')
  const limits_hit = deps.meter.counter('whosecall_limits_hit_total')
  const duration = deps.meter.histogram('whosecall_batch_duration_seconds')

  function activate(judging: Judging): Active {
    const judge = createJudge({ ...options, ...judging }, deps.tally, onObserved)
    return { ...judging, judge, runs: 0, idle: Promise.withResolvers() }
  }

  function leave(left: Active): void {
    left.runs -= 1
    if (left.runs === 0 && left !== active) left.idle.resolve()
  }

  async function onRun(run: Run, epoch: number): Promise<void> {
    const current = active
    current.runs += 1
    try {
      await takeRun(run, epoch, current)
    } catch (error) {
      deps.onFailure(error)
      throw error
    } finally {
      leave(current)
    }
  }

  async function takeRun(run: Run, epoch: number, current: Active): Promise<void> {
    const id = { topic: run.topic, partition: run.partition }
    const next_offset = run.offsets[run.count - 1]! + 1
    const rest = gate.open(id, run.count, next_offset, epoch)
    if (rest === undefined) {
      run.release()
      return
    }
    deps.lag.onRead(id, next_offset, run.timestamps[run.count - 1]!)
    const name = `${run.topic}/${run.partition}`
    const slices = countParts(() => run.release())
    for (const slice of slicesOf(run, (m) => laneOf(current, run, m))) {
      if (rest.released) break
      slices.add()
      quota.take(name, slice.value_bytes)
      const end = slice.first + slice.count
      const ticket = gate.takePart(rest, slice.count, run.offsets[end - 1]! + 1)
      const seen_now = await work(current, run, slice, ticket, () => {
        quota.give(name, slice.value_bytes)
        slices.done()
      })
      if (shadow !== undefined) await shadow.compare(run, slice, seen_now)
      await quota.room(name, current.partition_bytes_max)
      if (end < run.count) await nextTurn()
    }
    slices.done()
  }

  function laneOf(current: Active, run: Run, message: number): number {
    const start = run.value_starts[message]!
    return start < 0 ? 0 : current.laneOf(run.bytes, start, run.value_ends[message]!)
  }

  async function work(
    { judge, owners }: Active,
    run: Run,
    slice: Slice,
    ticket: Ticket,
    done: () => void,
  ): Promise<readonly ObservedMessage[]> {
    const started = clock.now()
    const found = new Map<string, Answer>()
    let answers: Batch['answers'] = found
    for (let round = 1; ; round += 1) {
      const step = judge(run, slice, answers)
      if (step.missing.length === 0) {
        duration.observe((clock.now() - started) / 1000)
        const seen_now = seen.splice(0)
        dispatch(run, slice, ticket, step, () => {
          step.release()
          done()
        })
        return seen_now
      }
      if (answers !== found) throw new Error('a processor asks for keys that it was given')
      if (round > LOOKUP_ROUNDS_MAX) {
        giveUpLookups(step.missing.length)
        answers = { get: (key) => found.get(key) ?? UNAVAILABLE }
        continue
      }
      const looked_up = await owners.lookup(step.missing)
      for (const [index, key] of step.missing.entries()) found.set(keyText(key), looked_up[index]!)
      if (ticket.released) {
        done()
        return []
      }
    }
  }

  function giveUpLookups(keys: number): void {
    limits_hit.add(1, { limit: 'lookup_rounds' })
    deps.logger.warn(
      { keys, rounds: LOOKUP_ROUNDS_MAX },
      'a batch needed ever more lookups; the keys that are left count as unavailable in it',
    )
  }

  return {
    swap(judging) {
      const left = active
      active = activate(judging)
      if (left.runs === 0) left.idle.resolve()
      return left.idle.promise
    },
    onRun,
    onSkipped(id, next_offset, epoch) {
      gate.skip(id, next_offset, epoch)
      deps.lag.onSkipped(id, next_offset)
    },
    onBegun: (position) => deps.lag.onBegun(position, position.offset),
    onAssigned(partitions, epoch) {
      rebalances.add(1)
      gate.assign(partitions, epoch)
    },
    onRevoked(partitions) {
      // What has its fate may still be committed in time; the rest is read again by the next owner.
      deps.onRevoking()
      gate.revoke(partitions)
      deps.lag.onRevoked(partitions)
    },
    onEnd: (id, end) => deps.lag.onEnd(id, end),
    onOutOfRange(id, from, to) {
      deps.lag.onSkipped(id, to)
      out_of_range.add(Math.max(0, to - from))
      deps.logger.error(
        { ...id, lost_from: from, lost_to: to },
        'messages were deleted before they were read: they are lost',
      )
    },
    onFailure: deps.onFailure,
  }
}
