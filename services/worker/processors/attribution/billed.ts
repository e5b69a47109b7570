import {
  BILL_CACHE_READ,
  BILL_CACHE_WRITE,
  BILL_COLUMNS,
  BILL_INPUT,
  BILL_OUTPUT,
  TOKENS_ESTIMATED,
  TOKENS_UNKNOWN,
  type BillReader,
} from '#/attribution/index.ts'
import type { AttributionRecord, RecordedUsage } from '#/core/decision.ts'
import type { EventValues } from '#/core/view.ts'

/**
 * A record with what its event used and cost, as far as the event says so: with `detail: full` they are written, in one
 * meaning for all sources, and the cost to the last digit. They differ from event to event, so nothing of it is remembered.
 */
export function billed(
  record: AttributionRecord,
  bill: BillReader,
  values: EventValues,
): AttributionRecord {
  const usage = usageOf(bill, values)
  const cost = bill.cost(values)
  return {
    ...record,
    ...(usage === undefined ? {} : { usage }),
    ...(cost === undefined ? {} : { cost }),
  }
}

const COLUMNS = [
  ['input', BILL_INPUT],
  ['cache_read', BILL_CACHE_READ],
  ['cache_write', BILL_CACHE_WRITE],
  ['output', BILL_OUTPUT],
] as const

/** What is unknown is left out; a zero that is known is not. */
function usageOf(bill: BillReader, values: EventValues): RecordedUsage | undefined {
  const row = new Float64Array(BILL_COLUMNS)
  const basis = bill.read(values, row, 0)
  if (basis === TOKENS_UNKNOWN) return undefined
  const known = COLUMNS.flatMap(([name, column]) => {
    const count = row[column]!
    return count < 0 ? [] : [[name, count] as const]
  })
  return {
    ...Object.fromEntries(known),
    ...(basis === TOKENS_ESTIMATED ? { estimated: true } : {}),
  }
}
