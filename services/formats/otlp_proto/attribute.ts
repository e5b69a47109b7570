/**
 * One KeyValue of OTLP protobuf. Encoders write the key first and then the value, each once; that shape is read straight
 * through. Any other (value first, pieces, unknown fields) takes the general way.
 */

import { findEntry, hashKey, ROLE_FORGED, ROLE_SKIP, type Entry, type Node } from '../keys.ts'
import {
  EDIT_CUT,
  MALFORMED,
  TYPE_ARRAY,
  TYPE_BYTES,
  TYPE_DOUBLE,
  TYPE_FALSE,
  TYPE_NULL,
  TYPE_OBJECT,
  TYPE_STRING,
  TYPE_TRUE,
  TYPE_VARINT,
} from '../layout.ts'
import { pushCapture, pushEdit, type State } from '../state.ts'
import { startsWith } from '../text.ts'
import { number_read, readLength, readTag, skipField, skipVarint } from './wire.ts'

const TAG_KEY = 0x0a
const TAG_VALUE = 0x12

/** The entry of the attribute before, whose follower is the first guess. */
let previous: Entry | undefined

/** Begins a list of attributes. */
export function startAttributes(): void {
  previous = undefined
}

/** A KeyValue at its length; `tag_at` is where its field begins. */
export function scanAttribute(
  state: State,
  node: Node,
  tag_at: number,
  position: number,
  outer_end: number,
): number {
  const bytes = state.bytes
  let start = position + 1
  let length = bytes[position]!
  if (length >= 0x80 || position >= outer_end) {
    start = readLength(bytes, position, outer_end)
    if (start < 0) return start
    length = number_read
  }
  const end = start + length
  if (end > outer_end) return MALFORMED
  const guess = previous === undefined ? node.first : previous.next
  if (guess !== undefined && startsWith(state.data, start, end, guess.text)) {
    const at = start + guess.text.length
    let value = at + 1
    let value_length = at < end ? bytes[at]! : 0xff
    if (value_length >= 0x80) {
      value = readLength(bytes, at, end)
      if (value < 0) return value
      value_length = number_read
    }
    if (value + value_length === end) return scanValue(state, guess, tag_at, value, end)
  }
  const key_length = bytes[start + 1]!
  const key_start = start + 2
  const key_end = key_start + key_length
  if (bytes[start] !== TAG_KEY || key_length >= 0x80 || key_end + 1 >= end || length < 4) {
    return scanLoose(state, node, tag_at, start, end)
  }
  if (bytes[key_end] !== TAG_VALUE) return scanLoose(state, node, tag_at, start, end)
  let value = key_end + 2
  let value_length = bytes[key_end + 1]!
  if (value_length >= 0x80) {
    value = readLength(bytes, key_end + 1, end)
    if (value < 0) return value
    value_length = number_read
  }
  if (value + value_length !== end) return scanLoose(state, node, tag_at, start, end)

  const entry = findEntry(node, bytes, key_start, key_end, hashKey(bytes, key_start, key_end))
  if (previous === undefined) node.first = entry
  else previous.next = entry
  return scanValue(state, entry, tag_at, value, end)
}

function scanValue(state: State, entry: Entry, tag_at: number, value: number, end: number): number {
  previous = entry
  if (entry.role === ROLE_SKIP) return end
  clearValue(state, value)
  const scanned = scanAnyFields(state, value, end)
  if (scanned < 0) return scanned
  settle(state, entry, tag_at, end)
  return end
}

function clearValue(state: State, at: number): void {
  state.value_type = TYPE_NULL
  state.value_start = at
  state.value_end = at
}

function settle(state: State, entry: Entry, tag_at: number, end: number): void {
  if (entry.role === ROLE_SKIP) return
  if (entry.role === ROLE_FORGED) {
    pushEdit(state, state.message, tag_at, end, EDIT_CUT, 0)
    state.forged[state.message]!++
    return
  }
  const { value_type, value_start, value_end } = state
  const fields = entry.fields
  for (let i = 0; i < fields.length; i++) {
    pushCapture(state, fields[i]!, value_type, value_start, value_end, tag_at, end, entry.id, -1)
  }
  const tags = entry.tags
  for (let i = 0; i < tags.length; i++) {
    const { field, tag } = tags[i]!
    pushCapture(state, field, value_type, value_start, value_end, tag_at, end, entry.id, tag)
  }
}

function scanLoose(state: State, node: Node, tag_at: number, start: number, end: number): number {
  const bytes = state.bytes
  let key_start = start
  let key_end = start
  clearValue(state, start)
  let p = start
  while (p < end) {
    p = readTag(bytes, p, end)
    if (p < 0) return p
    const tag = number_read
    if (tag !== TAG_KEY && tag !== TAG_VALUE) {
      p = skipField(bytes, p, end, tag, state.depth_max)
      if (p < 0) return p
      continue
    }
    p = readLength(bytes, p, end)
    if (p < 0) return p
    const field_end = p + number_read
    if (tag === TAG_KEY) {
      key_start = p
      key_end = field_end
    } else {
      const scanned = scanAnyFields(state, p, field_end)
      if (scanned < 0) return scanned
    }
    p = field_end
  }
  const entry = findEntry(node, bytes, key_start, key_end, hashKey(bytes, key_start, key_end))
  settle(state, entry, tag_at, end)
  return end
}

/**
 * The fields of an AnyValue: the last one that says something counts, over all pieces that the value comes in. What
 * none of them says stays as it was.
 */
export function scanAnyFields(state: State, start: number, end: number): number {
  const bytes = state.bytes
  let p = start
  while (p < end) {
    let tag = bytes[p]!
    if (tag >= 0x80) {
      p = readTag(bytes, p, end)
      if (p < 0) return p
      tag = number_read
    } else p++
    if (tag === 0x0a || tag === 0x2a || tag === 0x32 || tag === 0x3a) {
      p = readLength(bytes, p, end)
      if (p < 0) return p
      p = hold(state, tag === 0x0a ? TYPE_STRING : lengthType(tag), p, p + number_read)
    } else if (tag === 0x18) p = hold(state, TYPE_VARINT, p, skipVarint(bytes, p, end))
    else if (tag === 0x21) p = hold(state, TYPE_DOUBLE, p, p + 8 <= end ? p + 8 : MALFORMED)
    else if (tag === 0x10) {
      const after = skipVarint(bytes, p, end)
      p = hold(state, isZero(bytes, p, after) ? TYPE_FALSE : TYPE_TRUE, p, after)
    } else p = tag < 8 ? MALFORMED : skipField(bytes, p, end, tag, state.depth_max)
    if (p < 0) return p
  }
  return p
}

function lengthType(tag: number): number {
  if (tag === 0x2a) return TYPE_ARRAY
  return tag === 0x32 ? TYPE_OBJECT : TYPE_BYTES
}

function hold(state: State, type: number, start: number, end: number): number {
  state.value_type = type
  state.value_start = start
  state.value_end = end
  return end
}

function isZero(bytes: Uint8Array, start: number, end: number): boolean {
  for (let p = start; p < end; p++) if ((bytes[p]! & 0x7f) !== 0) return false
  return true
}
