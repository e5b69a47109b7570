/**
 * `event_id` is `<id_base>/<index>@<id_stamp>`: only the index differs between the events of a message, so the text
 * round it is encoded once for the message.
 */

import type { Output } from './output.ts'
import { writeDigits, writeRange } from './output.ts'

export interface EventId {
  bytes: Buffer
  /** Length of what stands before the index, and of the whole without it. */
  head: number
  length: number
}

export function createEventId(): EventId {
  return { bytes: Buffer.alloc(1024), head: 0, length: 0 }
}

export function setEventId(id: EventId, base: string, stamp: string): void {
  const needed = (base.length + stamp.length + 2) * 3
  if (id.bytes.length < needed) id.bytes = Buffer.alloc(needed * 2)
  const bytes = id.bytes
  let at = bytes.write(base, 0)
  bytes[at++] = 0x2f
  id.head = at
  bytes[at++] = 0x40
  id.length = at + bytes.write(stamp, at)
}

export function writeEventId(output: Output, id: EventId, index: number): void {
  writeRange(output, id.bytes, 0, id.head)
  writeDigits(output, index)
  writeRange(output, id.bytes, id.head, id.length)
}

/** `as_of` as RFC 3339 with milliseconds. */
export function timeText(as_of_ms: number): string {
  return new Date(as_of_ms).toISOString()
}
export const TIME_BYTES = 27
