import type { EventValues } from '#/core/view.ts'
import { BILL_COST } from './bill-row.ts'
import { compileCost, type Cost, type Money } from './cost.ts'
import type { Fields } from './fields.ts'
import { createNumbers } from './numbers.ts'
import { compileBeside, compileTokens, forgetTokens, TOKENS_UNKNOWN, UNKNOWN } from './tokens.ts'

/** Reads what a call used and cost: tokens in one meaning for all sources, costs as their sources state them. */

export interface BillReader {
  /** Writes the row of an event (see `bill-row.ts`) at that index, and says what its token counts are: one of `TOKENS_`. */
  read(values: EventValues, rows: Float64Array, at: number): number
  /** What the cost of an event is an amount of. */
  money(values: EventValues): Money | undefined
  /** The cost to the last digit that the record states. */
  cost(values: EventValues): Cost | undefined
}

export function compileBill(fields: Fields): BillReader {
  const { tokens = [], cost } = fields.source
  if (tokens.length === 0 && cost === undefined) return NO_BILL
  const besides = tokens.map((rule) => compileBeside(rule, fields))
  const numbers = createNumbers(fields)
  const readTokens = compileTokens(tokens, numbers, besides)
  const costs = cost === undefined ? undefined : compileCost(cost, fields, numbers)
  const { found } = numbers
  return {
    read(values, rows, at) {
      const bits = numbers.read(values)
      rows[at + BILL_COST] = costs === undefined ? UNKNOWN : costs.amount(found, bits, values)
      return readTokens(values, found, bits, rows, at)
    },
    money: (values) => costs?.money(values),
    cost: (values) => costs?.exact(values),
  }
}

/** Of what is no call, and of sources that state neither. */
export const NO_BILL: BillReader = {
  read(_values, rows, at) {
    rows[at + BILL_COST] = UNKNOWN
    forgetTokens(rows, at)
    return TOKENS_UNKNOWN
  },
  money: () => undefined,
  cost: () => undefined,
}
