import {
  BILL_CACHE_READ,
  BILL_CACHE_WRITE,
  BILL_COLUMNS,
  BILL_INPUT,
  BILL_OUTPUT,
  TOKENS_ESTIMATED,
  type Cost,
  type Evidence,
  type Rules,
} from '#/attribution/index.ts'
import type { EventValues } from '#/core/view.ts'

/** What the rules read of a call's tokens and cost, without what is not known, so that it can be compared. */
export interface ReadBill {
  readonly tokens: {
    readonly input?: number
    readonly cache_read?: number
    readonly cache_write?: number
    readonly output?: number
    readonly is_estimated?: true
  }
  readonly cost?: Cost
}

export function readBill(rules: Rules, evidence: Evidence, values: EventValues): ReadBill {
  const bill = rules.billOf(evidence)
  const row = new Float64Array(BILL_COLUMNS)
  const basis = bill.read(values, row, 0)
  const columns = [
    ['input', BILL_INPUT],
    ['cache_read', BILL_CACHE_READ],
    ['cache_write', BILL_CACHE_WRITE],
    ['output', BILL_OUTPUT],
  ] as const
  const counts = columns.map(([name, column]) => [name, row[column]!] as const)
  const known = counts.filter(([, count]) => count >= 0)
  const cost = bill.cost(values)
  return {
    tokens: {
      ...Object.fromEntries(known),
      ...(basis === TOKENS_ESTIMATED ? { is_estimated: true } : {}),
    },
    ...(cost === undefined ? {} : { cost }),
  }
}
