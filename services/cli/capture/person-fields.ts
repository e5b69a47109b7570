/**
 * Fields in which a source names persons, by its own file. They are concealed whatever the event is: a record that is no call,
 * or a second name of somebody, builds no key by which the name would be known.
 */
import { isNobodyWord } from '#/core/keys.ts'
import type { KeyRule, Source } from '#/core/source.ts'
import { matchesGlob } from '#/worker/admin/tap-filter.ts'
import type { PersonField } from './kept.ts'

const PERSON_KINDS: readonly string[] = ['user', 'mail', 'user_or_mail']
const PERSON_TAGS: readonly string[] = ['user', 'owner', 'customer']

export function personFields(source: Source): readonly PersonField[] {
  const rules = rulesIn(source)
  // What may name a workload as well is concealed only where it named a person.
  const others = new Set(rules.flatMap((rule) => (isPersonal(rule) ? [] : [rule.field])))
  return rules
    .filter((rule) => isWholePerson(rule) && !others.has(rule.field))
    .map(({ field, nobody = [] }) => {
      // Words that mean nobody, or everybody, decide and name no person.
      const words = [
        ...nobody,
        ...(source.nobody?.[field] ?? []),
        ...(source.shared?.[field] ?? []),
      ]
      const isWord = (text: string) => words.some((word) => isLike(word, text))
      return { path: field, isPerson: (text) => !isNobodyWord(text) && !isWord(text.trim()) }
    })
}

/** What is taken out of a longer text is found by the key that it builds. */
function isWholePerson(rule: KeyRule): boolean {
  return rule.transform === undefined && rule.matches === undefined && isPersonal(rule)
}

function isPersonal({ kind, tag }: KeyRule): boolean {
  return kind === 'tag' ? PERSON_TAGS.includes(tag ?? '') : PERSON_KINDS.includes(kind)
}

function isLike(pattern: string, text: string): boolean {
  return matchesGlob(pattern.replaceAll(/<(?:digits|hex)>/g, '*').toLowerCase(), text.toLowerCase())
}

function rulesIn(value: unknown): readonly KeyRule[] {
  if (typeof value !== 'object' || value === null) return []
  return isKeyRule(value) ? [value] : Object.values(value).flatMap(rulesIn)
}

function isKeyRule(value: object): value is KeyRule {
  return 'field' in value && 'kind' in value
}
