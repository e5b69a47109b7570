import type { KeyRule, Taken } from '#/core/source.ts'

/** What stands in the data files of sources beside conditions, in short phrases. */

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
