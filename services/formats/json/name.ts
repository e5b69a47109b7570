/**
 * Member names: compared with the entry that followed last time, else looked up by their bytes; a name that is spelt with
 * escapes is decoded first, because `"\\u0061ttribution"` is `attribution`.
 */

import {
  findEntry,
  findEntryByName,
  HASH_PRIME,
  HASH_START,
  type Entry,
  type Node,
} from '../keys.ts'
import { parseString } from '../digits.ts'
import type { State } from '../state.ts'
import { startsWith } from '../text.ts'
import { BACKSLASH, COLON, QUOTE, readString, skipSpace } from './skip.ts'

/** A member name, at its quote; `state.at` is then the first byte of the value. */
export function readName(
  state: State,
  node: Node,
  previous: Entry | undefined,
  position: number,
): Entry | undefined {
  const bytes = state.bytes
  const start = position + 1
  const guess = previous === undefined ? node.first : previous.next
  if (guess !== undefined && startsWith(state.data, position, state.end, guess.text)) {
    const value = position + guess.text.length
    state.at =
      value < state.end && bytes[value]! <= 0x20 ? skipSpace(bytes, value, state.end) : value
    return guess
  }
  const entry = lookUpName(state, node, start)
  if (entry === undefined) return undefined
  let p = state.at + 1
  if (bytes[p] !== COLON || p >= state.end) {
    p = skipSpace(bytes, p, state.end)
    if (p >= state.end || bytes[p] !== COLON) return undefined
  }
  p++
  if (p < state.end && bytes[p]! <= 0x20) p = skipSpace(bytes, p, state.end)
  state.at = p
  return entry
}

/** Leaves the position of the closing quote in `state.at`. */
function lookUpName(state: State, node: Node, start: number): Entry | undefined {
  const bytes = state.bytes
  const end = state.end
  let hash = HASH_START
  let p = start
  while (p < end) {
    const c = bytes[p]!
    if (c === QUOTE) {
      state.at = p
      return findEntry(node, bytes, start, p, hash)
    }
    if (c === BACKSLASH) return lookUpEscapedName(state, node, start)
    if (c < 0x20) return undefined
    hash = Math.imul(hash ^ c, HASH_PRIME)
    p++
  }
  return undefined
}

function lookUpEscapedName(state: State, node: Node, start: number): Entry | undefined {
  const after = readString(state, start)
  if (after < 0) return undefined
  state.at = after - 1
  return findEntryByName(node, parseString(state.bytes.toString('utf8', start - 1, after)))
}
