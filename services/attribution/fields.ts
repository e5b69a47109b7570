import { isNobodyWord } from '#/core/keys.ts'
import type { By, Path, Source, Taken } from '#/core/source.ts'
import type { EventValues, FieldRead } from '#/core/view.ts'
import { matcherOf, type Matcher } from './patterns.ts'
import type { Plan } from './plan.ts'
import { isTrust, type Probe, type TrustReason } from './probe.ts'
import { TRANSFORM_FUNCTIONS } from './transforms.ts'
import type { RulesOptions } from './types.ts'

/**
 * How one source's fields are read: what is absent, what is shared, and which of them can be trusted. Made once per
 * receiver and source; everything that compiles a part of a source file gets it.
 */

export interface Fields {
  readonly source: Source
  readonly options: RulesOptions
  readonly plan: Plan
  /** Present when a decision is to be explained. */
  readonly probe: Probe | undefined
  /** A field by path, with the text it holds when it names something. */
  text(path: Path, use: FieldRead['use']): TextField
  /** The items of a list, by a path with `[]`. */
  items(path: Path, use: FieldRead['use']): ItemsField
  /** A reader of a field, or of what is taken out of it. */
  taken(from: Taken, use: FieldRead['use']): (values: EventValues) => string | undefined
  /** The JSON text that the path lies in or is, if its source has such. */
  textAbove(path: Path): Path | undefined
  isNobody(text: string): boolean
  /** Whether the name of a resource attribute is one that the platform stamps. */
  isStamped(attribute: string): boolean
}

export interface TextField extends Field {
  /** Trimmed text; `undefined` when absent, no scalar, or a nobody word. */
  read(values: EventValues): string | undefined
}

export interface ItemsField extends Field {
  /** Trimmed texts that name something. */
  read(values: EventValues): readonly string[]
}

export interface Field {
  readonly number: number
  isShared(text: string): boolean
  /** Whether the platform wrote it, as far as the record can be believed. */
  isTrusted(values: EventValues, by: By): boolean
  trustOf(values: EventValues, by: By): TrustReason
}

const RESOURCE = '/resource/'

export function createFields(
  source: Source,
  options: RulesOptions,
  plan: Plan,
  probe?: Probe,
): Fields {
  const stamped = matcherOf(options.trusted_resource_attributes ?? [], { ignore_case: false })
  const more_words = matcherOf(options.nobody_words ?? [], { ignore_case: true })
  const is_otlp = source.encoding !== 'json'

  function isNobody(value: string): boolean {
    return isNobodyWord(value) || more_words(value)
  }

  function textAbove(path: Path): Path | undefined {
    return source.texts?.find((above) => path === above || path.startsWith(`${above}/`))
  }

  /** What the source's file says about a path, whether one value stands there or several. */
  function describe(
    path: Path,
    number: number,
  ): Field & { nameOf(raw: string): string | undefined } {
    const nobody = optionalMatcher(source.nobody?.[path], true)
    const shared_words = [...(source.shared?.[path] ?? []), ...(options.shared_words?.[path] ?? [])]
    const is_stamped = is_otlp && path.startsWith(RESOURCE) && stamped(path.slice(RESOURCE.length))
    function trustOf(values: EventValues, by: By): TrustReason {
      if (by !== 'system' && !is_stamped) return 'caller'
      if (options.trust !== 'trusted') return 'topic_claimed'
      if (is_otlp && values.occurrences(number) > 1) return 'repeated'
      return by === 'system' ? 'system' : 'stamped'
    }
    return {
      number,
      nameOf(raw) {
        const value = raw.trim()
        if (!isNobody(value) && !nobody(value)) return value
        probe?.see({ field: path, kind: 'nobody', word: value })
        return undefined
      },
      isShared: optionalMatcher(shared_words, false),
      isTrusted: (values, by) => isTrust(trustOf(values, by)),
      trustOf,
    }
  }

  function text(path: Path, use: FieldRead['use']): TextField {
    const number = plan.value(path, use, textAbove(path))
    const field = describe(path, number)
    return {
      ...field,
      read(values) {
        const value = values.text(number)
        return value === undefined ? undefined : field.nameOf(value)
      },
    }
  }

  function items(path: Path, use: FieldRead['use']): ItemsField {
    const number = plan.list(path, use, textAbove(path))
    const field = describe(path, number)
    return {
      ...field,
      read: (values) => values.list(number).flatMap((item) => field.nameOf(item) ?? []),
    }
  }

  function taken(from: Taken, use: FieldRead['use']): (values: EventValues) => string | undefined {
    if (typeof from === 'string') {
      const field = text(from, use)
      return (values) => field.read(values)
    }
    const field = text(from.field, use)
    const transform = TRANSFORM_FUNCTIONS[from.transform]
    return (values) => {
      const value = field.read(values)
      return value === undefined ? undefined : transform(value)
    }
  }

  return {
    source,
    options,
    plan,
    probe,
    text,
    items,
    taken,
    textAbove,
    isNobody,
    isStamped: stamped,
  }
}

function optionalMatcher(patterns: readonly string[] | undefined, ignore_case: boolean): Matcher {
  if (patterns === undefined || patterns.length === 0) return () => false
  return matcherOf(patterns, { ignore_case })
}
