/**
 * A key that attribution writes (`evidence`, `chain`, `on_behalf_of`) repeats a value of the event. When that value is
 * dropped, it must not stand there either. The rules do not say which field a key came from, so this fails closed: keys
 * of every sort that a dropped field can build are masked, wherever they came from in this event.
 */
import type { AttributionRecord } from '#/core/decision.ts'
import type { KeyRule, Source, TagMap } from '#/core/source.ts'
import { LISTED_TAGS, tagOf, TAGS, type Tag } from '#/core/tags.ts'

/** How the texts of the keys begin that the dropped fields can build: `user=`, `tenant_tag=customer=`. */
export function droppedPrefixes(
  drop: readonly string[],
  sources: readonly Source[],
): readonly string[] {
  const prefixes = new Set<string>()
  for (const path of drop)
    for (const source of sources)
      for (const prefix of prefixesOf(path, source)) prefixes.add(prefix)
  return [...prefixes]
}

/** What stands for the value of such a key. It has no key of its own, so nothing can be learned from it. */
export const MARKER = 'redacted'

export function maskKeys(
  record: AttributionRecord,
  prefixes: readonly string[],
): AttributionRecord {
  const { evidence, on_behalf_of, chain } = record
  // The directory knows the cost centre, whatever the event says.
  const known = `cost_center=${record.owner?.cost_center}`
  const mask = (key: string) => {
    const prefix = key === known ? undefined : prefixes.find((each) => key.startsWith(each))
    return prefix === undefined ? key : prefix + MARKER
  }
  return {
    ...record,
    ...(evidence === undefined ? {} : { evidence: mask(evidence) }),
    ...(chain === undefined ? {} : { chain: [...new Set(chain.map(mask))] }),
    ...(on_behalf_of === undefined ? {} : { on_behalf_of: mask(on_behalf_of) }),
  }
}

function prefixesOf(path: string, source: Source): readonly string[] {
  // Hints name nobody, so their keys are never written.
  const rules = rulesIn({ ...source, hints: [] })
  const built = rules.filter((rule) => pathsIn(rule).some((field) => isWithin(field, path)))
  const namespace = source.agent_namespace
  return [
    ...built.flatMap(prefixesOfRule),
    ...(namespace !== undefined && isWithin(namespace, path) ? ['agent='] : []),
    ...((source.secrets ?? []).some(({ field }) => isWithin(field, path))
      ? [`api_key=${source.system}/fp:`]
      : []),
    ...source.tag_maps.flatMap((map) => tagsWithin(map, path).flatMap(prefixesOfTag)),
  ]
}

/** Every rule of a source file that builds a key, wherever it stands. */
function rulesIn(value: unknown): readonly KeyRule[] {
  if (typeof value !== 'object' || value === null) return []
  if (isKeyRule(value)) return [value]
  return Object.values(value).flatMap(rulesIn)
}

function isKeyRule(value: object): value is KeyRule {
  return 'field' in value && 'kind' in value
}

/** All fields that go into a key. */
function pathsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return value.startsWith('/') ? [value] : []
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(pathsIn)
}

function prefixesOfRule({ kind, tag = 'team' }: KeyRule): readonly string[] {
  if (kind === 'tag') return prefixesOfTag(tag)
  return kind === 'user_or_mail' ? ['user=', 'mail='] : [`${kind}=`]
}

function prefixesOfTag(tag: Tag): readonly string[] {
  if (tag === 'ip') return []
  if (tag === 'user') return ['user=', 'mail=']
  if (tag === 'agent') return ['agent=']
  const listed = LISTED_TAGS.some((name) => name === tag) ? [`${tag}=`] : []
  return [`tenant_tag=${tag}=`, ...listed]
}

/** Tags of a map that are dropped: all with the map, or the one that a member of it means. */
function tagsWithin(map: TagMap, path: string): readonly Tag[] {
  const tags = map.tags === 'all' ? TAGS : TAGS.filter((tag) => tag !== 'user' && tag !== 'agent')
  if (isWithin(map.field, path)) return tags
  if (!path.startsWith(`${map.field}/`)) return []
  const [segment = ''] = path.slice(map.field.length + 1).split('/', 1)
  const name = segment.replaceAll('~1', '/').replaceAll('~0', '~')
  const { prefix = '' } = map
  const tag = name.startsWith(prefix) ? tagOf(name.slice(prefix.length)) : undefined
  return tags.filter((each) => each === tag)
}

/** Items of a list (`[]`) go with the list. */
function isWithin(field: string, path: string): boolean {
  return `${field.replaceAll('[]', '')}/`.startsWith(`${path}/`)
}
