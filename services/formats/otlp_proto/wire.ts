/**
 * The wire format of protobuf: tags, varints, and passing over fields that nobody knows. Functions return the position
 * after what they read, or a failure.
 */

import { LIMIT_EXCEEDED, MALFORMED } from '../layout.ts'

export const WIRE_VARINT = 0
export const WIRE_FIXED64 = 1
export const WIRE_BYTES = 2
export const WIRE_GROUP = 3
export const WIRE_GROUP_END = 4
export const WIRE_FIXED32 = 5

/** The number that the last `readTag` or `readLength` read. */
export let number_read = 0

/** A tag of at most five bytes; field number 0 does not exist. */
export function readTag(bytes: Uint8Array, position: number, end: number): number {
  if (position >= end) return MALFORMED
  let value = bytes[position]!
  let p = position + 1
  if (value >= 0x80) {
    value &= 0x7f
    for (let shift = 7; ; shift += 7, p++) {
      if (shift > 28 || p >= end) return MALFORMED
      const c = bytes[p]!
      if (shift === 28 && c > 0x0f) return MALFORMED
      value += (c & 0x7f) * 2 ** shift
      if (c < 0x80) {
        p++
        break
      }
    }
  }
  number_read = value
  return value < 8 ? MALFORMED : p
}

/** The length of a field whose bytes must end by `end`. */
export function readLength(bytes: Uint8Array, position: number, end: number): number {
  if (position >= end) return MALFORMED
  let value = bytes[position]!
  let p = position + 1
  if (value >= 0x80) {
    value &= 0x7f
    for (let scale = 0x80; ; scale *= 0x80, p++) {
      if (p >= end || p - position >= 5) return MALFORMED
      const c = bytes[p]!
      value += (c & 0x7f) * scale
      if (c < 0x80) {
        p++
        break
      }
    }
  }
  number_read = value
  return value > end - p ? MALFORMED : p
}

export function skipVarint(bytes: Uint8Array, position: number, end: number): number {
  const stop = Math.min(end, position + 10)
  for (let p = position; p < stop; p++) if (bytes[p]! < 0x80) return p + 1
  return MALFORMED
}

/** The value of a field whose tag was read. */
export function skipField(
  bytes: Uint8Array,
  position: number,
  end: number,
  tag: number,
  depth: number,
): number {
  switch (tag & 7) {
    case WIRE_VARINT:
      return skipVarint(bytes, position, end)
    case WIRE_FIXED64:
      return position + 8 <= end ? position + 8 : MALFORMED
    case WIRE_FIXED32:
      return position + 4 <= end ? position + 4 : MALFORMED
    case WIRE_BYTES: {
      const p = readLength(bytes, position, end)
      return p < 0 ? p : p + number_read
    }
    case WIRE_GROUP:
      return skipGroup(bytes, position, end, tag, depth)
    default:
      return MALFORMED
  }
}

/** Groups may nest; `depth` is how many levels are left. A loop with a stack: hostile nesting costs no call stack. */
function skipGroup(
  bytes: Uint8Array,
  position: number,
  end: number,
  tag: number,
  depth: number,
): number {
  const open = [tag]
  let p = position
  while (open.length > 0) {
    p = readTag(bytes, p, end)
    if (p < 0) return p
    const inner = number_read
    if ((inner & 7) === WIRE_GROUP_END) {
      if (open.pop() !== inner - 1) return MALFORMED
    } else if ((inner & 7) === WIRE_GROUP) {
      if (open.length >= depth) return LIMIT_EXCEEDED
      open.push(inner)
    } else {
      p = skipField(bytes, p, end, inner, depth)
      if (p < 0) return p
    }
  }
  return p
}

export function varintSize(value: number): number {
  let size = 1
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size++
  return size
}
