import type { Condition, KeyRule, Taken, When } from '#/core/source.ts'

/** What stands in the data files of sources, in short phrases: `/category = A | B`, `no /model`, `a member mcp* of /ai`. */

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

export function takenText(taken: Taken): string {
  return typeof taken === 'string' ? taken : `${taken.field} (${taken.transform})`
}

/** The kind of key that a rule builds, with what stands in it besides the value. */
export function keyText(rule: KeyRule): string {
  if (rule.kind === 'tag') return `tag ${rule.tag}`
  if (rule.kind === 'user_or_mail') return 'user or mail'
  const part = rule.type ?? rule.workload ?? rule.prefix
  return part === undefined ? rule.kind : `${rule.kind} ${part}`
}

/** What else decides whether the field builds that key. */
export function ruleRemarks(rule: KeyRule): readonly string[] {
  const { transform, matches, nobody, issuer, then } = rule
  return [
    ...(then === undefined ? [] : [`then ${then.by}${then.field}`]),
    ...(transform === undefined ? [] : [`through ${transform}`]),
    ...(matches === undefined ? [] : [`only ${matches.join(' | ')}`]),
    ...(nobody === undefined ? [] : [`nobody: ${nobody.join(' | ')}`]),
    ...(issuer === undefined ? [] : [`issuer ${issuer}`]),
  ]
}
