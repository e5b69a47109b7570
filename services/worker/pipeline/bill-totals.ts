/**
 * Sums of what events used and cost, by the code of what became of them. Per event this only adds to arrays; the counters
 * are told at the scrape.
 */
import {
  BILL_CACHE_READ,
  BILL_CACHE_WRITE,
  BILL_COLUMNS,
  BILL_COST,
  BILL_INPUT,
  BILL_OUTPUT,
  type Money,
} from '#/attribution/index.ts'
import type { Meter } from '#/core/ports.ts'
import type { Outcome } from '#/core/words.ts'
import type { EventTally } from './event-tally.ts'

export interface BillTotals {
  /** Makes room for one more code. */
  addCode(): void
  add(events: EventTally, event: number): void
  /** The number of a money; 0 when there are too many of them to count. */
  moneyOf(money: Money): number
  /** Tells the counters what was added for this code since the last time, and answers with it. */
  tell(code: number, outcome: Outcome): Added
}

export interface Added {
  readonly tokens: number
  /** By currency. */
  readonly cost: Readonly<Record<string, number>>
}

const TYPES = ['input', 'cache_read', 'cache_write', 'output'] as const
/** By `TOKENS_`. */
const BASES = [undefined, 'reported', 'estimated'] as const
/** Columns of a row: how many events, then tokens by type. A row for each basis of a code. */
const ROW = 1 + TYPES.length
const CODE = BASES.length * ROW
/** Currencies, each with its basis, that are summed; there are some 150 in the world and few in one company. */
export const MONEYS_MAX = 64

export function createBillTotals(meter: Meter): BillTotals {
  const counters = {
    tokens: meter.counter('whosecall_tokens_total'),
    without_tokens: meter.counter('whosecall_events_without_tokens_total'),
    cost: meter.counter('whosecall_cost_total'),
    without_cost: meter.counter('whosecall_events_without_cost_total'),
  }
  const limits = meter.counter('whosecall_limits_hit_total')
  let tokens = new Float64Array(0)
  let tokens_told = new Float64Array(0)
  /** By code and money; money 0 counts the events that have none. */
  let costs = new Float64Array(0)
  let costs_told = new Float64Array(0)
  const moneys: (Money | undefined)[] = [undefined]
  const numbers = new Map<string, number>()
  let codes = 0
  let last: Money | undefined
  let last_number = 0

  function numberOf({ currency, basis }: Money): number {
    const name = `${currency}/${basis}`
    let number = numbers.get(name)
    if (number === undefined) {
      if (moneys.length >= MONEYS_MAX) {
        limits.add(1, { limit: 'currencies' })
        return 0
      }
      number = moneys.push({ currency, basis }) - 1
      numbers.set(name, number)
    }
    return number
  }

  function tellTokens(code: number, outcome: Outcome): number {
    let sum = 0
    for (const [number, basis] of BASES.entries()) {
      const row = code * CODE + number * ROW
      if (basis === undefined) {
        counters.without_tokens.add(tokens[row]! - tokens_told[row]!, { outcome })
      } else {
        for (const [index, type] of TYPES.entries()) {
          const at = row + 1 + index
          const added = tokens[at]! - tokens_told[at]!
          if (added === 0) continue
          counters.tokens.add(added, { outcome, type, basis })
          sum += added
        }
      }
    }
    tokens_told.set(tokens.subarray(code * CODE, (code + 1) * CODE), code * CODE)
    return sum
  }

  function tellCosts(code: number, outcome: Outcome): Added['cost'] {
    const cost: Record<string, number> = {}
    for (const [number, money] of moneys.entries()) {
      const at = code * MONEYS_MAX + number
      const added = costs[at]! - costs_told[at]!
      if (money === undefined) counters.without_cost.add(added, { outcome })
      else if (added > 0) {
        counters.cost.add(added, { outcome, ...money })
        cost[money.currency] = (cost[money.currency] ?? 0) + added
      }
      costs_told[at] = costs[at]!
    }
    return cost
  }

  return {
    addCode() {
      codes += 1
      tokens = withRoom(tokens, codes * CODE)
      tokens_told = withRoom(tokens_told, codes * CODE)
      costs = withRoom(costs, codes * MONEYS_MAX)
      costs_told = withRoom(costs_told, codes * MONEYS_MAX)
    },
    add(events, event) {
      const { bills } = events
      const code = events.codes[event]!
      const bill = event * BILL_COLUMNS
      const row = code * CODE + events.tokens[event]! * ROW
      tokens[row]! += 1
      addKnown(tokens, row + 1, bills[bill + BILL_INPUT]!)
      addKnown(tokens, row + 2, bills[bill + BILL_CACHE_READ]!)
      addKnown(tokens, row + 3, bills[bill + BILL_CACHE_WRITE]!)
      addKnown(tokens, row + 4, bills[bill + BILL_OUTPUT]!)
      const money = events.moneys[event]!
      costs[code * MONEYS_MAX + money]! += money === 0 ? 1 : bills[bill + BILL_COST]!
    },
    moneyOf(money) {
      if (money !== last) {
        last_number = numberOf(money)
        last = money
      }
      return last_number
    },
    tell: (code, outcome) => ({
      tokens: tellTokens(code, outcome),
      cost: tellCosts(code, outcome),
    }),
  }
}

/** What is unknown is below zero, and adds nothing. */
function addKnown(sums: Float64Array, at: number, count: number): void {
  if (count > 0) sums[at]! += count
}

/** Grows by half of what it has: a copy for each code would be too much work where thousands of owners have one. */
function withRoom(array: Float64Array<ArrayBuffer>, length: number): Float64Array<ArrayBuffer> {
  if (array.length >= length) return array
  const larger = new Float64Array(Math.ceil(length * 1.5))
  larger.set(array)
  return larger
}
