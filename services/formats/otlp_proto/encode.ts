/**
 * Protobuf encoding of the few messages that are written here: KeyValues of a log record or a span, which differ in nothing
 * but the number of the field they stand in.
 */

import type { AttributionRecord } from '#/core/decision.ts'
import { listAttributes, type AttributeValue } from '../attributes.ts'
import { number_read, readLength, varintSize } from './wire.ts'

/** LogRecord.attributes. */
export const TAG_RECORD_ATTRIBUTES = 0x32
/** Span.attributes. */
export const TAG_SPAN_ATTRIBUTES = 0x4a
export const TAG_FIRST = 0x0a
export const TAG_SECOND = 0x12

export function encodeVarint(value: number): Buffer {
  const bytes = Buffer.alloc(varintSize(value))
  let rest = value
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = (rest % 0x80) | (i < bytes.length - 1 ? 0x80 : 0)
    rest = Math.floor(rest / 0x80)
  }
  return bytes
}

/** A length-delimited field: tag, length, bytes. */
export function encodeField(tag: number, body: Buffer): Buffer {
  return Buffer.concat([encodeVarint(tag), encodeVarint(body.length), body])
}

export function encodeStringValue(text: string): Buffer {
  return encodeField(TAG_FIRST, Buffer.from(text))
}

export function encodeKeyValue(key: string, value: Buffer): Buffer {
  return Buffer.concat([encodeField(TAG_FIRST, Buffer.from(key)), encodeField(TAG_SECOND, value)])
}

function encodeAny(value: AttributeValue): Buffer {
  if (typeof value === 'string') return encodeStringValue(value)
  if (typeof value === 'boolean') return Buffer.from([0x10, value ? 1 : 0])
  if (typeof value === 'number') return Buffer.concat([Buffer.from([0x18]), encodeVarint(value)])
  const items = value.map((text) => encodeField(TAG_FIRST, encodeStringValue(text)))
  return encodeField(0x2a, Buffer.concat(items))
}

/**
 * Attributes of a record, complete: `attribution.event_id` follows them. Every decision that is new pays for this, so it is
 * written into one buffer of its exact size.
 */
export function encodeFragment(record: AttributionRecord): Buffer {
  const fields = listAttributes(record).map(([path, value]) => {
    const key = keyField(path)
    const body = typeof value === 'string' ? value : encodeAny(value)
    const text_bytes = typeof body === 'string' ? Buffer.byteLength(body) : 0
    const body_bytes =
      typeof body === 'string' ? 1 + varintSize(text_bytes) + text_bytes : body.length
    const pair_bytes = key.length + 1 + varintSize(body_bytes) + body_bytes
    return { key, body, text_bytes, body_bytes, pair_bytes }
  })
  let size = 0
  for (const { pair_bytes } of fields) size += 1 + varintSize(pair_bytes) + pair_bytes
  const out = Buffer.allocUnsafe(size)
  let at = 0
  for (const { key, body, text_bytes, body_bytes, pair_bytes } of fields) {
    out[at++] = TAG_RECORD_ATTRIBUTES
    at = writeVarint(out, at, pair_bytes)
    at += key.copy(out, at)
    out[at++] = TAG_SECOND
    at = writeVarint(out, at, body_bytes)
    if (typeof body === 'string') {
      out[at++] = TAG_FIRST
      at = writeVarint(out, at, text_bytes)
      at += out.write(body, at)
    } else at += body.copy(out, at)
  }
  return out
}

/** The field `key` of an attribute; there are as many as an attribution has members. */
function keyField(path: string): Buffer {
  let field = key_fields.get(path)
  if (field === undefined) {
    field = encodeField(TAG_FIRST, Buffer.from(`attribution.${path}`))
    key_fields.set(path, field)
  }
  return field
}
const key_fields = new Map<string, Buffer>()

function writeVarint(out: Buffer, start: number, value: number): number {
  let at = start
  let rest = value
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) out[at++] = (rest % 0x80) | 0x80
  out[at++] = rest
  return at
}

export function encodeAsOf(as_of: string, tag: number): Buffer {
  const pair = encodeKeyValue('attribution.as_of', encodeStringValue(as_of))
  return encodeField(tag, pair)
}

/** The attributes of a record as those of a span. */
export function asSpanAttributes(fragment: Buffer): Buffer {
  const out = Buffer.from(fragment)
  for (let at = 0; at < out.length;) {
    out[at] = TAG_SPAN_ATTRIBUTES
    const body = readLength(out, at + 1, out.length)
    at = body + number_read
  }
  return out
}
