/**
 * From verdicts to fates: what is published goes to the output lane, what is not readable to the dead letters, and every
 * acknowledgement settles the ticket of its slice.
 */
import type { Ports } from '#/core/ports.ts'
import type { Header, OutgoingMessage, Run } from '#/core/run.ts'
import type { DeadLetterReason, Stage } from '#/core/words.ts'
import { isCloudEventHeader, type CloudEventHeaders } from '#/formats/cloudevents/index.ts'
import { coordinatesOf, deadLetterMessage, isReservedHeader, type Origin } from './dead-letters.ts'
import type { FateCounts, Gate, Ticket } from './gate.ts'
import type { Step } from './judge.ts'
import { labelled, type Leaving } from './labels.ts'
import type { Lane } from './lane.ts'
import { countParts, type Parts } from './parts.ts'
import type { Slice } from './slice.ts'
import type { Tally } from './tally.ts'

export interface Target {
  readonly topic: string
  readonly partitions: number
  readonly lane: Lane
}

export interface DispatchOptions extends Origin {
  readonly output: Target
  readonly dead_letter: Target
  /** Present when messages leave as CloudEvents. */
  readonly cloudEventHeaders?: CloudEventHeaders | undefined
}

export interface DispatchDeps extends Pick<Ports, 'clock'> {
  readonly gate: Gate
  readonly tally: Tally
  /** Called whenever a fate became known. */
  readonly onProgress: () => void
}

/** A dead letter that is counted when it is written. */
interface Letter {
  readonly message: OutgoingMessage
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

  /** Sends what a slice came to on its way; each part settles the ticket when it is acknowledged. */
  function dispatch(run: Run, slice: Slice, ticket: Ticket, step: Step, done: () => void): void {
    if (ticket.released) return done()
    // Of each message that leaves, the one that it came from; of one that came, several may leave.
    const published: number[] = []
    let whole = 0
    const messages: OutgoingMessage[] = []
    const letters: Letter[] = []
    let filtered = 0
    for (const [m, verdict] of step.verdicts.entries()) {
      if (verdict.fate === 'published') {
        whole += 1
        published.push(m)
        messages.push(outgoing(run, slice.first + m, verdict, 0))
        for (let index = 0; index < verdict.others.length; index += 1) {
          published.push(m)
          messages.push(outgoing(run, slice.first + m, verdict.others[index]!, index + 1))
        }
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
      options.output.lane.push({
        messages,
        bytes: bytesOf(messages),
        isStale: () => ticket.released,
        dropped: parts.done,
        done(rejections) {
          // What came as one message has one fate: refused in part, it is a dead letter as a whole.
          const refused = new Map(
            rejections.map(({ index, reason }) => [published[index]!, reason]),
          )
          let last = -1
          for (const m of published) {
            if (m !== last && !ticket.released && !refused.has(m))
              tally.add(step.tally, step.event_starts[m]!, step.event_starts[m + 1]!)
            last = m
          }
          settle(ticket, { published: whole - refused.size })
          const refused_letters = [...refused].map(([m, reason]) =>
            deadLetter(run, slice.first + m, reason, 'export'),
          )
          bury(ticket, refused_letters, parts)
          parts.done()
        },
      })
    }
    parts.done()
  }

  function bury(ticket: Ticket, letters: readonly Letter[], parts: Parts): void {
    if (letters.length === 0) return
    parts.add()
    const messages = letters.map(({ message }) => message)
    options.dead_letter.lane.push({
      messages,
      bytes: bytesOf(messages),
      isStale: () => ticket.released,
      dropped: parts.done,
      done() {
        if (!ticket.released)
          for (const { reason, stage } of letters) tally.addDeadLetter(reason, stage)
        settle(ticket, { dead_lettered: letters.length })
        parts.done()
      },
    })
  }

  function settle(ticket: Ticket, fates: Partial<FateCounts>): void {
    gate.settle(ticket, { published: 0, dead_lettered: 0, filtered: 0, ...fates })
    deps.onProgress()
  }

  /** `index` of the first event in what leaves. */
  function outgoing(run: Run, message: number, leaving: Leaving, index: number): OutgoingMessage {
    const start = run.key_starts[message]!
    const at = coordinatesOf(options, run, message)
    const headers = labelled(withoutReserved(run.headers[message]), leaving)
    return {
      topic: options.output.topic,
      partition: at.partition % options.output.partitions,
      key: start < 0 ? null : run.bytes.subarray(start, run.key_ends[message]),
      value: leaving.value,
      headers:
        options.cloudEventHeaders === undefined
          ? headers
          : // A message that was a CloudEvent before is another one now.
            [
              ...headers.filter(({ name }) => !isCloudEventHeader(name)),
              ...options.cloudEventHeaders({ ...at, index }),
            ],
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
    return { message: letter, reason, stage }
  }

  return dispatch
}

function bytesOf(messages: readonly OutgoingMessage[]): number {
  let bytes = 0
  for (const message of messages) bytes += message.value?.length ?? 0
  return bytes
}
