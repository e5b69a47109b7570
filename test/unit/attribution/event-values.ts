import type { EventValues, FieldRead, ValueType } from '#/core/view.ts'

/**
 * A reader of events built on `JSON.parse`, slow and plain: the yardstick for the rules' own tests, so that they need no
 * scanner. Numbers are read from a parse that keeps their digits.
 */

/** A number as it stands in the text. */
class Digits {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** Node gives a reviver the text of each scalar; the compiler's library does not know that yet. */
type SourceReviver = (
  key: string,
  value: unknown,
  context?: { readonly source?: string },
) => unknown

export function parseExactly(text: string): unknown {
  const keepDigits: SourceReviver = (_, value, context) =>
    typeof value === 'number' ? new Digits(context?.source ?? String(value)) : value
  return JSON.parse(text, keepDigits)
}

/** The events of one message: OTLP JSON log records, members of a wrapper, items of an array, or the object itself. */
export function eventsOf(message: unknown, wrappers: readonly string[] = []): unknown[] {
  if (isObject(message) && Array.isArray(message['resourceLogs']))
    return otlpEvents(message, ['resourceLogs', 'scopeLogs', 'logRecords'])
  if (isObject(message) && Array.isArray(message['resourceSpans']))
    return otlpEvents(message, ['resourceSpans', 'scopeSpans', 'spans'])
  if (Array.isArray(message)) return message
  const outers = wrappers.flatMap((wrapper) => wrapper.split('[]').slice(0, -1))
  for (const wrapper of [...wrappers, ...outers]) {
    const [outer = '', inner] = wrapper.split('[]')
    const list = valueAt(message, outer)
    if (!Array.isArray(list)) continue
    if (inner === undefined) return list.map((event) => within(event, { $: message }))
    const holders = list.filter((item) => Array.isArray(valueAt(item, inner)))
    if (holders.length === 0) continue
    return holders.flatMap((item) =>
      listOf(valueAt(item, inner)).map((event) =>
        within(event, { $: message, [`$${outer}[]`]: item }),
      ),
    )
  }
  return [message]
}

/** What lies round an event in its message, by place. */
const surroundings = new WeakMap<object, Readonly<Record<string, unknown>>>()

function within(event: unknown, places: Readonly<Record<string, unknown>>): unknown {
  if (isObject(event)) surroundings.set(event, places)
  return event
}

function fieldValue(event: unknown, field: FieldRead | undefined): unknown {
  const path = field?.path ?? ''
  if (path.startsWith('$')) {
    const end = path.lastIndexOf('[]') < 0 ? 1 : path.lastIndexOf('[]') + 2
    const places = isObject(event) ? surroundings.get(event) : undefined
    return valueAt(places?.[path.slice(0, end)], path.slice(end))
  }
  const [list = '', item] = field?.shape === 'list' ? path.split('[]') : [path]
  const value = valueInText(event, list, field?.text)
  return item !== undefined && Array.isArray(value)
    ? value.map((one: unknown) => valueAt(one, item))
    : value
}

/** A value that may lie in a JSON text. */
function valueInText(event: unknown, path: string, text: string | undefined): unknown {
  const holder = text === undefined ? undefined : valueAt(event, text)
  if (text === undefined || typeof holder !== 'string') return valueAt(event, path)
  const parsed = parsedObject(holder)
  if (path === text) return holder.trim() === '' ? null : (parsed ?? holder)
  return valueAt(parsed, path.slice(text.length))
}

function parsedObject(text: string): unknown {
  try {
    const parsed = parseExactly(text)
    return isObject(parsed) && !Array.isArray(parsed) ? parsed : undefined
  } catch {
    return undefined
  }
}

export function valuesOf(
  event: unknown,
  fields: readonly FieldRead[],
  occurrences: Readonly<Record<string, number>> = {},
): EventValues {
  const valueOf = (field: number) => fieldValue(event, fields[field])
  return {
    text: (field) => textOf(valueOf(field)),
    type: (field) => typeOf(valueOf(field)),
    list(field) {
      const { shape, tag } = fields[field] ?? {}
      const value = valueOf(field)
      if (shape === 'names') return namesOf(value, tag)
      return Array.isArray(value) ? value.flatMap((item) => textOf(item) ?? []) : []
    },
    tags: (field) => tagsOf(valueOf(field), fields[field]?.tag ?? (() => undefined)),
    visit(from, to, see) {
      for (let field = from; field < to; field += 1) {
        const { shape, tag = () => undefined } = fields[field] ?? {}
        const value = valueOf(field)
        const is_opened = shape === 'map' && isObject(value) && !Array.isArray(value)
        const members: [string | undefined, unknown][] = is_opened
          ? Object.entries(value).map(([name, member]) => [tag(name), member])
          : [[undefined, value]]
        for (const [label, member] of members) {
          const text = linesOf(member)
          if (text !== undefined && (label !== undefined || !is_opened))
            see(text, field, label, false)
        }
      }
    },
    occurrences: (field) => occurrences[fields[field]?.path ?? ''] ?? 1,
    isTrue: (field) => valueOf(field) === true,
    numbers(from, to, into) {
      let found = 0
      for (let field = from; field < to; field += 1) {
        const text = textOf(valueOf(field))?.trim() ?? ''
        if (!/^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text)) continue
        into[field - from] = Number(text)
        found |= 1 << (field - from)
      }
      return found
    },
  }
}

