/**
 * What is counted about events. Processors leave one code per event; the counters move when the event's message has its
 * fate, so that they equal what is on the topics. No per-event metric call: codes are summed per batch.
 */
import type { Money } from '#/attribution/index.ts'
import type { Ports } from '#/core/ports.ts'
import type { Class, Method, Outcome, Reason } from '#/core/words.ts'
import { createBillTotals } from './bill-totals.ts'
import type { EventTally } from './event-tally.ts'

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
  /** A small number for what a cost is an amount of; 0 for one that is not summed. */
  moneyOf(money: Money): number
  /** Adds events with what they used and cost. */
  add(events: EventTally, from: number, to: number): void
  addLookupMemo(hits: number, misses: number): void
  addForged(count: number): void
  addLost(count: number): void
  addDeadLetter(reason: string, stage: string): void
}

export function createTally({ meter }: Pick<Ports, 'meter'>): Tally {
  const kinds: EventKind[] = []
  const numbers = new Map<string, number>()
  const totals: number[] = []
  const told: number[] = []
  const bills = createBillTotals(meter)
  const forged = meter.counter('whosecall_forged_attributes_total')
  const lost = meter.counter('whosecall_lost_evidence_total')
  const dead_letters = meter.counter('whosecall_dead_letters_total')
  const memo = meter.counter('whosecall_decision_memo_total')
  const counters = {
    events: meter.counter('whosecall_events_total'),
    decisions: meter.counter('whosecall_decisions_total'),
    non_calls: meter.counter('whosecall_non_calls_total'),
  }

  meter.onScrape(() => {
    for (const [code, kind] of kinds.entries()) {
      const events = totals[code]! - (told[code] ?? 0)
      counters.events.add(events, { outcome: kind.outcome, reason: kind.reason })
      if (kind.method !== undefined) counters.decisions.add(events, { method: kind.method })
      if (kind.class !== undefined) counters.non_calls.add(events, { class: kind.class })
      if (kind.outcome !== 'non_call') bills.tell(code, kind.outcome)
      told[code] = totals[code]!
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
        bills.addCode()
      }
      return code
    },
    kindOf(code) {
      const kind = kinds[code]
      if (kind === undefined) throw new Error('unknown event code')
      return kind
    },
    moneyOf: bills.moneyOf,
    add(events, from, to) {
      for (let i = from; i < to; i += 1) {
        totals[events.codes[i]!]! += 1
        bills.add(events, i)
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
  }
}
