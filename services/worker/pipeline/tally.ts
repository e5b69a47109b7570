/**
 * What is counted about events. Processors leave one code per event; the counters move when the event's message has its
 * fate, so that they equal what is on the topics. No per-event metric call: codes are summed per batch.
 */
import type { Ports } from '#/core/ports.ts'
import type { Class, Method, Outcome, Reason } from '#/core/words.ts'

export interface EventKind {
  readonly outcome: Outcome | 'non_call'
  readonly reason: Reason | 'none'
  readonly method: Method | undefined
  readonly class: Class | undefined
}

export interface Tally {
  /** A small number for this kind of event; the same kind has the same number. */
  codeOf(kind: EventKind): number
  kindOf(code: number): EventKind
  /** Adds events with their tokens: `codes[i]` had `input[i]` and `output[i]` tokens. */
  add(events: EventTally, from: number, to: number): void
  addLookupMemo(hits: number, misses: number): void
  addForged(count: number): void
  addLost(count: number): void
  addDeadLetter(reason: string, stage: string): void
  readonly totals: readonly number[]
}

/** Structure of arrays over the events of one slice. */
export interface EventTally {
  readonly codes: Uint16Array
  readonly input: Float64Array
  readonly output: Float64Array
}

/** Events that one allocation is for; memory of its own for each slice costs more than what is done with it. */
const ROOM_EVENTS = 16_384
let room = createRoom(0)
let room_used = 0

export function createEventTally(events: number): EventTally {
  if (room_used + events > room.codes.length) {
    room = createRoom(Math.max(events, ROOM_EVENTS))
    room_used = 0
  }
  const from = room_used
  const to = (room_used += events)
  return {
    codes: room.codes.subarray(from, to),
    input: room.input.subarray(from, to),
    output: room.output.subarray(from, to),
  }
}

function createRoom(events: number): EventTally {
  return {
    codes: new Uint16Array(events),
    input: new Float64Array(events),
    output: new Float64Array(events),
  }
}

export function createTally({ meter }: Pick<Ports, 'meter'>): Tally {
  const kinds: EventKind[] = []
  const numbers = new Map<string, number>()
  const totals: number[] = []
  const input: number[] = []
  const output: number[] = []
  const told: { events: number; input: number; output: number }[] = []
  const forged = meter.counter('whosecall_forged_attributes_total')
  const lost = meter.counter('whosecall_lost_evidence_total')
  const dead_letters = meter.counter('whosecall_dead_letters_total')
  const memo = meter.counter('whosecall_decision_memo_total')
  const counters = {
    events: meter.counter('whosecall_events_total'),
    tokens: meter.counter('whosecall_tokens_total'),
    decisions: meter.counter('whosecall_decisions_total'),
    non_calls: meter.counter('whosecall_non_calls_total'),
  }

  meter.onScrape(() => {
    for (const [code, kind] of kinds.entries()) {
      const before = told[code] ?? { events: 0, input: 0, output: 0 }
      const now = { events: totals[code]!, input: input[code]!, output: output[code]! }
      const events = now.events - before.events
      counters.events.add(events, { outcome: kind.outcome, reason: kind.reason })
      if (kind.method !== undefined) counters.decisions.add(events, { method: kind.method })
      if (kind.class !== undefined) counters.non_calls.add(events, { class: kind.class })
      if (kind.outcome !== 'non_call')
        for (const direction of ['input', 'output'] as const)
          counters.tokens.add(now[direction] - before[direction], {
            outcome: kind.outcome,
            direction,
          })
      told[code] = now
    }
  })

  return {
    codeOf(kind) {
      const name = `${kind.outcome}/${kind.reason}/${kind.method}/${kind.class}`
      let code = numbers.get(name)
      if (code === undefined) {
        code = kinds.push(kind) - 1
        numbers.set(name, code)
        totals.push(0)
        input.push(0)
        output.push(0)
      }
      return code
    },
    kindOf(code) {
      const kind = kinds[code]
      if (kind === undefined) throw new Error('unknown event code')
      return kind
    },
    add(events, from, to) {
      for (let i = from; i < to; i += 1) {
        const code = events.codes[i]!
        totals[code]! += 1
        input[code]! += events.input[i]!
        output[code]! += events.output[i]!
      }
    },
    addLookupMemo(hits, misses) {
      if (hits > 0) memo.add(hits, { result: 'hit' })
      if (misses > 0) memo.add(misses, { result: 'miss' })
    },
    addForged(count) {
      if (count > 0) forged.add(count)
    },
    addLost(count) {
      if (count > 0) lost.add(count)
    },
    addDeadLetter(reason, stage) {
      dead_letters.add(1, { reason, stage })
    },
    totals,
  }
}
