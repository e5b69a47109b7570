/**
 * AnyValues of OTLP/JSON, an object with one member that says the type, and the members of such small fixed objects.
 */

import { createNode, ROLE_SKIP, spellMember, type Entry, type Node } from '../keys.ts'
import {
  LIMIT_EXCEEDED,
  MALFORMED,
  TYPE_ARRAY,
  TYPE_BYTES,
  TYPE_FALSE,
  TYPE_NULL,
  TYPE_NUMBER,
  TYPE_OBJECT,
  TYPE_STRING,
  TYPE_TRUE,
} from '../layout.ts'
import type { State } from '../state.ts'
import { createText, startsWith } from '../text.ts'
import { readName } from '../json/name.ts'
import {
  CLOSE_BRACE,
  COMMA,
  OPEN_BRACE,
  QUOTE,
  readString,
  skipSpace,
  skipString,
  skipValue,
} from '../json/skip.ts'

const STRING_TEXT = createText(Buffer.from('{"stringValue":"'))

const OTHER = 0
const ANY_NAMES = [
  'stringValue',
  'intValue',
  'doubleValue',
  'boolValue',
  'arrayValue',
  'kvlistValue',
  'bytesValue',
]
const ANY_NODE = fixedNode(ANY_NAMES)

/** A node whose entries carry 1 + the index of their name, and 0 for any other. */
export function fixedNode(names: readonly string[]): Node {
  return createNode(
    'object',
    spellMember,
    (name) => ({
      role: ROLE_SKIP,
      fields: [],
      tags: [],
      child: undefined,
      detail: names.indexOf(name) + 1,
    }),
    names,
  )
}

export let entered: Entry | undefined
export let left_object = false

/** Reads a name; returns the position of its value and leaves its entry in `entered`. */
export function enterMember(
  state: State,
  node: Node,
  previous: Entry | undefined,
  position: number,
): number {
  if (position >= state.end || state.bytes[position] !== QUOTE) return MALFORMED
  entered = readName(state, node, previous, position)
  if (entered === undefined || state.at >= state.end) return MALFORMED
  if (previous === undefined) node.first = entered
  else previous.next = entered
  return state.at
}

/** After a member: the next name, or after the closing brace with `left_object` set. */
export function leaveMember(state: State, position: number): number {
  const p = skipSpace(state.bytes, position, state.end)
  if (p >= state.end) return MALFORMED
  left_object = state.bytes[p] === CLOSE_BRACE
  if (left_object) return p + 1
  return state.bytes[p] === COMMA ? skipSpace(state.bytes, p + 1, state.end) : MALFORMED
}

/** An AnyValue that nobody watches: nearly always one string. */
export function skipAny(state: State, position: number, depth: number): number {
  if (depth < state.depth_max && startsWith(state.data, position, state.end, STRING_TEXT)) {
    const after = skipString(state, position + STRING_TEXT.length)
    if (after < 0) return after
    if (after < state.end && state.bytes[after] === CLOSE_BRACE) return after + 1
  }
  return skipValue(state, position, depth)
}

/** An AnyValue, at its first byte: leaves what it holds in `state.value_*`. The last member that says something counts. */
export function scanAny(state: State, position: number, depth: number): number {
  const bytes = state.bytes
  const end = state.end
  state.value_type = TYPE_NULL
  state.value_start = position
  state.value_end = position
  if (position >= end) return MALFORMED
  if (bytes[position] !== OPEN_BRACE) return skipValue(state, position, depth)
  if (depth + 1 > state.depth_max) return LIMIT_EXCEEDED
  if (startsWith(state.data, position, end, STRING_TEXT)) {
    const start = position + STRING_TEXT.length
    const after = readString(state, start)
    if (after < 0) return after
    if (after < end && bytes[after] === CLOSE_BRACE) {
      hold(state, TYPE_STRING, start, after - 1)
      return after + 1
    }
  }
  let previous: Entry | undefined
  let p = skipSpace(bytes, position + 1, end)
  if (p < end && bytes[p] === CLOSE_BRACE) return p + 1
  for (;;) {
    p = enterMember(state, ANY_NODE, previous, p)
    if (p < 0) return p
    previous = entered
    p = holdMember(state, entered!.detail, p, depth + 1)
    if (p < 0) return p
    p = leaveMember(state, p)
    if (p < 0 || left_object) return p
  }
}

function hold(state: State, type: number, start: number, end: number): void {
  state.value_type = type
  state.value_start = start
  state.value_end = end
}

function holdMember(state: State, name: number, position: number, depth: number): number {
  const first = state.bytes[position]!
  if (name !== OTHER && first === QUOTE) {
    const after = readString(state, position + 1)
    if (after < 0) return after
    if (name === 1) hold(state, TYPE_STRING, position + 1, after - 1)
    else if (name === 2 || name === 3) hold(state, TYPE_NUMBER, position + 1, after - 1)
    else if (name === 7) hold(state, TYPE_BYTES, position + 1, after - 1)
    return after
  }
  const after = skipValue(state, position, depth)
  if (after < 0) return after
  if (name === 2 || name === 3) {
    if (first === 0x2d || (first >= 0x30 && first <= 0x39))
      hold(state, TYPE_NUMBER, position, after)
  } else if (name === 4) {
    if (first === 0x74) hold(state, TYPE_TRUE, position, after)
    if (first === 0x66) hold(state, TYPE_FALSE, position, after)
  } else if (name === 5 && first === OPEN_BRACE) hold(state, TYPE_ARRAY, position, after)
  else if (name === 6 && first === OPEN_BRACE) hold(state, TYPE_OBJECT, position, after)
  return after
}
