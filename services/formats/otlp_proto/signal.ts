/**
 * Log records or spans: messages of both have the same levels with the same numbers, so a message is told by the first field
 * of a record that only one of the two has.
 */

import type { OtlpSignal } from '#/core/view.ts'
import { number_read, readLength, readTag, skipField } from './wire.ts'

/** Tags that records of one kind have and those of the other never; ids only with the length of an id. */
const LOG_TAGS: readonly number[] = [0x09, 0x10, 0x32, 0x38, 0x45, 0x52, 0x59, 0x62]
const SPAN_TIME_TAGS: readonly number[] = [0x39, 0x41]
const TAG_TRACE_ID = 0x0a
const TAG_SPAN_ID = 0x12
const TRACE_ID_BYTES = 16
const SPAN_ID_BYTES = 8

/** What the record at `[start, end)` is; `undefined` when none of its fields tells. */
export function signalOfRecord(
  bytes: Uint8Array,
  start: number,
  end: number,
  depth: number,
): OtlpSignal | undefined {
  for (let p = start; p < end;) {
    p = readTag(bytes, p, end)
    if (p < 0) return undefined
    const tag = number_read
    if (LOG_TAGS.includes(tag)) return 'logs'
    if (SPAN_TIME_TAGS.includes(tag)) return 'traces'
    if (tag === TAG_TRACE_ID && bytes[p] === TRACE_ID_BYTES) return 'traces'
    if (tag === TAG_SPAN_ID && bytes[p] === SPAN_ID_BYTES) return 'traces'
    p = skipField(bytes, p, end, tag, depth)
    if (p < 0) return undefined
  }
  return undefined
}

const TAG_GROUPS = 0x0a
const TAG_SCOPES_OR_RECORDS = 0x12

/** What the message holds, as far as the first record that tells it says. */
export function signalOfMessage(
  bytes: Uint8Array,
  start: number,
  end: number,
  depth: number,
): OtlpSignal | undefined {
  return findSignal(
    bytes,
    start,
    end,
    [TAG_GROUPS, TAG_SCOPES_OR_RECORDS, TAG_SCOPES_OR_RECORDS],
    depth,
  )
}

function findSignal(
  bytes: Uint8Array,
  start: number,
  end: number,
  tags: readonly number[],
  depth: number,
): OtlpSignal | undefined {
  const [wanted, ...below] = tags
  if (wanted === undefined) return signalOfRecord(bytes, start, end, depth)
  for (let p = start; p < end;) {
    p = readTag(bytes, p, end)
    if (p < 0) return undefined
    if (number_read === wanted) {
      const body = readLength(bytes, p, end)
      if (body < 0) return undefined
      p = body + number_read
      const signal = findSignal(bytes, body, p, below, depth)
      if (signal !== undefined) return signal
    } else {
      p = skipField(bytes, p, end, number_read, depth)
      if (p < 0) return undefined
    }
  }
  return undefined
}
