/**
 * Protobuf encoding of the few messages that are written here: KeyValues of a log record.
 */

import type { AttributionRecord } from '#/core/decision.ts'
import { listAttributes, type AttributeValue } from '../attributes.ts'
import { varintSize } from './wire.ts'

/** LogRecord.attributes. */
export const TAG_RECORD_ATTRIBUTES = 0x32
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

/** Attributes of a record, complete: `attribution.event_id` follows them. */
export function encodeFragment(record: AttributionRecord): Buffer {
  return Buffer.concat(
    listAttributes(record).map(([path, value]) =>
      encodeField(TAG_RECORD_ATTRIBUTES, encodeKeyValue(`attribution.${path}`, encodeAny(value))),
    ),
  )
}

export function encodeAsOf(as_of: string): Buffer {
  const pair = encodeKeyValue('attribution.as_of', encodeStringValue(as_of))
  return encodeField(TAG_RECORD_ATTRIBUTES, pair)
}
