/** Rows of an owner file against what the configured receivers can ask for, and claims against what the rows list. */
import type { Key } from '#/core/owners.ts'
import type { KeyKind } from '#/core/words.ts'
import { foldValue, LISTED_TAGS } from '#/core/tags.ts'
import type { InspectedOwners } from '#/owners/index.ts'
import type { RowFinding } from './found.ts'
import { canAsk, type KeyShape } from './key-shapes.ts'

export function lintReach(
  { bindings }: Pick<InspectedOwners, 'bindings'>,
  shapes: readonly KeyShape[],
): readonly RowFinding[] {
  return bindings.flatMap(({ key }, binding): readonly RowFinding[] => {
    if (canAsk(shapes, key)) return []
    const starts = startsOf(shapes, key.kind)
    const message =
      starts.length === 0
        ? `no source of this config tells anything of kind ${key.kind}: the row never applies`
        : `no source of this config builds such a key of kind ${key.kind}: here they begin with ${starts.join(', ')}`
    const help =
      'correct the key, add the receiver that it is for, or ignore this code if other workers share the file'
    return [{ code: 'WC-L007', binding, member: 'key', message, help }]
  })
}

function startsOf(shapes: readonly KeyShape[], kind: KeyKind): readonly string[] {
  const of_kind = shapes.filter((shape) => shape.kind === kind)
  return [...new Set(of_kind.flatMap(({ starts }) => starts ?? []))].toSorted()
}

/**
 * A tag such as `team=payments` attributes only what the owner file lists. Where it lists most teams, one that owns keys
 * and is not listed was forgotten: calls that carry its tag stay unknown. It is told once, at the first such owner.
 */
export function lintClaims(
  { bindings, placeOf }: Pick<InspectedOwners, 'bindings' | 'placeOf'>,
  shapes: readonly KeyShape[],
): readonly RowFinding[] {
  return LISTED_TAGS.flatMap((tag): readonly RowFinding[] => {
    if (!shapes.some(({ kind }) => kind === tag)) return []
    const listed = new Set(bindings.flatMap(({ key }) => listedBy(key, tag) ?? []))
    const unlisted = new Map<string, number>()
    const named = new Set<string>()
    for (const [binding, { owner }] of bindings.entries()) {
      const text = owner?.[tag]
      if (text === undefined) continue
      const value = foldValue(text)
      named.add(value)
      if (!listed.has(value) && !unlisted.has(value)) unlisted.set(value, binding)
    }
    const [first, ...others] = unlisted.values()
    if (first === undefined || unlisted.size > named.size / 2) return []
    const lines = others.slice(0, LINES_MAX).map((binding) => placeOf(binding).line)
    const too = lines.length === 0 ? '' : `, and so are those at line ${lines.join(', ')}`
    return [
      {
        code: 'WC-L009',
        binding: first,
        member: 'owner',
        message: `the ${tag} of this owner is listed by no row, unlike others${too}: calls that carry it as a tag stay unknown`,
        help: `add a row of kind ${tag} whose key it is`,
      },
    ]
  })
}

/** More places than these are not named. */
const LINES_MAX = 10

function listedBy({ kind, value }: Key, tag: KeyKind): string | undefined {
  if (kind === tag) return value
  if (kind !== 'tenant_tag' || !value.startsWith(`${tag}=`)) return undefined
  return value.slice(tag.length + 1)
}
