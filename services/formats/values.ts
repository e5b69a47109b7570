/**
 * Reads one event by field. Lists and JSON texts inside strings are decoded here, when asked for.
 */

import type { EventValues, ValueType } from '#/core/view.ts'
import {
  allTextOf,
  captureRange,
  isNothing,
  range_end,
  range_start,
  tagOf,
  visitCaptures,
  type ValueReader,
} from './captures.ts'
import {
  CAP_END,
  CAP_START,
  CAP_TAG,
  CAP_TYPE,
  CAP_WIDTH,
  TYPE_ARRAY,
  TYPE_MASK,
  TYPE_NUMBER,
  TYPE_OBJECT,
  TYPE_STRING,
  TYPE_TRUE,
  TYPE_VARINT,
} from './layout.ts'
import { bytesOf, type State } from './state.ts'
import { parseKeepingDigits } from './digits.ts'

const TYPE_NAMES: readonly (ValueType | undefined)[] = [
  undefined,
  'string',
  'number',
  'boolean',
  'boolean',
  'null',
  'object',
  'array',
  'bytes',
  'number',
  'number',
  'number',
  'string',
]

export interface EventReader extends EventValues {
  /** Moves the reader to another event. */
  moveTo(event: number): void
}

export function createReader(state: State, reader: ValueReader): EventReader {
  let event = 0
  /** The range that `numbers` was last asked for, and in which sections its fields lie. */
  let numbers_from = -1
  let numbers_to = -1
  let numbers_sections = 0

  /** The last whole capture of a field, as an offset in `caps`; -1 for none. */
  function last(field: number): number {
    captureRange(state, event, state.plan.sections[field]!)
    const caps = state.caps
    for (let at = range_end - CAP_WIDTH; at >= range_start; at -= CAP_WIDTH) {
      if (caps[at] === field && caps[at + CAP_TAG] === -1) return at
    }
    return -1
  }

  function text(field: number): string | undefined {
    const at = last(field)
    return at < 0 ? undefined : reader.text(state, at)
  }

  return {
    moveTo(to) {
      event = to
    },
    text,
    isTrue(field) {
      const at = last(field)
      return at >= 0 && typeAt(state, at) === TYPE_TRUE
    },
    type(field) {
      const at = last(field)
      return at < 0 ? undefined : TYPE_NAMES[state.caps[at + CAP_TYPE]! & TYPE_MASK]
    },
    list(field) {
      if (state.plan.fields[field]!.shape === 'names') return readNames(state, reader, event, field)
      const at = last(field)
      if (at < 0) return []
      if (typeAt(state, at) === TYPE_ARRAY) {
        const path = state.plan.item_paths.get(field)
        return path === undefined ? reader.items(state, at) : reader.itemsAt(state, at, path)
      }
      const item = reader.text(state, at)
      return item === undefined ? [] : [item]
    },
    tags: (field) => readTags(state, reader, event, field),
    visit(from, to, see) {
      visitCaptures(state, event, from, to, (capture, field) => {
        const found = allTextOf(state, reader, capture)
        if (found !== undefined) see(found, field, tagOf(state, capture), state.caps[capture]! < 0)
      })
    },
    occurrences(field) {
      captureRange(state, event, state.plan.sections[field]!)
      let count = 0
      for (let at = range_start; at < range_end; at += CAP_WIDTH) {
        if (state.caps[at] === field && state.caps[at + CAP_TAG] === -1) count++
      }
      return count
    },
    numbers(from, to, into) {
      if (from !== numbers_from || to !== numbers_to) {
        numbers_from = from
        numbers_to = to
        numbers_sections = 0
        for (let field = from; field < to; field++)
          numbers_sections |= 1 << state.plan.sections[field]!
      }
      const count = to - from
      let found = 0
      for (let section = 0; numbers_sections >> section > 0; section++) {
        if (((numbers_sections >> section) & 1) === 0) continue
        captureRange(state, event, section)
        const { caps } = state
        const end = range_end
        for (let at = range_start; at < end; at += CAP_WIDTH) {
          const index = caps[at]! - from
          if (index < 0 || index >= count || caps[at + CAP_TAG] !== -1) continue
          const number = numberAt(state, reader, at)
          if (number === number) {
            into[index] = number
            found |= 1 << index
          } else found &= ~(1 << index)
        }
      }
      return found
    },
  }
}

function numberAt(state: State, reader: ValueReader, capture: number): number {
  const plain = plainNumber(state, capture)
  if (plain >= 0) return plain
  const digits = reader.text(state, capture)?.trim()
  if (digits === undefined || digits.length > DIGITS_MAX || !NUMBER.test(digits)) return NaN
  return Number(digits)
}

