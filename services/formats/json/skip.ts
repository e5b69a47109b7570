/**
 * Passing over JSON that nobody watches, checking its structure but not the inside of its strings. Functions take the
 * position to start at and return the position after what they read, or one of the negative failures of state.ts.
 */

import { LIMIT_EXCEEDED, MALFORMED } from '../layout.ts'
import type { State } from '../state.ts'

export const QUOTE = 0x22
export const BACKSLASH = 0x5c
export const COMMA = 0x2c
export const COLON = 0x3a
export const OPEN_BRACE = 0x7b
export const CLOSE_BRACE = 0x7d
export const OPEN_BRACKET = 0x5b
export const CLOSE_BRACKET = 0x5d

export function skipSpace(bytes: Uint8Array, position: number, end: number): number {
  let p = position
  while (p < end) {
    const c = bytes[p]!
    if (c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09) break
    p++
  }
  return p
}

/** Marks bytes of a word that are zero. The lowest mark is exact; above it a borrow may set others. */
function zeroBytes(word: number): number {
  return (word - 0x01010101) & ~word & 0x80808080
}

/** The index of the lowest marked byte. */
function lowestByte(marks: number): number {
  return (31 - Math.clz32(marks & -marks)) >> 3
}

/** From after the opening quote to after the closing one, four bytes at a time from quote or backslash to the next. */
export function skipString(state: State, start: number): number {
  const { bytes, data, end } = state
  const last = end - 4
  let p = start
  while (p <= last) {
    const word = data.getInt32(p, true)
    const marks = zeroBytes(word ^ 0x22222222) | zeroBytes(word ^ 0x5c5c5c5c)
    if (marks === 0) {
      p += 4
      continue
    }
    p += lowestByte(marks)
    if (bytes[p] === QUOTE) return p + 1
    p += 2
  }
  while (p < end) {
    const c = bytes[p]!
    if (c === QUOTE) return p + 1
    p += c === BACKSLASH ? 2 : 1
  }
  return MALFORMED
}

/** Like `skipString`, but rejects inside the string what `JSON.parse` rejects: for watched strings and names. */
export function readString(state: State, start: number): number {
  const { bytes, data, end } = state
  const last = end - 4
  let p = start
  while (p < end) {
    if (p <= last) {
      const word = data.getInt32(p, true)
      const marks =
        zeroBytes(word ^ 0x22222222) |
        zeroBytes(word ^ 0x5c5c5c5c) |
        ((word - 0x20202020) & ~word & 0x80808080)
      if (marks === 0) {
        p += 4
        continue
      }
      p += lowestByte(marks)
    }
    const c = bytes[p]!
    if (c === QUOTE) return p + 1
    if (c < 0x20) return MALFORMED
    if (c === BACKSLASH) {
      p = readEscape(bytes, p + 1, end)
      if (p < 0) return MALFORMED
    } else p++
  }
  return MALFORMED
}

function readEscape(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end) return MALFORMED
  switch (bytes[at]!) {
    case 0x22:
    case 0x5c:
    case 0x2f:
    case 0x62:
    case 0x66:
    case 0x6e:
    case 0x72:
    case 0x74:
      return at + 1
    case 0x75:
      if (at + 5 > end) return MALFORMED
      for (let i = at + 1; i < at + 5; i++) if (!isHexDigit(bytes[i]!)) return MALFORMED
      return at + 5
    default:
      return MALFORMED
  }
}

function isHexDigit(c: number): boolean {
  return (c >= 0x30 && c <= 0x39) || (c >= 0x41 && c <= 0x46) || (c >= 0x61 && c <= 0x66)
}

/** Any value, at its first byte. `depth` is that of the containers round it. */
export function skipValue(state: State, position: number, depth: number): number {
  if (position >= state.end) return MALFORMED
  const c = state.bytes[position]!
  if (c === QUOTE) return skipString(state, position + 1)
  if (c === OPEN_BRACE || c === OPEN_BRACKET) return skipContainer(state, position, depth)
  return skipScalar(state, position)
}

