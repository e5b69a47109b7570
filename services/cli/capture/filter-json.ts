/** Leaves of a JSON value only what is kept, with its texts concealed. Numbers keep their digits. */
import { isNobodyWord } from '#/core/keys.ts'
import { isNested, parseJson } from './raw-numbers.ts'
import { SCALAR, type Kept, type Tag } from './kept.ts'

/** `name` is that of the member that the text stands in. */
export type Conceal = (text: string, name: string, is_person?: boolean) => string

/** Stands for a text of which only counts that it is there. */
const PRESENT = 'x'
/** What the rules read is short; a text that is not has no business in a capture. */
const TEXT_LENGTH_MAX = 4_096
/** Stands for a JSON text that does not parse. */
const BROKEN = '{'

/** `undefined` where nothing is kept. */
export function filterJson(kept: Kept, value: unknown, name: string, conceal: Conceal): unknown {
  if (value === null) return null
  if (typeof value === 'string') return filterText(kept, value, name, conceal)
  if (!isNested(value)) return kept.value !== undefined || kept.list ? value : undefined
  return Array.isArray(value)
    ? filterList(kept, value, name, conceal)
    : filterObject(kept, value, conceal)
}

function filterText(kept: Kept, text: string, name: string, conceal: Conceal): string | undefined {
  if (hasParts(kept) && /^\s*[[{]/.test(text)) {
    try {
      return JSON.stringify(filterJson(kept, parseJson(text), name, conceal))
    } catch {
      if (kept.value === undefined) return BROKEN
    }
  }
  if (kept.value === 'all' || kept.list) return shown(text, name, conceal, kept.isPerson?.(text))
  if (kept.value === undefined) return undefined
  return text === '' || isNobodyWord(text) ? text : PRESENT
}

function hasParts({ members, items, maps, names }: Kept): boolean {
  return members.size > 0 || items !== undefined || maps.length > 0 || names.length > 0
}

function shown(text: string, name: string, conceal: Conceal, is_person?: boolean): string {
  return conceal(text.slice(0, TEXT_LENGTH_MAX), name, is_person)
}

function filterList(
  kept: Kept,
  list: readonly unknown[],
  name: string,
  conceal: Conceal,
): readonly unknown[] {
  const { items } = kept
  if (items !== undefined)
    return list.flatMap((item) => {
      const left = filterJson(items, item, name, conceal)
      return left === undefined ? [] : [left]
    })
  return list.flatMap((item) => {
    if (typeof item === 'string' && isEntry(kept, item)) return [entryShown(kept, item, conceal)]
    if (!kept.list) return []
    if (typeof item === 'string') return [shown(item, name, conceal, kept.isPerson?.(item))]
    return isNested(item) ? [] : [item]
  })
}

/** `key:value`, in place of a member of an object. */
function isEntry({ maps }: Kept, item: string): boolean {
  const colon = item.indexOf(':')
  return colon > 0 && means(maps, item.slice(0, colon).trim())
}

function entryShown(kept: Kept, item: string, conceal: Conceal): string {
  const colon = item.indexOf(':')
  const name = item.slice(0, colon)
  const is_person = taggedAs(kept, name.trim()) === PERSON
  return `${name}:${shown(item.slice(colon + 1), name, conceal, is_person)}`
}

function filterObject(kept: Kept, object: object, conceal: Conceal): object {
  const left: [string, unknown][] = []
  for (const [name, value] of Object.entries(object) as [string, unknown][]) {
    const own = kept.members.get(name)
    let of: unknown
    if (own !== undefined) of = filterJson(own, value, name, conceal)
    if (means(kept.maps, name)) of = filterJson(taggedAs(kept, name), value, name, conceal) ?? of
    if (of === undefined && means(kept.names, name)) of = presenceOf(value)
    if (of !== undefined) left.push([name, of])
  }
  return Object.fromEntries(left)
}

export function means(tags: readonly Tag[], name: string): boolean {
  return tags.some((tag) => tag(name) !== undefined)
}

/** Tags whose value is, or may be, a person. */
const PERSON_TAGS: readonly string[] = ['user', 'owner', 'customer']
const PERSON: Kept = { ...SCALAR, isPerson: () => true }

export function taggedAs({ maps }: Kept, name: string): Kept {
  return maps.some((tag) => PERSON_TAGS.includes(tag(name) ?? '')) ? PERSON : SCALAR
}

function presenceOf(value: unknown): unknown {
  return value === null || value === '' || value === '-' ? value : PRESENT
}
