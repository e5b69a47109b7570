/**
 * The events of a message as a test changes them: by the pointers of the data files, in plain JSON and in OTLP alike. A value
 * that is set in OTLP is an `AnyValue`; `undefined` takes the field out.
 */
import { createRules } from '#/attribution/index.ts'
import type { Source } from '#/core/source.ts'
import { tagOf } from '#/core/tags.ts'
import type { FieldRead } from '#/core/view.ts'
import {
  isObject,
  parseTree,
  pointerOf,
  setAt,
  stepsOf,
  valueAt,
  writeTree,
  type Json,
  type JsonObject,
} from './json-tree.ts'

export interface SampleEvent {
  /** The object in the message: an event of plain JSON, a log record, a span. */
  readonly object: JsonObject
  /** OTLP: what stands round it. */
  readonly resource?: JsonObject
}

export function eventsIn(message: Json, { encoding, wrappers = [] }: Source): SampleEvent[] {
  if (encoding !== 'json') return otlpEvents(message)
  if (Array.isArray(message)) return message.filter(isObject).map((object) => ({ object }))
  for (const wrapper of wrappers) {
    const [outer = '', inner] = wrapper.split('[]')
    const list = listAt(message, outer)
    const lists = inner === undefined ? [list] : list.map((item) => listAt(item, inner))
    const objects = lists.flat().filter(isObject)
    if (objects.length > 0) return objects.map((object) => ({ object }))
  }
  return isObject(message) ? [{ object: message }] : []
}

function otlpEvents(message: Json): SampleEvent[] {
  return [
    ['/resourceLogs', '/scopeLogs', '/logRecords'],
    ['/resourceSpans', '/scopeSpans', '/spans'],
  ].flatMap(([outer = '', middle = '', inner = '']) =>
    listAt(message, outer).flatMap((holder) => {
      const resource = valueAt(holder, ['resource'])
      const objects = listAt(holder, middle).flatMap((scope) => listAt(scope, inner))
      return objects
        .filter(isObject)
        .map((object) => ({ object, ...(isObject(resource) ? { resource } : {}) }))
    }),
  )
}

function listAt(tree: Json, pointer: string): readonly Json[] {
  const found = valueAt(tree, stepsOf(pointer))
  return Array.isArray(found) ? found : []
}

/** Sets what a pointer names; false when there is no place for it. */
export function setField(
  source: Source,
  event: SampleEvent,
  pointer: string,
  value: Json | undefined,
): boolean {
  const [first = '', ...rest] = stepsOf(pointer)
  if (source.encoding === 'json') return setJson(source, event.object, pointer, value)
  if (first === 'attributes') return setAttribute(event.object, rest.join('/'), value)
  if (first === 'resource')
    return event.resource !== undefined && setAttribute(event.resource, rest.join('/'), value)
  return false
}

/** A field may lie in a string that holds the text of an object. */
function setJson(
  { texts = [] }: Source,
  object: JsonObject,
  pointer: string,
  value: Json | undefined,
): boolean {
  const text_path = texts.find((path) => pointer.startsWith(`${path}/`))
  const text = text_path === undefined ? undefined : valueAt(object, stepsOf(text_path))
  if (text_path === undefined || typeof text !== 'string')
    return setAt(object, stepsOf(pointer), value)
  const inner = parseTree(text)
  if (!isObject(inner)) return false
  setAt(inner, stepsOf(pointer.slice(text_path.length)), value)
  return setAt(object, stepsOf(text_path), writeTree(inner))
}

function setAttribute(holder: JsonObject, key: string, value: Json | undefined): boolean {
  const list = Array.isArray(holder['attributes']) ? holder['attributes'] : []
  const others = list.filter((item) => !isObject(item) || item['key'] !== key)
  holder['attributes'] = value === undefined ? others : [...others, { key, value }]
  return true
}

function keyOf({ key }: JsonObject): string {
  return typeof key === 'string' ? key : ''
}

/** Fields that may name somebody; of lists the list itself, and no whole event. */
export function identityFields({ identities, tag_maps }: Source): readonly string[] {
  const rules = identities.flatMap(({ aliases }) => aliases.flatMap(({ first }) => first))
  const paths = [
    ...rules.flatMap(({ field, issuer }) => [field, ...(issuer === undefined ? [] : [issuer])]),
    ...tag_maps.map(({ field }) => field),
  ]
  const whole = ['', '/attributes', '/resource']
  return [...new Set(paths.map((path) => path.split('[]')[0] ?? ''))].filter(
    (path) => !whole.includes(path) && !path.startsWith('$'),
  )
}

/** Takes out everything that may name somebody. */
export function withoutIdentity(source: Source, event: SampleEvent): void {
  for (const pointer of identityFields(source)) setField(source, event, pointer, undefined)
  for (const { field, prefix = '' } of source.tag_maps) {
    const is_tag = (name: string): boolean =>
      name.startsWith(prefix) && tagOf(name.slice(prefix.length)) !== undefined
    if (field === '')
      for (const name of Object.keys(event.object)) if (is_tag(name)) delete event.object[name]
    const holder = { '/attributes': event.object, '/resource': event.resource }[field]
    if (holder === undefined || !Array.isArray(holder['attributes'])) continue
    holder['attributes'] = holder['attributes'].filter(
      (item) => !isObject(item) || !is_tag(keyOf(item)),
    )
  }
}

/** Replaces every value that the source does not read: there may be anything in it. Returns how many. */
export function replaceUnread(source: Source, event: SampleEvent, value: Json): number {
  const fields = fieldsOf(source)
  const isRead = (steps: readonly string[]): boolean => fields.some((one) => reads(one, steps))
  let count = 0
  const walk = (object: JsonObject, above: readonly string[]): void => {
    for (const [name, member] of Object.entries(object)) {
      const steps = [...above, name]
      if (source.encoding !== 'json' && above.length === 0 && name !== 'body') continue
      if (!isRead(steps)) {
        Object.assign(object, { [name]: value })
        count += 1
      } else if (isObject(member)) walk(member, steps)
    }
  }
  walk(event.object, [])
  for (const [part, holder] of [
    ['attributes', event.object],
    ['resource', event.resource],
  ] as const) {
    const list = source.encoding === 'json' ? undefined : holder?.['attributes']
    for (const item of Array.isArray(list) ? list : []) {
      if (!isObject(item) || isRead([part, keyOf(item)])) continue
      item['value'] = value
      count += 1
    }
  }
  return count
}

const known_fields = new Map<Source, readonly FieldRead[]>()

function fieldsOf(source: Source): readonly FieldRead[] {
  const options = { trust: 'trusted', minimum_confidence: 'low', detail: 'minimal' } as const
  const fields =
    known_fields.get(source) ?? createRules({ ...options, sources: [source], auto: false }).fields
  known_fields.set(source, fields)
  return fields
}

/** Whether a field is what stands at `steps`, lies below it, or above it with all that it holds. */
function reads({ path, shape, tag, text }: FieldRead, steps: readonly string[]): boolean {
  if (path.startsWith('$')) return false
  const pointer = pointerOf(steps)
  const own = path.split('[]')[0] ?? ''
  if (own === pointer || own.startsWith(`${pointer}/`) || text === pointer) return true
  if (own !== '' && !pointer.startsWith(`${own}/`)) return false
  if (shape !== 'map' && shape !== 'names') return path.includes('[]')
  const name = steps[stepsOf(own).length]
  return name !== undefined && tag?.(name) !== undefined
}
