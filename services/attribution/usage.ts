import type { EventValues } from '#/core/view.ts'
import type { Fields } from './fields.ts'
import { readTime } from './time.ts'
import type { Usage } from './types.ts'

/** Reads what differs from event to event and decides nothing: the start of the call and its tokens. */

export function compileCallTime(fields: Fields): (values: EventValues) => number | undefined {
  const rules = fields.source.time.map((rule) => ({
    rule,
    number: fields.plan.value(rule.field, 'reads'),
  }))
  return (values) => {
    for (const { rule, number } of rules) {
      const text = values.text(number)?.trim()
      const time = text === undefined ? undefined : readTime(text, rule.unit)
      if (time === undefined || (rule.zero_is_absent === true && isZero(text))) continue
      return time
    }
    return undefined
  }
}

export function compileUsage(fields: Fields): (values: EventValues) => Usage {
  const { tokens } = fields.source
  const input = compileSum(tokens?.input ?? [], fields)
  const output = compileSum(tokens?.output ?? [], fields)
  return (values) => ({ input: input(values), output: output(values) })
}

function isZero(text: string | undefined): boolean {
  return text !== undefined && /^[+-]?0+$/.test(text)
}

/** Adds up; of each list of names for one count, the first that holds a number counts. */
function compileSum(
  terms: readonly (readonly string[])[],
  fields: Fields,
): (values: EventValues) => number {
  const numbers = terms.map((paths) => paths.map((path) => fields.plan.value(path, 'reads')))
  return (values) => {
    let sum = 0
    for (const names of numbers) sum += firstCount(names, values)
    return sum
  }
}

function firstCount(names: readonly number[], values: EventValues): number {
  for (const name of names) {
    const count = countOf(values, name)
    if (count !== undefined) return count
  }
  return 0
}

/** A count may stand as a number or as a text of digits. */
function countOf(values: EventValues, field: number): number | undefined {
  let count = values.number(field)
  if (Number.isNaN(count)) {
    const text = values.text(field)?.trim()
    if (text !== undefined && /^\d{1,15}$/.test(text)) count = Number(text)
  }
  return Number.isSafeInteger(count) && count >= 0 ? count : undefined
}