function namesOf(value: unknown, tag: FieldRead['tag']): string[] {
  if (!isObject(value)) return []
  const names = Object.entries(value).flatMap(([name, member]) =>
    member === null || member === '' || member === '-' ? [] : (tag?.(name) ?? []),
  )
  return [...new Set(names)]
}

function tagsOf(
  value: unknown,
  tag: (name: string) => string | undefined,
): { tags: [string, string][]; lost: boolean } {
  if (typeof value === 'string') {
    if (!value.trim().startsWith('{')) return { tags: [], lost: value.trim() !== '' }
    try {
      return tagsOf(parseExactly(value), tag)
    } catch {
      return { tags: [], lost: true }
    }
  }
  const pairs: [string, string | undefined][] = Array.isArray(value)
    ? value.flatMap((item) => pairOf(textOf(item)))
    : isObject(value)
      ? Object.entries(value).map(([name, member]) => [name, textOf(member)])
      : []
  const tags: [string, string][] = []
  for (const [name, text] of pairs) {
    const label = tag(name)
    if (label !== undefined && text !== undefined) tags.push([label, text])
  }
  return { tags, lost: false }
}

function pairOf(text: string | undefined): [string, string][] {
  const colon = text?.indexOf(':') ?? -1
  return text === undefined || colon < 0 ? [] : [[text.slice(0, colon), text.slice(colon + 1)]]
}

/** All texts in a value, a line each, names before what they name; `undefined` where nothing is written. */
function linesOf(value: unknown): string | undefined {
  if (Array.isArray(value)) return value.map((item) => linesOf(item) ?? '').join('\n')
  if (!isObject(value)) return textOf(value)
  const members = Object.entries(value).map(([name, member]) => `${name}: ${linesOf(member) ?? ''}`)
  return members.join('\n')
}

function textOf(value: unknown): string | undefined {
  if (value instanceof Digits) return value.text
  return typeof value === 'string' ? value : undefined
}

function typeOf(value: unknown): ValueType | undefined {
  if (value === undefined) return undefined
  if (value === null) return 'null'
  if (value instanceof Digits) return 'number'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'string') return 'string'
  return typeof value === 'boolean' ? 'boolean' : 'object'
}

function valueAt(value: unknown, path: string): unknown {
  let found = value
  for (const step of path.split('/').slice(1)) {
    if (!isObject(found)) return undefined
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~')
    found = Object.hasOwn(found, name) ? found[name] : undefined
  }
  return found
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !(value instanceof Digits)
}

function otlpEvents(
  message: Record<string, unknown>,
  [groups, scopes, records]: readonly [string, string, string],
): unknown[] {
  return listOf(message[groups]).flatMap((resource_logs) =>
    listOf(memberOf(resource_logs, scopes)).flatMap((scope_logs) =>
      listOf(memberOf(scope_logs, records)).map((record) => ({
        ...(isObject(record) ? record : {}),
        body: anyValue(memberOf(record, 'body')),
        attributes: attributesOf(memberOf(record, 'attributes')),
        resource: attributesOf(memberOf(memberOf(resource_logs, 'resource'), 'attributes')),
        scope: memberOf(scope_logs, 'scope'),
      })),
    ),
  )
}

function memberOf(value: unknown, name: string): unknown {
  return isObject(value) ? value[name] : undefined
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

function attributesOf(list: unknown): Record<string, unknown> {
  const entries = listOf(list).map((item): [string, unknown] => [
    textOf(memberOf(item, 'key')) ?? '',
    anyValue(memberOf(item, 'value')),
  ])
  return Object.fromEntries(entries)
}

function anyValue(value: unknown): unknown {
  if (!isObject(value)) return undefined
  const [name, inner] = Object.entries(value)[0] ?? []
  if (name === 'intValue' || name === 'doubleValue') return new Digits(textOf(inner) ?? '')
  if (name === 'arrayValue') return listOf(memberOf(inner, 'values')).map(anyValue)
  if (name === 'kvlistValue') return attributesOf(memberOf(inner, 'values'))
  return inner
}
