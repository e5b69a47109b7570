/**
 * The text of captured protobuf values. Lists and key-value lists are decoded here, from the whole field that held them,
 * because a value may come in pieces.
 */

import {
  CAP_END,
  CAP_ENTRY,
  CAP_MEMBER_END,
  CAP_MEMBER_START,
  CAP_START,
  CAP_TYPE,
  TYPE_DOUBLE,
  TYPE_FIXED64,
  TYPE_HEX,
  TYPE_MASK,
  TYPE_STRING,
  TYPE_VARINT,
} from '../layout.ts'
import type { State } from '../state.ts'
import type { ValueReader } from '../captures.ts'
import { number_read, readLength, readTag, skipField, WIRE_BYTES } from './wire.ts'

export const protoReader: ValueReader = {
  text(state, capture) {
    const { caps } = state
    const type = caps[capture + CAP_TYPE]! & TYPE_MASK
    return textOf(state.bytes, type, caps[capture + CAP_START]!, caps[capture + CAP_END]!)
  },
  items: (state, capture) => itemsOf(state.bytes, anyFieldsOf(state, capture)),
  itemsAt: () => [],
  members: (state, capture) => membersOf(state.bytes, anyFieldsOf(state, capture)),
  lines(state, capture) {
    const lines: string[] = []
    addLines(state.bytes, anyFieldsOf(state, capture), '', lines, 0)
    return lines.join('\n')
  },
}

function textOf(bytes: Buffer, type: number, start: number, end: number): string | undefined {
  switch (type) {
    case TYPE_STRING:
      return bytes.toString('utf8', start, end)
    case TYPE_VARINT:
      return varintText(bytes, start, end)
    case TYPE_DOUBLE:
      return String(bytes.readDoubleLE(start))
    case TYPE_FIXED64:
      return bytes.readBigUInt64LE(start).toString()
    case TYPE_HEX:
      return bytes.toString('hex', start, end)
    default:
      return undefined
  }
}

/** A signed 64-bit number. */
function varintText(bytes: Buffer, start: number, end: number): string {
  if (end - start <= 4) {
    let small = 0
    for (let p = end - 1; p >= start; p--) small = small * 0x80 + (bytes[p]! & 0x7f)
    return String(small)
  }
  let value = 0n
  for (let p = end - 1; p >= start; p--) value = (value << 7n) | BigInt(bytes[p]! & 0x7f)
  return BigInt.asIntN(64, value).toString()
}

interface Field {
  readonly number: number
  readonly wire: number
  readonly start: number
  readonly end: number
}

/** The fields of a message; empty when it cannot be read: that value is lost, not the event. */
export function fieldsOf(bytes: Buffer, start: number, end: number): readonly Field[] {
  const fields: Field[] = []
  let p = start
  while (p < end) {
    p = readTag(bytes, p, end)
    if (p < 0) return []
    const tag = number_read
    let body = p
    if ((tag & 7) === WIRE_BYTES) {
      body = readLength(bytes, p, end)
      if (body < 0) return []
      p = body + number_read
    } else {
      p = skipField(bytes, p, end, tag, 16)
      if (p < 0) return []
    }
    fields.push({ number: tag >>> 3, wire: tag & 7, start: body, end: p })
  }
  return fields
}

/** The fields of the captured AnyValue, over all its pieces. */
function anyFieldsOf(state: State, capture: number): readonly Field[] {
  const { caps, bytes } = state
  const [field] = fieldsOf(
    bytes,
    caps[capture + CAP_MEMBER_START]!,
    caps[capture + CAP_MEMBER_END]!,
  )
  if (field === undefined) return []
  // Attributes have an entry, the body has none: it is the AnyValue itself.
  if (caps[capture + CAP_ENTRY] === 0) return fieldsOf(bytes, field.start, field.end)
  return valueFields(bytes, field.start, field.end)
}

/** The fields of a KeyValue's value, over all its pieces. */
function valueFields(bytes: Buffer, start: number, end: number): readonly Field[] {
  return fieldsOf(bytes, start, end)
    .filter((field) => field.number === 2 && field.wire === WIRE_BYTES)
    .flatMap((field) => fieldsOf(bytes, field.start, field.end))
}

/** The `values` of the list that an AnyValue holds; pieces of one list are one list. */
function listFields(bytes: Buffer, any: readonly Field[], number: number): readonly Field[] {
  const lists = any.filter((field) => field.number === number && field.wire === WIRE_BYTES)
  return lists
    .flatMap((field) => fieldsOf(bytes, field.start, field.end))
    .filter((field) => field.number === 1 && field.wire === WIRE_BYTES)
}

function itemsOf(bytes: Buffer, any: readonly Field[]): string[] {
  const items: string[] = []
  for (const item of listFields(bytes, any, 5)) {
    const text = textOfAny(bytes, fieldsOf(bytes, item.start, item.end))
    if (text !== undefined) items.push(text)
  }
  return items
}

function membersOf(
  bytes: Buffer,
  any: readonly Field[],
): (readonly [string, string | undefined])[] {
  const members = new Map<string, string | undefined>()
  for (const pair of listFields(bytes, any, 6)) {
    const name = nameOf(bytes, pair)
    const value = valueFields(bytes, pair.start, pair.end)
    members.delete(name)
    if (value.length > 0) members.set(name, textOfAny(bytes, value))
  }
  return [...members]
}

/** Deeper than this only the bytes are looked at. */
const LINES_DEPTH_MAX = 128

/** See `ValueReader.lines`. */
function addLines(
  bytes: Buffer,
  any: readonly Field[],
  name: string,
  lines: string[],
  depth: number,
): void {
  for (const field of any) {
    const { number, wire, start, end } = field
    if (wire !== WIRE_BYTES) continue
    const is_list = number === 5 || number === 6
    if (number === 1) lines.push(`${name}${bytes.toString('utf8', start, end)}`)
    else if (!is_list || depth >= LINES_DEPTH_MAX)
      lines.push(`${name}${bytes.toString('latin1', start, end)}`)
    else if (number === 5)
      for (const item of listFields(bytes, [field], 5))
        addLines(bytes, fieldsOf(bytes, item.start, item.end), name, lines, depth + 1)
    else
      for (const pair of listFields(bytes, [field], 6))
        addLines(
          bytes,
          valueFields(bytes, pair.start, pair.end),
          `${nameOf(bytes, pair)}: `,
          lines,
          depth + 1,
        )
  }
}

/** The key of a KeyValue. */
function nameOf(bytes: Buffer, pair: Field): string {
  const key = fieldsOf(bytes, pair.start, pair.end).findLast((field) => field.number === 1)
  return key === undefined ? '' : bytes.toString('utf8', key.start, key.end)
}

/** Type by field number of AnyValue, where its wire type is the right one. */
const ANY_TYPES: readonly (readonly [wire: number, type: number] | undefined)[] = [
  undefined,
  [WIRE_BYTES, TYPE_STRING],
  undefined,
  [0, TYPE_VARINT],
  [1, TYPE_DOUBLE],
]

function textOfAny(bytes: Buffer, any: readonly Field[]): string | undefined {
  const last = any.findLast((field) => field.number >= 1 && field.number <= 7)
  if (last === undefined) return undefined
  const known = ANY_TYPES[last.number]
  return known === undefined || known[0] !== last.wire
    ? undefined
    : textOf(bytes, known[1], last.start, last.end)
}
