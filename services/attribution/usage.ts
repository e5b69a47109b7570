import type { CostRule, Count, TokenRules } from '#/core/source.ts'
import type { EventValues } from '#/core/view.ts'
import { compileAny } from './conditions.ts'
import { readDecimal, shiftDecimal } from './decimal.ts'
import type { Fields } from './fields.ts'
import { readTime } from './time.ts'
import type { Cost, Tokens, Usage } from './types.ts'

/** Reads what differs from event to event and decides nothing: the start of the call, its tokens, what it cost. */

export function compileCallTime(fields: Fields): (values: EventValues) => number | undefined {
  const rules = fields.source.time.map((rule) => ({ rule, ...fields.text(rule.field, 'reads') }))
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

/** Input with what came from caches, output with reasoning; 0 for what is not known. */
export function compileUsage(fields: Fields): (values: EventValues) => Usage {
  const rules = (fields.source.tokens ?? []).map((rule) => compileTotals(rule, fields))
  const [only] = rules
  if (only === undefined) return () => NO_USAGE
  if (rules.length === 1) return (values) => only(values) ?? NO_USAGE
  return (values) => {
    for (const read of rules) {
      const usage = read(values)
      if (usage !== undefined) return usage
    }
    return NO_USAGE
  }
}

const NO_USAGE: Usage = { input: 0, output: 0 }

/** Only what the totals need is read: cached tokens that the input holds already are not. */
function compileTotals(
  rule: TokenRules,
  fields: Fields,
): (values: EventValues) => Usage | undefined {
  const input = compileCount(rule.input, fields)
  const output = compileCount(rule.output, fields)
  const cached = compileCount(
    rule.cached === 'inside' ? [] : [...(rule.cache_read ?? []), ...(rule.cache_write ?? [])],
    fields,
  )
  const reasoned = compileCount(rule.reasoned === 'beside' ? (rule.reasoning ?? []) : [], fields)
  const is_either = rule.cached === 'either'
  return (values) => {
    const in_count = input(values)
    const out_count = output(values)
    const more_in = cached(values)
    if (in_count === undefined && out_count === undefined && more_in === undefined) return undefined
    const is_beside = more_in !== undefined && (!is_either || more_in > (in_count ?? 0))
    return {
      input: (in_count ?? 0) + (is_beside ? more_in : 0),
      output: (out_count ?? 0) + (reasoned(values) ?? 0),
    }
  }
}

/** All counts in one meaning: what is not cached, what came from and went into caches, output with its reasoning. */
export function compileTokens(fields: Fields): (values: EventValues) => Tokens {
  const rules = (fields.source.tokens ?? []).map((rule) => {
    const { input, output, cache_read = [], cache_write = [], reasoning = [] } = rule
    return {
      rule,
      input: compileCount(input, fields),
      output: compileCount(output, fields),
      cache_read: compileCount(cache_read, fields),
      cache_write: compileCount(cache_write, fields),
      reasoning: compileCount(reasoning, fields),
    }
  })
  return (values) => {
    for (const { rule, ...counts } of rules) {
      const input = counts.input(values)
      const output = counts.output(values)
      if (input === undefined && output === undefined) continue
      const cache_read = counts.cache_read(values)
      const cache_write = counts.cache_write(values)
      const reasoning = counts.reasoning(values)
      return known({
        input: uncached(rule.cached, input, (cache_read ?? 0) + (cache_write ?? 0)),
        cache_read,
        cache_write,
        output:
          rule.reasoned === 'beside' && output !== undefined ? output + (reasoning ?? 0) : output,
        reasoning,
        ...(rule.may_be_estimated === true ? { may_be_estimated: true } : {}),
      })
    }
    return {}
  }
}

function uncached(
  where: TokenRules['cached'],
  input: number | undefined,
  cached: number,
): number | undefined {
  if (input === undefined || where === 'beside' || cached > input) return input
  return input - cached
}

/** Leaves out what is not known, so that it is never taken for zero. */
function known(tokens: { readonly [Name in keyof Tokens]: Tokens[Name] | undefined }): Tokens {
  return Object.fromEntries(Object.entries(tokens).filter(([, value]) => value !== undefined))
}

/** What the record says that the call cost, exactly; nothing when it does not say or does not know. */
export function compileCost(fields: Fields): (values: EventValues) => Cost | undefined {
  const { cost } = fields.source
  return cost === undefined ? () => undefined : compileCostRule(cost, fields)
}

function compileCostRule(
  rule: CostRule,
  fields: Fields,
): (values: EventValues) => Cost | undefined {
  const amounts = rule.first.map((path) => fields.text(path, 'reads'))
  const is_stated = rule.currency.startsWith('/')
  const currency = is_stated ? fields.text(rule.currency, 'reads') : undefined
  const isUnknown = compileAny(rule.unknown_when ?? [], fields, 'reads')
  return (values) => {
    for (const field of amounts) {
      const decimal = readDecimal(field.read(values) ?? '')
      if (decimal === undefined) continue
      if (decimal === '0' && isUnknown(values)) return undefined
      return {
        amount: rule.unit === 'cents' ? shiftDecimal(decimal, -2) : decimal,
        currency: (is_stated ? (currency?.read(values) ?? 'USD') : rule.currency).toUpperCase(),
        basis: rule.basis,
      }
    }
    return undefined
  }
}

function isZero(text: string | undefined): boolean {
  return text !== undefined && /^[+-]?0+$/.test(text)
}

type Counter = (values: EventValues) => number | undefined

/** Adds up; of each list of names for one count, the first that holds a number counts. None at all is not zero. */
function compileCount(terms: Count, fields: Fields): Counter {
  const numbers = terms.map((paths) => paths.map((path) => fields.text(path, 'reads').number))
  if (numbers.length === 0) return () => undefined
  return (values) => {
    let sum: number | undefined
    for (const names of numbers) {
      const count = firstCount(names, values)
      if (count !== undefined) sum = (sum ?? 0) + count
    }
    return sum
  }
}

function firstCount(names: readonly number[], values: EventValues): number | undefined {
  for (const name of names) {
    const count = countOf(values, name)
    if (count !== undefined) return count
  }
  return undefined
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
