/**
 * What is counted about events. Processors leave one code per event; the counters move when the event's message has its
 * fate, so that they equal what is on the topics. No per-event metric call: codes are summed per batch, and the counters
 * are told at the scrape.
 */
import type { Money } from '#/attribution/index.ts'
import type { Ports } from '#/core/ports.ts'
import type { EventPlace, OutcomeAmounts } from '#/core/status.ts'
import type { Class, Method, Outcome, Reason } from '#/core/words.ts'
import { createBillTotals, type Added } from './bill-totals.ts'
import type { EventTally } from './event-tally.ts'
import {
  createParties,
  OTHER_OWNERS,
  type GapParty,
  type Parties,
  type Party,
  type PartyOptions,
} from './parties.ts'

export interface EventKind {
  readonly outcome: Outcome | 'non_call'
  readonly reason: Reason | 'none'
  readonly method: Method | undefined
  readonly class: Class | undefined
  readonly party?: Party | undefined
}

export interface Tally {
  /** A small number for this kind of event; the same kind has the same number. */
  codeOf(kind: EventKind): number
  kindOf(code: number): EventKind
  /** A small number for what a cost is an amount of; 0 for one that is not summed. */
  moneyOf(money: Money): number
  /**
   * Adds the events of message m of a slice, with what they used and cost. `placeOf` gives an example where one is wanted;
   * it is asked for the last of them, now and then.
   */
  add(events: EventTally, from: number, to: number, m?: number, placeOf?: PlaceOf): void
  addLookupMemo(hits: number, misses: number): void
  addForged(count: number): void
  addLost(count: number): void
  addDeadLetter(reason: string, stage: string): void
  readonly parties: Parties
  /** Sums since the start, of calls, by outcome and reason. */
  sums(): readonly OutcomeAmounts[]
  /** Events of all kinds since the start. */
  readonly events: number
}

/** Where event `index` of message m of a slice can be read again. */
export type PlaceOf = (m: number, index: number) => EventPlace

/**
 * Codes are numbers of 16 bits (`EventTally`). Owners by method could be nearly as many; beyond this they are all the other
 * owners, so that each gap, of each reason, always finds a code.
 */
export const OWNER_CODES_MAX = 56_000

interface Sum {
  events: number
  tokens: number
  readonly cost: Record<string, number>
}

