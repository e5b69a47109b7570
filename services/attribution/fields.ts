import { isNobodyWord } from '#/core/keys.ts'
import type { By, Path, Source } from '#/core/source.ts'
import type { EventValues, FieldRead } from '#/core/view.ts'
import { matcherOf, type Matcher } from './patterns.ts'
import type { Plan } from './plan.ts'
import type { RulesOptions } from './types.ts'

/**
 * How one source's fields are read: what is absent, what is shared, and which of them can be trusted. Made once per
 * receiver and source; everything that compiles a part of a source file gets it.
 */

export interface Fields {
  readonly source: Source
  readonly options: RulesOptions
  readonly plan: Plan
  /** A field by path, with the text it holds when it names something. */
  text(path: Path, use: FieldRead['use']): TextField
  isNobody(text: string): boolean
  /** Whether the name of a resource attribute is one that the platform stamps. */
  isStamped(attribute: string): boolean
}

export interface TextField {
  readonly number: number
  /** Trimmed text; `undefined` when absent, no scalar, or a nobody word. */
  read(values: EventValues): string | undefined
  isShared(text: string): boolean
  /** Whether the platform wrote it, as far as the record can be believed. */
  isTrusted(values: EventValues, by: By): boolean
}

const RESOURCE = '/resource/'

export function createFields(source: Source, options: RulesOptions, plan: Plan): Fields {
  const stamped = matcherOf(options.trusted_resource_attributes ?? [], { ignore_case: false })
  const more_words = matcherOf(options.nobody_words ?? [], { ignore_case: true })
  const is_otlp = source.encoding !== 'json'

  function isNobody(value: string): boolean {
    return isNobodyWord(value) || more_words(value)
  }

  function text(path: Path, use: FieldRead['use']): TextField {
    const number = plan.value(path, use)
    const nobody = optionalMatcher(source.nobody?.[path], true)
    const shared_words = [...(source.shared?.[path] ?? []), ...(options.shared_words?.[path] ?? [])]
    const isShared = optionalMatcher(shared_words, false)
    const is_stamped = is_otlp && path.startsWith(RESOURCE) && stamped(path.slice(RESOURCE.length))
    return {
      number,
      read(values) {
        const value = values.text(number)?.trim()
        return value === undefined || isNobody(value) || nobody(value) ? undefined : value
      },
      isShared,
      isTrusted(values, by) {
        if (options.trust !== 'trusted' || !(by === 'system' || is_stamped)) return false
        return !is_otlp || values.occurrences(number) <= 1
      },
    }
  }

  return { source, options, plan, text, isNobody, isStamped: stamped }
}

function optionalMatcher(patterns: readonly string[] | undefined, ignore_case: boolean): Matcher {
  if (patterns === undefined || patterns.length === 0) return () => false
  return matcherOf(patterns, { ignore_case })
}
