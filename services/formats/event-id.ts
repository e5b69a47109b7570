/**
 * `event_id` is `<id_base>/<index>@<id_stamp>`: only the index differs between the events of a message, so the whole
 * attribute is encoded once for the message and the digits of the index are written over it; it is encoded anew when an
 * index has more digits than the one before.
 */

import { createSource, writeRange, type Output } from './output.ts'

/** What an encoding writes round the text of an id. */
export interface EventIdFrame {
  /** What stands before a text of so many bytes. */
  before(text_bytes: number): Buffer
  readonly after: Buffer
  /** The text as it may stand inside, when it is not plain ASCII. */
  escape(text: string): string
}

export interface EventId {
  readonly frame: EventIdFrame
  bytes: Buffer
  data: DataView
  /** What already stands at the start of `bytes`. */
  before: Buffer | undefined
  /** Length of the whole attribute, and where the digits of the index stand in it. */
  length: number
  digits_at: number
  digits: number
  base: string
  stamp: string
}

export function createEventId(frame: EventIdFrame): EventId {
  const { bytes, data } = createSource(Buffer.alloc(512))
  return {
    frame,
    bytes,
    data,
    before: undefined,
    length: 0,
    digits_at: 0,
    digits: 0,
    base: '',
    stamp: '',
  }
}

/** Begins a message. */
export function setEventId(id: EventId, base: string, stamp: string): void {
  id.base = base
  id.stamp = stamp
  encode(id, 1)
}

/** Bytes of the attribute for this index. */
export function eventIdBytes(id: EventId, index: number): number {
  fit(id, index)
  return id.length
}

export function writeEventId(output: Output, id: EventId, index: number): void {
  fit(id, index)
  let rest = index
  for (let at = id.digits_at + id.digits - 1; at >= id.digits_at; at--) {
    id.bytes[at] = 0x30 + (rest % 10)
    rest = Math.floor(rest / 10)
  }
  writeRange(output, id, 0, id.length)
}

function fit(id: EventId, index: number): void {
  let digits = 1
  for (let rest = index; rest >= 10; rest = Math.floor(rest / 10)) digits++
  if (digits !== id.digits) encode(id, digits)
}

function encode(id: EventId, digits: number): void {
  const { frame } = id
  let { base, stamp } = id
  let text_bytes = base.length + stamp.length + 2 + digits
  const is_plain = isPlain(base) && isPlain(stamp)
  if (!is_plain) {
    base = frame.escape(base)
    stamp = frame.escape(stamp)
    text_bytes = Buffer.byteLength(base) + Buffer.byteLength(stamp) + 2 + digits
  }
  const before = frame.before(text_bytes)
  makeRoom(id, before.length + text_bytes + frame.after.length)
  const { bytes } = id
  if (id.before !== before) before.copy(bytes, 0)
  id.before = before
  let at = writeText(bytes, before.length, base, is_plain)
  bytes[at++] = 0x2f
  id.digits_at = at
  at += digits
  bytes[at++] = 0x40
  at = writeText(bytes, at, stamp, is_plain)
  const { after } = frame
  for (let i = 0; i < after.length; i++) bytes[at++] = after[i]!
  id.length = at
  id.digits = digits
}

function makeRoom(id: EventId, length: number): void {
  if (length <= id.bytes.length) return
  const { bytes, data } = createSource(Buffer.alloc(length * 2))
  id.bytes = bytes
  id.data = data
  id.before = undefined
}

/** Printable ASCII that means itself in every encoding. */
function isPlain(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c < 0x20 || c > 0x7e || c === 0x22 || c === 0x5c) return false
  }
  return true
}

function writeText(bytes: Buffer, start: number, text: string, is_plain: boolean): number {
  if (!is_plain) return start + bytes.write(text, start)
  for (let i = 0; i < text.length; i++) bytes[start + i] = text.charCodeAt(i)
  return start + text.length
}

/** The years that have four digits: all that RFC 3339 can say, and always a text of the same length. */
const FIRST_MS = Date.parse('0000-01-01T00:00:00.000Z')
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z')

/** A time as RFC 3339 with milliseconds. One beyond the years 0 to 9999 becomes the nearest that can be said. */
export function timeText(time_ms: number): string {
  return new Date(Math.min(LAST_MS, Math.max(FIRST_MS, time_ms))).toISOString()
}