export function createTally(
  ports: Pick<Ports, 'meter' | 'clock'>,
  options: PartyOptions = {},
): Tally {
  const { meter, clock } = ports
  const kinds: EventKind[] = []
  const numbers = new Map<string, number>()
  /** Codes whose gap was forgotten, by what else they say: the same kind of event takes them again. */
  const free = new Map<string, number[]>()
  const totals: number[] = []
  const told: number[] = []
  /** By code: gaps that want a newer example than they have. */
  const due: (GapParty | undefined)[] = []
  const sums = new Map<string, Sum & Pick<OutcomeAmounts, 'outcome' | 'reason'>>()
  const bills = createBillTotals(meter)
  const parties = createParties(ports, options)
  const forged = meter.counter('whosecall_forged_attributes_total')
  const lost = meter.counter('whosecall_lost_evidence_total')
  const dead_letters = meter.counter('whosecall_dead_letters_total')
  const memo = meter.counter('whosecall_decision_memo_total')
  const capped = meter.counter('whosecall_series_capped_total')
  const counters = {
    events: meter.counter('whosecall_events_total'),
    decisions: meter.counter('whosecall_decisions_total'),
    non_calls: meter.counter('whosecall_non_calls_total'),
    unattributed: meter.counter('whosecall_unattributed_events_total'),
    owners: meter.counter('whosecall_owner_events_total'),
  }

  /** Tells counters, sums and gaps what was added since the last time. */
  function tell(): void {
    for (const [code, kind] of kinds.entries()) {
      const events = totals[code]! - (told[code] ?? 0)
      if (events === 0) continue
      told[code] = totals[code]!
      due[code] = kind.party?.type === 'gap' ? kind.party : undefined
      const { outcome, reason, method } = kind
      counters.events.add(events, { outcome, reason })
      if (method !== undefined) counters.decisions.add(events, { method })
      if (kind.class !== undefined) counters.non_calls.add(events, { class: kind.class })
      if (outcome === 'non_call') continue
      const added = bills.tell(code, outcome)
      addTo(sumOf(outcome, reason), events, added)
      if (kind.party !== undefined) tellParty(kind.party, events, added)
    }
  }

  function tellParty(party: Party, events: number, added: Added): void {
    if (party.type === 'owner') counters.owners.add(events, { owner: party.name })
    else {
      addTo(party, events, added)
      party.last_seen_ms = clock.now()
      counters.unattributed.add(events, { source: party.source, reason: party.reason })
    }
  }

  function sumOf(outcome: Outcome, reason: Reason | 'none'): Sum {
    const name = `${outcome}/${reason}`
    let sum = sums.get(name)
    if (sum === undefined)
      sums.set(name, (sum = { outcome, reason, events: 0, tokens: 0, cost: {} }))
    return sum
  }

  meter.onScrape(tell)
  exportGaps(parties, meter)
  parties.onForgotten = (gap) => {
    tell()
    for (const [code, kind] of kinds.entries()) {
      if (kind.party !== gap) continue
      numbers.delete(nameOf(kind))
      const base = baseOf(kind)
      free.set(base, [...(free.get(base) ?? []), code])
    }
  }

  function codeOf(kind: EventKind): number {
    const name = nameOf(kind)
    const known = numbers.get(name)
    if (known !== undefined) return known
    let code = free.get(baseOf(kind))?.pop()
    if (code !== undefined) kinds[code] = kind
    else if (kinds.length >= OWNER_CODES_MAX && isNamedOwner(kind.party)) {
      capped.add(1, { metric: 'whosecall_owner_events_total' })
      return codeOf({ ...kind, party: { type: 'owner', name: OTHER_OWNERS } })
    } else {
      code = kinds.push(kind) - 1
      totals.push(0)
      bills.addCode()
    }
    numbers.set(name, code)
    return code
  }

  return {
    codeOf,
    kindOf(code) {
      const kind = kinds[code]
      if (kind === undefined) throw new Error('unknown event code')
      return kind
    },
    moneyOf: bills.moneyOf,
    add(events, from, to, m = 0, placeOf) {
      for (let i = from; i < to; i += 1) {
        totals[events.codes[i]!]! += 1
        bills.add(events, i)
      }
      const code = events.codes[to - 1]
      const gap = code === undefined ? undefined : due[code]
      if (gap === undefined || placeOf === undefined) return
      gap.example = placeOf(m, to - 1 - from)
      due[code!] = undefined
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
    parties,
    sums() {
      tell()
      return [...sums.values()].map((sum) => ({ ...sum, cost: { ...sum.cost } }))
    },
    get events() {
      return totals.reduce((sum, count) => sum + count, 0)
    },
  }
}

function isNamedOwner(party: Party | undefined): boolean {
  return party?.type === 'owner' && party.name !== OTHER_OWNERS
}

function baseOf(kind: EventKind): string {
  return `${kind.outcome}/${kind.reason}/${kind.method}/${kind.class}`
}

function nameOf(kind: EventKind): string {
  return kind.party === undefined
    ? baseOf(kind)
    : `${baseOf(kind)}/${kind.party.type}/${kind.party.name}`
}

function addTo(sum: Sum, events: number, { tokens, cost }: Added): void {
  sum.events += events
  sum.tokens += tokens
  for (const [currency, amount] of Object.entries(cost))
    sum.cost[currency] = (sum.cost[currency] ?? 0) + amount
}

/** Gaps by reason: how many were seen of late, and since when the oldest is known. */
function exportGaps(parties: Parties, meter: Ports['meter']): void {
  const count = meter.gauge('whosecall_triage_sources')
  const oldest = meter.gauge('whosecall_triage_oldest_first_seen_timestamp_seconds')
  const shown = new Set<Reason>()
  meter.onScrape(() => {
    const by_reason = Map.groupBy(parties.recentGaps(), ({ reason }) => reason)
    for (const reason of shown) if (!by_reason.has(reason)) count.set(0, { reason })
    for (const [reason, gaps] of by_reason) {
      shown.add(reason)
      count.set(gaps.length, { reason })
      const first_ms = gaps.reduce((first, gap) => Math.min(first, gap.first_seen_ms), Infinity)
      oldest.set(first_ms / 1000, { reason })
    }
  })
}
