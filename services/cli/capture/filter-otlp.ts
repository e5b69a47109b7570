/**
 * The same for OTLP in JSON, where what the rules call a field is an attribute in a list. What is none of resource, scope,
 * record or span is left out: events and links of spans above all, which may hold prompts.
 */
import { filterJson, means, taggedAs, type Conceal } from './filter-json.ts'
import { isNested } from './raw-numbers.ts'
import { noneKept, SCALAR, type Kept } from './kept.ts'

/** Written by every SDK, and never about a person. */
const ALWAYS = [
  'timeUnixNano',
  'observedTimeUnixNano',
  'startTimeUnixNano',
  'endTimeUnixNano',
  'severityNumber',
]
/** Lists on the way to the records; the name that the list has in what it lies in. */
const GROUPS = ['resourceLogs', 'resourceSpans', 'scopeLogs', 'scopeSpans', 'logRecords', 'spans']

export function filterOtlp(kept: Kept, value: unknown, conceal: Conceal): unknown {
  if (Array.isArray(value)) return value.map((item) => filterOtlp(kept, item, conceal))
  if (typeof value !== 'object' || value === null) return value
  const left: [string, unknown][] = []
  for (const [name, of] of Object.entries(value) as [string, unknown][]) {
    const filtered = memberOf(kept, camel(name), of, conceal)
    if (filtered !== undefined) left.push([name, filtered])
  }
  return Object.fromEntries(left)
}

function memberOf(kept: Kept, name: string, value: unknown, conceal: Conceal): unknown {
  if (GROUPS.includes(name)) return filterOtlp(kept, value, conceal)
  if (ALWAYS.includes(name)) return scalarOf(value)
  const own = kept.members.get(name)
  if (name === 'resource') {
    return attributesOf(own ?? noneKept(), value, conceal)
  }
  if (name === 'scope') return scopeOf(own ?? noneKept(), value, conceal)
  if (name === 'attributes') return filterAttributes(own ?? noneKept(), value, conceal)
  if (own === undefined) return undefined
  if (name === 'body') return filterAny(own, value, name, conceal)
  return typeof value === 'object' ? undefined : filterJson(own, value, name, conceal)
}

function attributesOf(kept: Kept, value: unknown, conceal: Conceal): object {
  const attributes = memberNamed(value, 'attributes')
  return attributes === undefined ? {} : { attributes: filterAttributes(kept, attributes, conceal) }
}

function scopeOf(kept: Kept, value: unknown, conceal: Conceal): object {
  const named = kept.members.get('name')
  const name = memberNamed(value, 'name')
  return named === undefined || typeof name !== 'string'
    ? {}
    : { name: filterJson(named, name, 'name', conceal) }
}

/** A list of `{ key, value }`. */
function filterAttributes(kept: Kept, list: unknown, conceal: Conceal): readonly object[] {
  if (!Array.isArray(list)) return []
  return list.flatMap((attribute: unknown) => {
    const key = memberNamed(attribute, 'key')
    if (typeof key !== 'string') return []
    const own = kept.members.get(key) ?? (means(kept.maps, key) ? taggedAs(kept, key) : undefined)
    const named = own ?? (means(kept.names, key) ? PRESENCE : undefined)
    if (named === undefined) return []
    const value = filterAny(named, memberNamed(attribute, 'value'), key, conceal)
    return value === undefined ? [] : [{ key, value }]
  })
}

const PRESENCE: Kept = { ...noneKept(), value: 'presence' }

/** An AnyValue: an object with one member, named after its type. */
function filterAny(kept: Kept, any: unknown, name: string, conceal: Conceal): unknown {
  if (typeof any !== 'object' || any === null) return any === null ? null : undefined
  for (const [type, value] of Object.entries(any) as [string, unknown][]) {
    const of = camel(type)
    if (of === 'arrayValue') return { [type]: arrayOf(kept, value, name, conceal) }
    if (of === 'kvlistValue') {
      const values = filterAttributes(kept, memberNamed(value, 'values'), conceal)
      return { [type]: { values } }
    }
    if (of === 'bytesValue') return { [type]: '' }
    const scalar = filterJson(kept, value, name, conceal)
    return scalar === undefined ? undefined : { [type]: scalar }
  }
  return {}
}

function arrayOf(kept: Kept, value: unknown, name: string, conceal: Conceal): object {
  const values = memberNamed(value, 'values')
  const of = kept.items ?? (kept.list || kept.maps.length > 0 ? SCALAR : undefined)
  if (!Array.isArray(values) || of === undefined) return { values: [] }
  return { values: values.flatMap((item) => filterAny(of, item, name, conceal) ?? []) }
}

function memberNamed(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  const found = Object.entries(value).find(([own]) => camel(own) === name)
  return found?.[1]
}

function scalarOf(value: unknown): unknown {
  return isNested(value) ? undefined : value
}

/** Readers of OTLP/JSON take both spellings. */
function camel(name: string): string {
  return name.replaceAll(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase())
}
