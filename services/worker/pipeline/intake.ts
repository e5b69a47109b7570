/**
 * The way of a run through the worker: slice → scan → processors → splice → lanes → gate.
 *
 * A slice is worked on synchronously. Only when answers are missing does it wait: for one lookup of all its missing keys,
 * after which it is scanned again, because a view lives no longer than the turn it was made in. Meanwhile other
 * partitions go on; within a partition runs are strictly one after the other.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { ConsumerHandler } from '#/core/bus.ts'
import type { Decision } from '#/core/decision.ts'
import type { Answer, Key, Owners } from '#/core/owners.ts'
import { keyText } from '#/core/keys.ts'
import type { Ports } from '#/core/ports.ts'
import type { Header, OutgoingMessage, Run } from '#/core/run.ts'
import type { Format, View } from '#/core/view.ts'
import type { Class, DeadLetterReason, Fate, Stage } from '#/core/words.ts'
import type { Batch, Processor } from '../processors/processor.ts'
import {
  deadLetterMessage,
  isReservedHeader,
  readCoordinates,
  type Coordinates,
} from './dead-letters.ts'
import type { FateCounts, Gate, Ticket } from './gate.ts'
import type { Lag } from './lag.ts'
import type { Lane } from './lane.ts'
import type { Quota } from './quota.ts'
import { slicesOf, type Slice } from './slice.ts'
import { createEventTally, type EventTally, type Tally } from './tally.ts'

/** One encoding of a receiver: its format and the processors bound to that format's plan. */
export interface IntakeLane {
  readonly format: Format
  readonly processors: readonly Processor[]
}

export interface IntakeOptions {
  /** Stands first in the event id. */
  readonly origin: string
  readonly lanes: readonly IntakeLane[]
  /** Tells which lane a value belongs to. */
  readonly laneOf: (bytes: Buffer, start: number, end: number) => number
  readonly drop_non_calls: boolean
  /** In flight per partition. */
  readonly partition_bytes_max: number
  /** The one topic on which dead-letter headers are honoured. */
  readonly redrive_topic: string | undefined
  readonly output: { readonly topic: string; readonly partitions: number }
  readonly dead_letter: { readonly topic: string; readonly partitions: number }
}

export interface IntakeDeps extends Ports {
  readonly owners: Owners
  readonly gate: Gate
  readonly quota: Quota
  readonly tally: Tally
  readonly output: Lane
  readonly dead_letters: Lane
  readonly onFailure: (error: unknown) => void
  /** Sees what became of every message, in the order of the log. For the command line, not for the hot path. */
  readonly observe?: (message: ObservedMessage) => void
  /** Called before partitions are given up. */
  readonly onRevoking: () => void
  /** Called whenever a fate became known. */
  readonly onProgress: () => void
  readonly lag: Lag
}

export interface ObservedMessage {
  readonly offset: number
  readonly fate: Fate
  /** Dead-letter reason, or the class of a filtered message. */
  readonly code: DeadLetterReason | Class | undefined
  /** What leaves the worker; `undefined` unless published. */
  readonly value: Buffer | null | undefined
  /** One per event, in the order of the document; empty unless published. */
  readonly decisions: readonly Decision[]
}

/** What becomes of one message of a slice. */
type Verdict =
  | { readonly fate: 'published'; readonly value: Buffer | null }
  | { readonly fate: 'dead_lettered'; readonly reason: DeadLetterReason; readonly stage: Stage }
  | { readonly fate: 'filtered'; readonly code: Class }

/** Rounds of lookups per slice: deciding keys, then the hints of what stayed without an owner. */
const LOOKUP_ROUNDS_MAX = 4
const NO_ANSWERS: ReadonlyMap<string, Answer> = new Map()

