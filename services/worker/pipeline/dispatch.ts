/**
 * From verdicts to fates: what is published goes to the output lane, what is not readable to the dead letters, and every
 * acknowledgement settles the ticket of its slice.
 */
import type { Position } from '#/core/bus.ts'
import type { Ports } from '#/core/ports.ts'
import type { Header, OutgoingMessage, Run } from '#/core/run.ts'
import type { DeadLetterReason, Stage } from '#/core/words.ts'
import { withoutCloudEvent, type CloudEventHeaders } from '#/formats/cloudevents/index.ts'
import { findingMessage } from '../findings/detection-finding.ts'
import { tapMessage } from '../admin/tap-slice.ts'
import type { TapSink } from '../admin/tap.ts'
import type { Finding, Watch } from '../findings/watch.ts'
import { coordinatesOf, deadLetterMessage, isReservedHeader, type Origin } from './dead-letters.ts'
import type { FateCounts, Gate, Ticket } from './gate.ts'
import type { Step } from './judge.ts'
import { labelled, type Leaving } from './labels.ts'
import type { Lane, Rejection } from './lane.ts'
import { countParts, type Parts } from './parts.ts'
import type { Slice } from './slice.ts'
import type { PlaceOf, Tally } from './tally.ts'

export interface Target {
  readonly topic: string
  readonly partitions: number
  readonly lane: Lane
}

/** Where events go: one for each exporter of the pipeline. */
export interface Output extends Target {
  /** Present when messages leave as CloudEvents. */
  readonly cloudEventHeaders?: CloudEventHeaders | undefined
}

export interface DispatchOptions extends Origin {
  readonly outputs: readonly Output[]
  readonly dead_letter: Target
  /** Where findings go, when they are wanted. */
  readonly findings?: Target | undefined
  readonly watch?: Watch | undefined
  /** Shows messages to those who look on. */
  readonly tap?: TapSink | undefined
}

export interface DispatchDeps extends Pick<Ports, 'clock' | 'meter'> {
  readonly gate: Gate
  readonly tally: Tally
  /** Called whenever a fate became known. */
  readonly onProgress: () => void
}

/** What of a slice leaves for one exporter, and which message of the slice each of it came from. */
interface Bundle {
  readonly messages: OutgoingMessage[]
  readonly came_from: number[]
}

/** What is sent of a slice, and where its message m was read. */
interface Sendings {
  readonly bundles: readonly Bundle[]
  readonly findings: readonly Finding[]
  readonly from: (m: number) => Position
}

/** A dead letter that is counted when it is written. */
interface Letter {
  readonly message: OutgoingMessage
  readonly came_from: Position
  readonly reason: DeadLetterReason
  readonly stage: Stage
}

/** `done` is called when nothing of the slice is needed any more. */
export type Dispatch = (
  run: Run,
  slice: Slice,
  ticket: Ticket,
  step: Step,
  done: () => void,
) => void

