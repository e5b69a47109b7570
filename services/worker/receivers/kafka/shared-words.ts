/**
 * The operator's own words for "many callers share this": values of single fields, such as the alias of a common key. They
 * count wherever an identity reads the field, also when another of its fields would build the key, because a key whose
 * alias says that it is shared is shared.
 */
import type { Alias, Condition, Source } from '#/core/source.ts'

/** Words by field (JSON Pointer). */
export type SharedWords = Readonly<Record<string, readonly string[]>>

export function withSharedWords(source: Source, words: SharedWords): Source {
  if (Object.keys(words).length === 0) return source
  return {
    ...source,
    identities: source.identities.map((identity) => ({
      ...identity,
      aliases: identity.aliases.map((alias) => withConditions(alias, words)),
    })),
  }
}

function withConditions(alias: Alias, words: SharedWords): Alias {
  const conditions = alias.first.flatMap(({ field }): readonly (readonly Condition[])[] => {
    const matches = words[field]
    return matches === undefined ? [] : [[{ field, matches }]]
  })
  if (conditions.length === 0) return alias
  return { ...alias, shared: [...(alias.shared ?? []), ...conditions] }
}

/** Fields that can hold a shared value: those that some identity builds a key from. */
export function identityFields(sources: readonly Source[]): readonly string[] {
  const fields = sources.flatMap(({ identities }) =>
    identities.flatMap(({ aliases }) => aliases.flatMap(({ first }) => first)),
  )
  return [...new Set(fields.map(({ field }) => field))]
}