/**
 * Most numbers are a few digits, some with a point among them, or a short varint: read from the bytes, without a text in
 * between. -1 for all else. Up to 15 digits this is exactly what `Number` gives, because they and the power of ten below
 * them are exact; of more digits it may be a few units in the last place away.
 */
function plainNumber(state: State, capture: number): number {
  const { caps } = state
  const bytes = bytesOf(state, capture)
  const type = caps[capture + CAP_TYPE]! & TYPE_MASK
  const start = caps[capture + CAP_START]!
  const end = caps[capture + CAP_END]!
  let value = 0
  if (type === TYPE_VARINT) {
    if (end - start > 4) return -1
    for (let at = end - 1; at >= start; at--) value = value * 0x80 + (bytes[at]! & 0x7f)
    return value
  }
  if (type !== TYPE_NUMBER && type !== TYPE_STRING) return -1
  if (end === start || end - start > PLAIN_CHARS_MAX) return -1
  let point = -1
  for (let at = start; at < end; at++) {
    const digit = bytes[at]! - ZERO
    if (digit >= 0 && digit <= 9) value = value * 10 + digit
    else if (bytes[at] === POINT && point < 0 && at > start && at < end - 1) point = at
    else return -1
  }
  return point < 0 ? value : value / POWERS[end - 1 - point]!
}
const ZERO = 0x30
const POINT = 0x2e
const PLAIN_CHARS_MAX = 24
const POWERS = Array.from({ length: PLAIN_CHARS_MAX }, (_, power) => 10 ** power)

/** What JSON and the text of OTLP integers write for a number. */
const NUMBER = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/
const DIGITS_MAX = 64

function typeAt(state: State, capture: number): number {
  return state.caps[capture + CAP_TYPE]! & TYPE_MASK
}

interface Tags {
  readonly tags: (readonly [tag: string, value: string])[]
  lost: boolean
}

function readTags(state: State, reader: ValueReader, event: number, field: number): Tags {
  captureRange(state, event, state.plan.sections[field]!)
  const caps = state.caps
  const start = range_start
  const end = range_end
  const result: Tags = { tags: [], lost: false }
  let whole = -1
  for (let at = start; at < end; at += CAP_WIDTH) {
    if (caps[at] !== field) continue
    const tag = caps[at + CAP_TAG]!
    if (tag < 0) whole = at
    else {
      const value = reader.text(state, at)
      if (value !== undefined) result.tags.push([state.plan.tags.names[tag]!, value])
    }
  }
  if (whole >= 0) readWhole(state, reader, whole, field, result)
  return result
}

/** The tags of the names of an object's members, each once. */
function readNames(state: State, reader: ValueReader, event: number, field: number): string[] {
  captureRange(state, event, state.plan.sections[field]!)
  const caps = state.caps
  const start = range_start
  const end = range_end
  const found = new Set<string>()
  for (let at = start; at < end; at += CAP_WIDTH) {
    if (caps[at] !== field) continue
    const tag = caps[at + CAP_TAG]!
    if (tag >= 0) {
      if (!isNothing(state, at)) found.add(state.plan.tags.names[tag]!)
    } else if (typeAt(state, at) === TYPE_OBJECT) {
      for (const [name] of reader.members(state, at)) {
        const meaning = state.plan.fields[field]!.tag!(name)
        if (meaning !== undefined) found.add(meaning)
      }
    }
  }
  return [...found]
}

/** A map that stands as one value: a JSON text in a string, a list of `key:value`, an OTLP key-value list. */
function readWhole(
  state: State,
  reader: ValueReader,
  capture: number,
  field: number,
  result: Tags,
): void {
  const tag = state.plan.fields[field]!.tag!
  const add = (name: string, value: string): void => {
    const meaning = tag(name)
    if (meaning !== undefined) result.tags.push([meaning, value])
  }
  const type = typeAt(state, capture)
  if (type === TYPE_OBJECT) {
    for (const [name, value] of reader.members(state, capture)) {
      if (value !== undefined) add(name, value)
    }
  } else if (type === TYPE_ARRAY) addPairs(reader.items(state, capture), add)
  else if (type === TYPE_STRING) {
    const text = reader.text(state, capture) ?? ''
    const parsed = parseKeepingDigits(text)
    if (Array.isArray(parsed)) addPairs(parsed, add)
    else if (typeof parsed === 'object' && parsed !== null) {
      for (const [name, value] of Object.entries(parsed)) {
        if (typeof value === 'string') add(name, value)
      }
    } else result.lost = parsed !== null && text.trim() !== ''
  }
}

function addPairs(items: readonly unknown[], add: (name: string, value: string) => void): void {
  for (const item of items) {
    if (typeof item !== 'string') continue
    const colon = item.indexOf(':')
    if (colon > 0) add(item.slice(0, colon), item.slice(colon + 1))
  }
}