export function createDispatch(options: DispatchOptions, deps: DispatchDeps): Dispatch {
  const { gate, tally, clock } = deps
  const delay = deps.meter.histogram('whosecall_end_to_end_delay_seconds')

  /** Sends what a slice came to on its way; each part settles the ticket when it is acknowledged. */
  function dispatch(run: Run, slice: Slice, ticket: Ticket, step: Step, done: () => void): void {
    if (ticket.released) {
      forget(step.findings)
      return done()
    }
    const published: number[] = []
    const bundles = options.outputs.map((): Bundle => ({ messages: [], came_from: [] }))
    const letters: Letter[] = []
    let filtered = 0
    let { forged } = step
    for (const [m, verdict] of step.verdicts.entries()) {
      if (verdict.fate === 'published') {
        published.push(m)
        add(bundles[verdict.to]!, run, slice, m, verdict)
        for (const other of verdict.others) add(bundles[other.to]!, run, slice, m, other)
        forged += countReserved(run.headers[slice.first + m])
      } else if (verdict.fate === 'dead_lettered')
        letters.push(deadLetter(run, slice.first + m, verdict.reason, verdict.stage))
      else filtered += 1
    }
    tally.addForged(forged)
    const parts = countParts(done)
    settle(ticket, { filtered })
    bury(ticket, letters, parts)
    const from = (m: number) => positionOf(run, slice.first + m)
    const placeOf: PlaceOf = (m, event) => ({ ...from(m), event })
    const oldest_ms = run.timestamps[slice.first]!
    send({ bundles, findings: step.findings, from }, ticket, parts, (refused) => {
      // What came as one message has one fate: refused in part, or by one of several, it is a dead letter as a whole.
      if (!ticket.released)
        for (const m of published)
          if (!refused.has(m))
            tally.add(step.tally, step.event_starts[m]!, step.event_starts[m + 1]!, m, placeOf)
      delay.observe(Math.max(0, clock.now() - oldest_ms) / 1000)
      if (step.tapped !== undefined && !ticket.released)
        for (const m of published) if (!refused.has(m)) step.tapped.published(m)
      settle(ticket, { published: published.length - refused.size })
      const refused_letters: Letter[] = []
      if (refused.size > 0)
        for (const m of published) {
          const reason = refused.get(m)
          if (reason !== undefined)
            refused_letters.push(deadLetter(run, slice.first + m, reason, 'export'))
        }
      bury(ticket, refused_letters, parts)
    })
    parts.done()
  }

  function add(bundle: Bundle, run: Run, slice: Slice, m: number, leaving: Leaving): void {
    bundle.messages.push(outgoing(run, slice.first + m, leaving))
    bundle.came_from.push(m)
  }

  /**
   * Calls `onAnswered` once, when every exporter has answered and the findings are written, with the messages that one of
   * them will never take.
   */
  function send(
    { bundles, findings, from }: Sendings,
    ticket: Ticket,
    parts: Parts,
    onAnswered: (refused: ReadonlyMap<number, Rejection['reason']>) => void,
  ): void {
    const refused = new Map<number, Rejection['reason']>()
    let unanswered = findings.length > 0 ? 1 : 0
    for (const { messages } of bundles) if (messages.length > 0) unanswered += 1
    const answer = () => {
      unanswered -= 1
      if (unanswered === 0) onAnswered(refused)
      parts.done()
    }
    for (const [to, { messages, came_from }] of bundles.entries()) {
      if (messages.length === 0) continue
      parts.add()
      options.outputs[to]!.lane.push({
        messages,
        bytes: bytesOf(messages),
        from: (index) => from(came_from[index]!),
        isStale: () => ticket.released,
        dropped: parts.done,
        done(rejections) {
          for (const { index, reason } of rejections) refused.set(came_from[index]!, reason)
          answer()
        },
      })
    }
    if (findings.length > 0) {
      parts.add()
      tell(findings, from(0), ticket, answer, parts)
    }
  }

  /** Findings are written before the messages that raised them have their fate: a crash between raises them again. */
  function tell(
    findings: readonly Finding[],
    first: Position,
    ticket: Ticket,
    done: () => void,
    parts: Parts,
  ): void {
    const target = options.findings!
    const messages = findings.map((finding) => findingMessage(finding, target, clock.now()))
    target.lane.push({
      messages,
      bytes: bytesOf(messages),
      from: () => first,
      isStale: () => ticket.released,
      dropped() {
        forget(findings)
        parts.done()
      },
      done,
    })
  }

  function forget(findings: readonly Finding[]): void {
    for (const finding of findings) options.watch?.forget(finding)
  }

  function bury(ticket: Ticket, letters: readonly Letter[], parts: Parts): void {
    if (letters.length === 0) return
    parts.add()
    const messages = letters.map(({ message }) => message)
    options.dead_letter.lane.push({
      messages,
      bytes: bytesOf(messages),
      from: (index) => letters[index]!.came_from,
      isStale: () => ticket.released,
      dropped: parts.done,
      done() {
        if (!ticket.released)
          for (const { reason, stage } of letters) tally.addDeadLetter(reason, stage)
        if (options.tap?.wants(DEAD_LETTERED))
          for (const letter of letters)
            tapMessage(options.tap, 'dead_lettered', letter.came_from, letter)
        settle(ticket, { dead_lettered: letters.length })
        parts.done()
      },
    })
  }

  function settle(ticket: Ticket, fates: Partial<FateCounts>): void {
    gate.settle(ticket, { published: 0, dead_lettered: 0, filtered: 0, ...fates })
    deps.onProgress()
  }

  function outgoing(run: Run, message: number, leaving: Leaving): OutgoingMessage {
    const { topic, partitions, cloudEventHeaders } = options.outputs[leaving.to]!
    const start = run.key_starts[message]!
    const at = coordinatesOf(options, run, message)
    const headers = labelled(withoutReserved(run.headers[message]), leaving)
    return {
      topic,
      partition: at.partition % partitions,
      key: start < 0 ? null : run.bytes.subarray(start, run.key_ends[message]),
      value: leaving.value,
      headers:
        cloudEventHeaders === undefined
          ? headers
          : // A message that was a CloudEvent before is another one now.
            [...withoutCloudEvent(headers), ...cloudEventHeaders({ ...at, index: leaving.event })],
      timestamp: run.timestamps[message]!,
    }
  }

  function deadLetter(run: Run, message: number, reason: DeadLetterReason, stage: Stage): Letter {
    const at = coordinatesOf(options, run, message)
    const value_start = run.value_starts[message]!
    const key_start = run.key_starts[message]!
    const letter = deadLetterMessage({
      topic: options.dead_letter.topic,
      partition: at.partition % options.dead_letter.partitions,
      coordinates: at,
      reason: reason,
      stage,
      key: key_start < 0 ? null : run.bytes.subarray(key_start, run.key_ends[message]),
      value: value_start < 0 ? null : run.bytes.subarray(value_start, run.value_ends[message]),
      headers: run.headers[message],
      now_ms: clock.now(),
    })
    return { message: letter, came_from: positionOf(run, message), reason, stage }
  }

  return dispatch
}

const DEAD_LETTERED = ['dead_lettered'] as const

function positionOf({ topic, partition, offsets }: Run, message: number): Position {
  return { topic, partition, offset: offsets[message]! }
}

function bytesOf(messages: readonly OutgoingMessage[]): number {
  let bytes = 0
  for (const message of messages) bytes += message.value?.length ?? 0
  return bytes
}

function countReserved(headers: readonly Header[] | undefined): number {
  let count = 0
  if (headers !== undefined) for (const { name } of headers) if (isReservedHeader(name)) count += 1
  return count
}

function withoutReserved(headers: readonly Header[] | undefined): readonly Header[] | undefined {
  if (countReserved(headers) === 0) return headers
  return headers?.filter(({ name }) => !isReservedHeader(name))
}
