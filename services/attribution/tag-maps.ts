import type { Path, Source, TagMap } from '#/core/source.ts'
import {
  CIRCUMSTANCES,
  circumstanceOf,
  TAG_SLOTS,
  tagOf,
  TAGS,
  type Circumstance,
  type Tag,
} from '#/core/tags.ts'
import type { EventValues } from '#/core/view.ts'
import type { Fields } from './fields.ts'

/**
 * Reads owner tags out of objects, JSON texts and lists of `key:value`. What the source's file names itself is no tag.
 * Addresses in such maps are read apart, because they do not decide.
 */

export interface TagRead<Name extends Tag | Circumstance = Tag> {
  readonly tag: Name
  /** The member that holds it. */
  readonly name: string
  readonly value: string
  /** The platform stamped it or the administrator set it, and its name stood once. */
  readonly is_trusted: boolean
}

export interface TagReader {
  read(values: EventValues): {
    readonly tags: readonly TagRead[]
    /** Only of maps whose tags decide. */
    readonly circumstances: readonly TagRead<Circumstance>[]
    readonly is_lost: boolean
  }
}

/** Tags that decide: all but addresses. */
export function compileTagMap(map: TagMap, fields: Fields): TagReader {
  return compile(map, fields, 'decides', (tag) => {
    if (tag === 'ip') return false
    if (isCircumstance(tag)) return true
    return map.tags === 'all' || !(tag === 'user' || tag === 'agent')
  })
}

/** Addresses that somebody put into a tag map. */
export function compileAddressTags(map: TagMap, fields: Fields): TagReader {
  return compile(map, fields, 'reads', (tag) => tag === 'ip')
}

/** Owner tags that only suggest. */
export function compileHintTags(
  hint: { readonly tag_map: Path; readonly prefix?: string },
  fields: Fields,
): TagReader {
  const map: TagMap = { field: hint.tag_map, by: 'caller', tags: 'owner' }
  return compile(
    hint.prefix === undefined ? map : { ...map, prefix: hint.prefix },
    fields,
    'reads',
    (tag) => !(tag === 'ip' || tag === 'user' || tag === 'agent' || isCircumstance(tag)),
  )
}

/** The scanner remembers one text per name: the tag and, behind a tab, the name it stood under. */
const SEPARATOR = '\t'

function compile(
  map: TagMap,
  fields: Fields,
  use: 'decides' | 'reads',
  counts: (tag: Tag | Circumstance) => boolean,
): TagReader {
  const named = namesUnder(map.field, fields.source)
  const { prefix } = map
  const number = fields.plan.members(
    map.field,
    'map',
    use,
    (name) => {
      if (named.has(name) || (prefix !== undefined && !name.startsWith(prefix))) return undefined
      const rest = prefix === undefined ? name : name.slice(prefix.length)
      const tag = tagOf(rest) ?? circumstanceOf(rest)
      return tag === undefined || !counts(tag) ? undefined : tag + SEPARATOR + name
    },
    textRound(map.field, fields),
  )
  const is_resource = map.field === '/resource' && fields.source.encoding !== 'json'
  const is_trusted_receiver = fields.options.trust === 'trusted'
  return {
    read(values) {
      const found = values.tags(number)
      const is_list = values.type(number) === 'array'
      const members = is_list ? everyMember(found.tags) : lastMembers(found.tags)
      const tags: TagRead[] = []
      const circumstances: TagRead<Circumstance>[] = []
      for (const [label, value, times] of members.slice(0, TAGS_MAX)) {
        const text = value.trim()
        if (fields.isNobody(text)) continue
        const [tag, name] = splitLabel(label)
        const by_platform = map.by === 'system' || (is_resource && fields.isStamped(name))
        const is_trusted = is_trusted_receiver && by_platform && (times === 1 || !is_resource)
        if (isCircumstance(tag)) circumstances.push({ tag, name, value: text, is_trusted })
        else tags.push({ tag, name, value: text, is_trusted })
      }
      return { tags, circumstances, is_lost: found.lost || members.length > TAGS_MAX }
    },
  }
}

/** A map that is a JSON text itself is read whole. */
function textRound(path: Path, fields: Fields): Path | undefined {
  const text = fields.textAbove(path)
  return text === path ? undefined : text
}

/** Most tags of one map; what is beyond them is lost and counted. */
const TAGS_MAX = 256

type Member = readonly [label: string, value: string, times: number]

function everyMember(tags: readonly (readonly [string, string])[]): readonly Member[] {
  return tags.map(([label, value]) => [label, value, 1])
}

/** Of a name that stands twice in an object, the last one counts. */
function lastMembers(tags: readonly (readonly [string, string])[]): readonly Member[] {
  if (tags.length < 2) return everyMember(tags)
  const members = new Map<string, Member>()
  for (const [label, value] of tags) {
    members.set(label, [label, value, (members.get(label)?.[2] ?? 0) + 1])
  }
  return [...members.values()]
}

const KNOWN: readonly (Tag | Circumstance)[] = [...TAGS, ...CIRCUMSTANCES]

function splitLabel(label: string): [tag: Tag | Circumstance, name: string] {
  const at = label.indexOf(SEPARATOR)
  const tag = KNOWN.find((known) => known === label.slice(0, at)) ?? 'team'
  return [tag, label.slice(at + 1)]
}

function isCircumstance(tag: Tag | Circumstance): tag is Circumstance {
  return tag === 'environment' || tag === 'traffic_class'
}

/** The slot of a tag's evidence. */
export function slotOfTag(tag: Tag): 'claim' | 'consumer' | 'agent' {
  const slot = TAG_SLOTS[tag]
  return slot === 'net' ? 'claim' : slot
}

/** Names of members of `parent` that the source's file reads as fields of their own. */
function namesUnder(parent: Path, source: Source): ReadonlySet<string> {
  const names = new Set<string>()
  // What is said about the call is read beside the tags, not in their place.
  const { call: _, ...evidence } = source
  for (const path of pathsIn(evidence)) {
    if (!path.startsWith(`${parent}/`)) continue
    const rest = path.slice(parent.length + 1)
    if (!rest.includes('/')) names.add(rest.replaceAll('~1', '/').replaceAll('~0', '~'))
  }
  return names
}

function pathsIn(value: unknown): string[] {
  if (typeof value === 'string') return value.startsWith('/') ? [value] : []
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, member]) => [...pathsIn(name), ...pathsIn(member)])
}
