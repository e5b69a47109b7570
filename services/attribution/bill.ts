import type { EventValues, FieldRead } from '#/core/view.ts'
import { createFields } from './fields.ts'
import { createPlan } from './plan.ts'
import type { Bill, RulesOptions } from './types.ts'
import { compileCost, compileTokens } from './usage.ts'

/**
 * Reads what a call used and what its source says that it cost, all sources in one meaning. It has a plan of its own,
 * because attribution needs only the totals.
 */
export interface BillReader {
  readonly fields: readonly FieldRead[]
  /** The bill of an event that was recognised as this source. */
  read(source: string, values: EventValues): Bill
}

export function createBillReader(options: RulesOptions): BillReader {
  const plan = createPlan()
  const readers = new Map(
    options.sources.map((source) => {
      const fields = createFields(source, options, plan)
      const tokensOf = compileTokens(fields)
      const costOf = compileCost(fields)
      const read = (values: EventValues): Bill => {
        const cost = costOf(values)
        return { tokens: tokensOf(values), ...(cost === undefined ? {} : { cost }) }
      }
      return [source.name, read]
    }),
  )
  return {
    fields: plan.fields,
    read: (source, values) => readers.get(source)?.(values) ?? { tokens: {} },
  }
}
