import type { Condition, When } from '#/core/source.ts'

/** Conditions of the data files of sources, in short phrases: `/category = A | B`, `no /model`, `a member mcp* of /ai`. */

export function conditionText(condition: Condition): string {
  if ('names' in condition) {
    const [which, patterns] =
      'matches' in condition ? ['', condition.matches] : ['other than ', condition.other_than]
    const of = condition.names === '' ? 'the event' : condition.names
    return `a member ${which}${patterns.join(' | ')} of ${of}`
  }
  if ('is' in condition) return STATES[condition.is](condition.field)
  const field = typeof condition.field === 'string' ? condition.field : condition.field.join(' > ')
  if ('unless' in condition) return `${field} other than ${condition.unless.join(' | ')}`
  const as = condition.transform === undefined ? '' : ` (as ${condition.transform})`
  return `${field}${as} = ${condition.matches.join(' | ')}`
}

type State = Extract<Condition, { readonly is: string }>['is']

const STATES: Readonly<Record<State, (field: string) => string>> = {
  present: (field) => field,
  absent: (field) => `no ${field}`,
  named: (field) => `${field} that names something`,
  empty: (field) => `${field} that is empty`,
  object: (field) => `${field} that is an object`,
  true: (field) => `${field} = true`,
  not_true: (field) => `${field} other than true`,
}

export function whenText(when: When): string {
  return when.map(conditionText).join(' and ')
}
