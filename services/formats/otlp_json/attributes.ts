/**
 * Attribute lists of OTLP/JSON: `[{"key":…,"value":{"stringValue":…}}, …]`. The compact spelling that encoders write is
 * read by comparing fixed pieces of text; anything else (spaces, other order, duplicates, escapes) takes the general way.
 */

import {
  findEntry,
  findEntryByName,
  hashKey,
  ROLE_FORGED,
  ROLE_SKIP,
  type Entry,
  type Node,
} from '../keys.ts'
import { EDIT_CUT, LIMIT_EXCEEDED, MALFORMED, TYPE_NULL, WRONG_SHAPE } from '../layout.ts'
import { pushCapture, pushEdit, type State } from '../state.ts'
import { parseString } from '../digits.ts'
import { createText, startsWith } from '../text.ts'
import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COMMA,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  readString,
  skipScalar,
  skipSpace,
  skipValue,
} from '../json/skip.ts'
import {
  enterMember,
  entered,
  fixedNode,
  leaveMember,
  left_object,
  scanAny,
  skipAny,
} from './any.ts'

const KEY_TEXT = createText(Buffer.from('{"key":"'))
const VALUE_TEXT = createText(Buffer.from('","value":'))

/** The value of an `attributes` member, at its first byte; `entry.child` classifies the keys. */
export function scanAttributes(
  state: State,
  entry: Entry,
  position: number,
  depth: number,
): number {
  const bytes = state.bytes
  const end = state.end
  const node = entry.child!
  if (bytes[position] === 0x6e) return skipScalar(state, position)
  if (bytes[position] !== OPEN_BRACKET) return WRONG_SHAPE
  if (depth + 1 > state.depth_max) return LIMIT_EXCEEDED
  let previous: Entry | undefined
  let p = skipSpace(bytes, position + 1, end)
  if (p >= end || bytes[p] !== CLOSE_BRACKET) {
    for (;;) {
      if (p >= end) return MALFORMED
      if (bytes[p] !== OPEN_BRACE) return WRONG_SHAPE
      p = scanKeyValue(state, node, previous, p, depth + 2)
      if (p < 0) return p
      if (last_entry !== undefined) {
        if (previous === undefined) node.first = last_entry
        else previous.next = last_entry
        previous = last_entry
      }
      if (p < end && bytes[p]! <= 0x20) p = skipSpace(bytes, p, end)
      if (p >= end) return MALFORMED
      if (bytes[p] === CLOSE_BRACKET) break
      if (bytes[p] !== COMMA) return MALFORMED
      p++
      if (p < end && bytes[p]! <= 0x20) p = skipSpace(bytes, p, end)
    }
  }
  if (entry.detail === 1) state.attributes_end = p
  return p + 1
}

/** The entry of the KeyValue that was read last, `undefined` when it had no key. */
let last_entry: Entry | undefined

function scanKeyValue(
  state: State,
  node: Node,
  previous: Entry | undefined,
  position: number,
  depth: number,
): number {
  if (depth > state.depth_max) return LIMIT_EXCEEDED
  const entry = readCompactKey(state, node, previous, position)
  if (entry !== undefined) {
    const value = state.at
    const after =
      entry.role <= ROLE_FORGED ? skipAny(state, value, depth) : scanAny(state, value, depth)
    if (after < 0) return after
    if (after < state.end && state.bytes[after] === CLOSE_BRACE) {
      settle(state, entry, position, after + 1)
      return after + 1
    }
  }
  return scanLooseKeyValue(state, node, position, depth)
}

function settle(state: State, entry: Entry, start: number, end: number): void {
  last_entry = entry
  if (entry.role === ROLE_SKIP) return
  if (entry.role === ROLE_FORGED) {
    pushEdit(state, state.message, start, end, EDIT_CUT, 0)
    state.forged[state.message]!++
    return
  }
  const { value_type, value_start, value_end } = state
  for (const field of entry.fields) {
    pushCapture(state, field, value_type, value_start, value_end, start, end, entry.id, -1)
  }
  for (const { field, tag } of entry.tags) {
    pushCapture(state, field, value_type, value_start, value_end, start, end, entry.id, tag)
  }
}

/** Reads `{"key":"…","value":`; leaves the position of the value in `state.at`. */
function readCompactKey(
  state: State,
  node: Node,
  previous: Entry | undefined,
  position: number,
): Entry | undefined {
  const bytes = state.bytes
  const guess = previous === undefined ? node.first : previous.next
  if (guess !== undefined && startsWith(state.data, position, state.end, guess.text)) {
    state.at = position + guess.text.length
    return guess
  }
  if (!startsWith(state.data, position, state.end, KEY_TEXT)) return undefined
  const start = position + KEY_TEXT.length
  let p = start
  while (p < state.end && bytes[p] !== QUOTE) {
    if (bytes[p] === BACKSLASH || bytes[p]! < 0x20) return undefined
    p++
  }
  if (!startsWith(state.data, p, state.end, VALUE_TEXT)) return undefined
  state.at = p + VALUE_TEXT.length
  return findEntry(node, bytes, start, p, hashKey(bytes, start, p))
}

const KEY = 1
const VALUE = 2
const KEY_VALUE_NODE = fixedNode(['key', 'value'])

function scanLooseKeyValue(state: State, node: Node, position: number, depth: number): number {
  const bytes = state.bytes
  const end = state.end
  let entry: Entry | undefined
  let type = TYPE_NULL
  let value_start = position
  let value_end = position
  let previous: Entry | undefined
  let p = skipSpace(bytes, position + 1, end)
  last_entry = undefined
  if (p < end && bytes[p] === CLOSE_BRACE) return p + 1
  for (;;) {
    p = enterMember(state, KEY_VALUE_NODE, previous, p)
    if (p < 0) return p
    previous = entered
    if (entered!.detail === KEY && bytes[p] === QUOTE) {
      const after = readString(state, p + 1)
      if (after < 0) return after
      entry = findEntryByName(node, parseString(bytes.toString('utf8', p, after)))
      p = after
    } else if (entered!.detail === VALUE) {
      p = scanAny(state, p, depth)
      type = state.value_type
      value_start = state.value_start
      value_end = state.value_end
    } else {
      if (entered!.detail === KEY) entry = undefined
      p = skipValue(state, p, depth)
    }
    if (p < 0) return p
    p = leaveMember(state, p)
    if (p < 0) return p
    if (left_object) break
  }
  if (entry !== undefined) {
    state.value_type = type
    state.value_start = value_start
    state.value_end = value_end
    settle(state, entry, position, p)
  }
  return p
}
