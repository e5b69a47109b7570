import type { By, Condition, When } from '#/core/source.ts'
import type { EventValues } from '#/core/view.ts'
import type { Fields, TextField } from './fields.ts'
import { matcherOf } from './patterns.ts'
import { TRANSFORM_FUNCTIONS } from './transforms.ts'

/** Compiles the conditions of a source file into tests on one event. */

export interface Test {
  holds(values: EventValues): boolean
  /** Whether what the condition looked at can be trusted, given who writes it. */
  isTrusted(values: EventValues, by: By): boolean
}

/** Holds when all conditions hold. */
export function compileWhen(
  when: When,
  fields: Fields,
  use: 'decides' | 'reads' = 'decides',
): Test {
  const tests = when.map((condition) => compileCondition(condition, fields, use))
  return {
    holds: (values) => tests.every((test) => test.holds(values)),
    isTrusted: (values, by) => tests.every((test) => test.isTrusted(values, by)),
  }
}

/** Holds when one of the alternatives holds. */
export function compileAny(
  alternatives: readonly When[],
  fields: Fields,
  use: 'decides' | 'reads' = 'decides',
): Test['holds'] {
  const tests = alternatives.map((when) => compileWhen(when, fields, use))
  return (values) => tests.some((test) => test.holds(values))
}

function compileCondition(condition: Condition, fields: Fields, use: 'decides' | 'reads'): Test {
  if ('names' in condition) return compileNames(condition, fields, use)
  if ('is' in condition) return compileState(condition, fields, use)
  const paths = typeof condition.field === 'string' ? [condition.field] : condition.field
  const texts = paths.map((path) => fields.text(path, use))
  const expected = 'matches' in condition
  const matches = matcherOf(expected ? condition.matches : condition.unless, { ignore_case: false })
  const transform =
    expected && condition.transform !== undefined
      ? TRANSFORM_FUNCTIONS[condition.transform]
      : (text: string) => text
  return {
    holds: (values) => {
      const found = firstText(texts, values)
      const text = found === undefined ? undefined : transform(found)
      return (text !== undefined && matches(text)) === expected
    },
    isTrusted: (values, by) => texts.every((field) => isTrustedIfThere(field, values, by)),
  }
}

function compileNames(
  condition: Extract<Condition, { readonly names: string }>,
  fields: Fields,
  use: 'decides' | 'reads',
): Test {
  const expected = 'matches' in condition
  const patterns = expected ? condition.matches : condition.other_than
  const matches = matcherOf(patterns, { ignore_case: false })
  const number = fields.plan.members(
    condition.names,
    'names',
    use,
    (name) => (matches(name) === expected ? 'yes' : undefined),
    fields.textAbove(condition.names),
  )
  return { holds: (values) => values.list(number).length > 0, isTrusted: () => true }
}

function compileState(
  condition: Extract<Condition, { readonly is: string }>,
  fields: Fields,
  use: 'decides' | 'reads',
): Test {
  const { is } = condition
  const field = fields.text(
    condition.field,
    is === 'present' && use === 'decides' ? 'presence' : use,
  )
  const { number } = field
  const holds: Readonly<Record<typeof is, Test['holds']>> = {
    present: (values) => values.type(number) !== undefined,
    absent: (values) => field.read(values) === undefined,
    named: (values) => field.read(values) !== undefined,
    empty: (values) => values.text(number) === '',
    object: (values) => values.type(number) === 'object',
    true: (values) => isTrue(number, values),
    not_true: (values) => !isTrue(number, values),
  }
  return {
    holds: holds[is],
    isTrusted: (values, by) => isTrustedIfThere(field, values, by),
  }
}

function isTrue(field: number, values: EventValues): boolean {
  return values.isTrue(field) || values.text(field)?.trim().toLowerCase() === 'true'
}

function firstText(texts: readonly TextField[], values: EventValues): string | undefined {
  for (const field of texts) {
    const text = field.read(values)
    if (text !== undefined) return text
  }
  return undefined
}

function isTrustedIfThere(field: TextField, values: EventValues, by: By): boolean {
  return values.type(field.number) === undefined || field.isTrusted(values, by)
}
