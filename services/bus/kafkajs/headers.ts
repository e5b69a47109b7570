import type { IHeaders } from 'kafkajs'
import type { Header } from '#/core/run.ts'
import { readVarint, type Reader } from '../codecs/varint.ts'

/**
 * Headers in order, names repeated as they stand. kafkajs keeps them in an object by name, which loses the order of names
 * that look like numbers and of repeats between others. On the way in they are read again from the bytes of the record,
 * where they follow the value; record-batch.ts writes them in order.
 */

export function incomingHeaders(
  headers: IHeaders | undefined,
  key: Buffer | null,
  value: Buffer | null,
): readonly Header[] | undefined {
  if (headers === undefined) return undefined
  const names = Object.keys(headers)
  if (names.length === 0) return undefined
  const [name = ''] = names
  if (names.length === 1 && !Array.isArray(headers[name])) {
    return [{ name, value: bytesOf(headers[name]) }]
  }
  return headersInOrder(key, value, names) ?? headersByName(headers)
}

function headersInOrder(
  key: Buffer | null,
  value: Buffer | null,
  names: readonly string[],
): readonly Header[] | undefined {
  const before = value ?? key
  if (before === null) return undefined
  // A null value is one byte, its length of -1, behind the key.
  const start = before.byteOffset + before.length + (value === null ? 1 : 0)
  const bytes = Buffer.from(before.buffer)
  const reader: Reader = { bytes, at: start }
  const count = readVarint(reader)
  const headers: Header[] = []
  for (let i = 0; i < count; i++) {
    const name = readBytes(reader, bytes)
    if (name == null) return undefined
    const of = readBytes(reader, bytes)
    if (of === undefined) return undefined
    headers.push({ name: name.toString('utf8'), value: of })
  }
  const known = new Set(names)
  return headers.every(({ name }) => known.has(name)) && headers.length >= names.length
    ? headers
    : undefined
}

/** Null for a length of -1, undefined when the bytes end. */
function readBytes(reader: Reader, bytes: Buffer): Buffer | null | undefined {
  const length = readVarint(reader)
  if (length === -1) return null
  const end = reader.at + length
  if (!(length >= 0) || end > bytes.length) return undefined
  reader.at = end
  return bytes.subarray(end - length, end)
}

function headersByName(headers: IHeaders): readonly Header[] {
  return Object.entries(headers).flatMap(([name, of]) =>
    (Array.isArray(of) ? of : [of]).map((each) => ({ name, value: bytesOf(each) })),
  )
}

function bytesOf(value: IHeaders[string]): Buffer | null {
  if (value == null || Array.isArray(value)) return null
  return typeof value === 'string' ? Buffer.from(value) : value
}