/** A number or literal. */
export function skipScalar(state: State, position: number): number {
  const { bytes, data, end } = state
  switch (bytes[position]!) {
    case 0x74:
      return position + 4 <= end && data.getInt32(position, true) === TRUE
        ? position + 4
        : MALFORMED
    case 0x66:
      return position + 5 <= end && data.getInt32(position + 1, true) === ALSE
        ? position + 5
        : MALFORMED
    case 0x6e:
      return position + 4 <= end && data.getInt32(position, true) === NULL
        ? position + 4
        : MALFORMED
    default:
      return skipNumber(bytes, position, end)
  }
}
const TRUE = Buffer.from('true').readInt32LE()
/** What is left of `false` after its first letter. */
const ALSE = Buffer.from('alse').readInt32LE()
const NULL = Buffer.from('null').readInt32LE()

export function skipNumber(bytes: Uint8Array, position: number, end: number): number {
  let p = position
  if (bytes[p] === 0x2d) p++
  if (p >= end) return MALFORMED
  if (bytes[p] === 0x30) p++
  else {
    const q = skipDigits(bytes, p, end)
    if (q === p) return MALFORMED
    p = q
  }
  if (p < end && bytes[p] === 0x2e) {
    const q = skipDigits(bytes, p + 1, end)
    if (q === p + 1) return MALFORMED
    p = q
  }
  if (p < end && (bytes[p]! | 0x20) === 0x65) {
    p++
    if (p < end && (bytes[p] === 0x2b || bytes[p] === 0x2d)) p++
    const q = skipDigits(bytes, p, end)
    if (q === p) return MALFORMED
    p = q
  }
  return p
}

function skipDigits(bytes: Uint8Array, position: number, end: number): number {
  let p = position
  while (p < end && bytes[p]! >= 0x30 && bytes[p]! <= 0x39) p++
  return p
}

/** Kinds of the containers that are open, by depth. Grown to the depth limit, shared because a scan is synchronous. */
let open_kinds = new Uint8Array(256)

/** An object or array, at its bracket: one loop with a stack of brackets, so hostile nesting costs no call stack. */
export function skipContainer(state: State, position: number, depth: number): number {
  const bytes = state.bytes
  const end = state.end
  const depth_max = state.depth_max
  if (open_kinds.length <= depth_max + 1) open_kinds = new Uint8Array(depth_max + 2)
  const kinds = open_kinds
  let level = depth
  let p = position
  for (;;) {
    // At the first byte of a value.
    if (p >= end) return MALFORMED
    const c = bytes[p]!
    if (c === QUOTE) p = skipString(state, p + 1)
    else if (c === OPEN_BRACE || c === OPEN_BRACKET) {
      if (++level > depth_max) return LIMIT_EXCEEDED
      kinds[level] = c
      p = skipSpace(bytes, p + 1, end)
      if (p >= end) return MALFORMED
      if (bytes[p] !== c + 2) {
        if (c === OPEN_BRACE) {
          p = skipName(state, p)
          if (p < 0) return p
        }
        continue
      }
      level--
      p++
    } else p = skipScalar(state, p)
    if (p < 0) return p
    // After a value.
    for (;;) {
      if (level === depth) return p
      p = skipSpace(bytes, p, end)
      if (p >= end) return MALFORMED
      const kind = kinds[level]!
      const d = bytes[p]!
      if (d === COMMA) {
        p = skipSpace(bytes, p + 1, end)
        if (kind === OPEN_BRACE) {
          p = skipName(state, p)
          if (p < 0) return p
        }
        break
      }
      if (d !== kind + 2) return MALFORMED
      level--
      p++
    }
  }
}

/** A member name, from its quote to the first byte of the value. */
function skipName(state: State, position: number): number {
  const bytes = state.bytes
  const end = state.end
  if (position >= end || bytes[position] !== QUOTE) return MALFORMED
  let p = skipString(state, position + 1)
  if (p < 0) return p
  p = skipSpace(bytes, p, end)
  if (p >= end || bytes[p] !== COLON) return MALFORMED
  return skipSpace(bytes, p + 1, end)
}