export function createIntake(options: IntakeOptions, deps: IntakeDeps): ConsumerHandler {
  const { gate, quota, tally, owners, clock } = deps
  const out_of_range = deps.meter.counter('whosecall_out_of_range_messages_total')
  const rebalances = deps.meter.counter('whosecall_rebalances_total')
  const duration = deps.meter.histogram('whosecall_batch_duration_seconds')

  async function onRun(run: Run, epoch: number): Promise<void> {
    const id = { topic: run.topic, partition: run.partition }
    const next_offset = run.offsets[run.count - 1]! + 1
    const ticket = gate.open(id, run.count, next_offset, epoch)
    if (ticket === undefined) {
      run.release()
      return
    }
    deps.lag.onRead(id, next_offset, run.timestamps[run.count - 1]!)
    const name = `${run.topic}/${run.partition}`
    let slices_open = 1
    const sliceDone = () => {
      slices_open -= 1
      if (slices_open === 0) run.release()
    }
    for (const slice of slicesOf(run, (m) => laneOf(run, m))) {
      if (ticket.released) break
      slices_open += 1
      quota.take(name, slice.value_bytes)
      await work(run, slice, ticket, () => {
        quota.give(name, slice.value_bytes)
        sliceDone()
      })
      await quota.room(name, options.partition_bytes_max)
      if (slice.first + slice.count < run.count) await nextTurn()
    }
    sliceDone()
  }

  function laneOf(run: Run, message: number): number {
    const start = run.value_starts[message]!
    return start < 0 ? 0 : options.laneOf(run.bytes, start, run.value_ends[message]!)
  }

  async function work(run: Run, slice: Slice, ticket: Ticket, done: () => void): Promise<void> {
    const started = clock.now()
    let answers: Map<string, Answer> | undefined
    for (let round = 1; ; round += 1) {
      const step =
        run.unreadable === undefined
          ? process(run, slice, answers ?? NO_ANSWERS)
          : unreadable(run, slice)
      if (step.missing.length === 0) {
        duration.observe((clock.now() - started) / 1000)
        dispatch(run, slice, ticket, step, done)
        return
      }
      if (round > LOOKUP_ROUNDS_MAX) throw new Error('processors ask for ever more keys')
      const found = await owners.lookup(step.missing)
      answers ??= new Map()
      for (const [index, key] of step.missing.entries()) answers.set(keyText(key), found[index]!)
      if (ticket.released) return done()
    }
  }

  interface Step {
    readonly missing: readonly Key[]
    readonly verdicts: readonly Verdict[]
    readonly tally: EventTally
    /** Events of message m of the slice: `event_starts[m]` … `event_starts[m + 1] - 1`. */
    readonly event_starts: Int32Array
    readonly forged: number
  }

  function process(run: Run, slice: Slice, answers: ReadonlyMap<string, Answer>): Step {
    const lane = options.lanes[slice.lane]!
    const view = lane.format.scan(slice)
    const failures: (DeadLetterReason | undefined)[] = []
    for (let m = 0; m < slice.count; m += 1) failures.push(view.failure(m))
    const event_tally = createEventTally(view.event_count)
    const batch: Batch = {
      view,
      timestamp: (m) => coordinates(run, slice.first + m).timestamp,
      tally: event_tally,
      fail: (m, reason) => (failures[m] ??= reason),
      failure: (m) => failures[m],
      decisions: deps.observe === undefined ? undefined : [],
      answers,
    }
    const missing: Key[] = []
    for (const processor of lane.processors) missing.push(...processor(batch))
    const base = { missing, tally: event_tally, event_starts: view.event_starts }
    if (missing.length > 0) return { ...base, verdicts: [], forged: 0 }
    let forged = 0
    const verdicts: Verdict[] = []
    for (let m = 0; m < slice.count; m += 1) {
      forged += view.forged(m)
      const verdict = verdictOf(run, slice, view, m, failures[m], event_tally, lane.format)
      verdicts.push(verdict)
      observe(run, slice.first + m, verdict, view, m, batch.decisions)
    }
    return { ...base, event_starts: view.event_starts.slice(0, slice.count + 1), verdicts, forged }
  }

  function observe(
    run: Run,
    message: number,
    verdict: Verdict,
    view: View,
    m: number,
    decisions: Batch['decisions'],
  ): void {
    if (deps.observe === undefined) return
    const published = verdict.fate === 'published'
    const empty: readonly Decision[] = view.isEmpty(m) ? [{ class: 'empty' }] : []
    const events = decisions?.slice(view.event_starts[m]!, view.event_starts[m + 1]!) ?? []
    deps.observe({
      offset: run.offsets[message]!,
      fate: verdict.fate,
      code:
        verdict.fate === 'dead_lettered' ? verdict.reason : published ? undefined : verdict.code,
      value: published ? verdict.value : undefined,
      decisions: published ? [...empty, ...events.map((event) => event ?? {})] : [],
    })
  }

  function verdictOf(
    run: Run,
    slice: Slice,
    view: View,
    m: number,
    failure: DeadLetterReason | undefined,
    events: EventTally,
    format: Format,
  ): Verdict {
    if (slice.value_starts[m]! < 0) return { fate: 'filtered', code: 'tombstone' }
    if (failure !== undefined)
      return {
        fate: 'dead_lettered',
        reason: failure,
        stage: view.failure(m) === undefined ? 'process' : 'scan',
      }
    if (options.drop_non_calls) {
      const code = nonCall(view, m, events)
      if (code !== undefined) return { fate: 'filtered', code }
    }
    const at = coordinates(run, slice.first + m)
    const id_base = `${at.origin}/${at.topic}/${at.partition}/${at.offset}`
    return { fate: 'published', value: format.splice(view, m, id_base, String(at.timestamp)) }
  }

  /** The class when no event of the message is a call or has an outcome. */
  function nonCall(view: View, m: number, events: EventTally): Class | undefined {
    if (view.isEmpty(m)) return 'empty'
    let first: Class | undefined
    for (let event = view.event_starts[m]!; event < view.event_starts[m + 1]!; event += 1) {
      const kind = tally.kindOf(events.codes[event]!)
      if (kind.class === undefined || kind.class === 'usage_bucket') return undefined
      first ??= kind.class
    }
    return first
  }

  function unreadable(run: Run, slice: Slice): Step {
    const reason = run.unreadable ?? 'malformed'
    const verdict: Verdict = { fate: 'dead_lettered', reason, stage: 'receive' }
    return {
      missing: [],
      verdicts: Array<Verdict>(slice.count).fill(verdict),
      tally: createEventTally(0),
      event_starts: new Int32Array(slice.count + 1),
      forged: 0,
    }
  }

  /** Sends what a slice came to on its way; each part settles the ticket when it is acknowledged. */
  function dispatch(run: Run, slice: Slice, ticket: Ticket, step: Step, done: () => void): void {
    if (ticket.released) return done()
    const published: number[] = []
    const messages: OutgoingMessage[] = []
    const letters: OutgoingMessage[] = []
    let filtered = 0
    for (const [m, verdict] of step.verdicts.entries()) {
      if (verdict.fate === 'published') {
        published.push(m)
        messages.push(outgoing(run, slice.first + m, verdict.value))
      } else if (verdict.fate === 'dead_lettered')
        letters.push(deadLetter(run, slice.first + m, verdict.reason, verdict.stage))
      else filtered += 1
    }
    tally.addForged(step.forged)
    const parts = countParts(done)
    settle(ticket, { filtered })
    bury(ticket, letters, parts)
    if (messages.length > 0) {
      parts.add()
      deps.output.push({
        messages,
        bytes: bytesOf(messages),
        isStale: () => ticket.released,
        dropped: parts.done,
        done(rejections) {
          const refused = new Map(rejections.map(({ index, reason }) => [index, reason]))
          for (const [index, m] of published.entries())
            if (!ticket.released && !refused.has(index))
              tally.add(step.tally, step.event_starts[m]!, step.event_starts[m + 1]!)
          settle(ticket, { published: messages.length - refused.size })
          const refused_letters = [...refused].map(([index, reason]) =>
            deadLetter(run, slice.first + published[index]!, reason, 'export'),
          )
          bury(ticket, refused_letters, parts)
          parts.done()
        },
      })
    }
    parts.done()
  }

  function bury(ticket: Ticket, letters: readonly OutgoingMessage[], parts: Parts): void {
    if (letters.length === 0) return
    parts.add()
    deps.dead_letters.push({
      messages: letters,
      bytes: bytesOf(letters),
      isStale: () => ticket.released,
      dropped: parts.done,
      done() {
        settle(ticket, { dead_lettered: letters.length })
        parts.done()
      },
    })
  }

  function settle(ticket: Ticket, fates: Partial<FateCounts>): void {
    gate.settle(ticket, { published: 0, dead_lettered: 0, filtered: 0, ...fates })
    deps.onProgress()
  }

  function outgoing(run: Run, message: number, value: Buffer | null): OutgoingMessage {
    const start = run.key_starts[message]!
    return {
      topic: options.output.topic,
      partition: coordinates(run, message).partition % options.output.partitions,
      key: start < 0 ? null : run.bytes.subarray(start, run.key_ends[message]!),
      value,
      headers: withoutReserved(run.headers[message]),
      timestamp: run.timestamps[message]!,
    }
  }

  function withoutReserved(headers: readonly Header[] | undefined): readonly Header[] | undefined {
    if (headers === undefined) return undefined
    if (!headers.some((header) => isReservedHeader(header.name))) return headers
    const kept = headers.filter((header) => !isReservedHeader(header.name))
    tally.addForged(headers.length - kept.length)
    return kept
  }

  function coordinates(run: Run, message: number): Coordinates {
    if (run.topic === options.redrive_topic) {
      const origin = readCoordinates(run.headers[message])
      if (origin !== undefined) return origin
    }
    return {
      origin: options.origin,
      topic: run.topic,
      partition: run.partition,
      offset: run.offsets[message]!,
      timestamp: run.timestamps[message]!,
      attempt: 0,
    }
  }

  function deadLetter(
    run: Run,
    message: number,
    reason: DeadLetterReason,
    stage: Stage,
  ): OutgoingMessage {
    const at = coordinates(run, message)
    const value_start = run.value_starts[message]!
    const key_start = run.key_starts[message]!
    tally.addDeadLetter(reason, stage)
    return deadLetterMessage({
      topic: options.dead_letter.topic,
      partition: at.partition % options.dead_letter.partitions,
      coordinates: at,
      reason: reason,
      stage,
      key: key_start < 0 ? null : run.bytes.subarray(key_start, run.key_ends[message]!),
      value: value_start < 0 ? null : run.bytes.subarray(value_start, run.value_ends[message]!),
      headers: run.headers[message],
      now_ms: clock.now(),
    })
  }

  return {
    onRun,
    onSkipped: (id, next_offset, epoch) => gate.skip(id, next_offset, epoch),
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
      out_of_range.add(Math.max(0, to - from))
      deps.logger.error(
        { ...id, lost_from: from, lost_to: to },
        'messages were deleted before they were read: they are lost',
      )
    },
    onFailure: deps.onFailure,
  }
}

/** Calls `done` when as many parts are done as were added, the one it begins with included. */
interface Parts {
  add(): void
  readonly done: () => void
}

function countParts(done: () => void): Parts {
  let open = 1
  return {
    add() {
      open += 1
    },
    done() {
      open -= 1
      if (open === 0) done()
    },
  }
}

function bytesOf(messages: readonly OutgoingMessage[]): number {
  let bytes = 0
  for (const message of messages) bytes += message.value?.length ?? 0
  return bytes
}
