import type { Header } from '#/core/run.ts'

/**
 * Records become arrays of numbers: where each key and value lies, its offset and its time. No object is made of a record, and
 * nothing is copied but the names of headers.
 *
 * A record is its length, one byte of attributes, then as varints the distance of its time and offset from those of the batch,
 * key, value and headers, each with its length before it; -1 is null.
 */

export interface Columns {
  count: number
  readonly offsets: Float64Array
  readonly timestamps: Float64Array
  readonly value_starts: Int32Array
  readonly value_ends: Int32Array
  readonly key_starts: Int32Array
  readonly key_ends: Int32Array
  /** Shorter than the others, as long as the rest has none. */
  readonly headers: (readonly Header[] | undefined)[]
}

export function createColumns(records: number): Columns {
  const ranges = (): Int32Array => new Int32Array(records)
  return {
    count: 0,
    offsets: new Float64Array(records),
    timestamps: new Float64Array(records),
    value_starts: ranges(),
    value_ends: ranges(),
    key_starts: ranges(),
    key_ends: ranges(),
    headers: [],
  }
}

/** The records of one batch, without its header. */
export interface RecordSet {
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
  readonly count: number
  readonly base_offset: number
  readonly last_offset: number
  readonly first_timestamp: number
  /** The time of all of them, where the broker gave it. */
  readonly append_timestamp: number | undefined
}

/**
 * Appends the records from an offset on. False when they are not what the batch says; then nothing was appended.
 */
export function appendRecords(set: RecordSet, from_offset: number, into: Columns): boolean {
  const { bytes, end, append_timestamp } = set
  const before = into.count
  let row = before
  let previous = set.base_offset - 1
  cursor = set.start
  for (let i = 0; i < set.count; i += 1) {
    const length = readVarint(bytes)
    const record_end = cursor + length
    cursor += 1
    const time_delta = readVarlong(bytes)
    const offset = set.base_offset + readVarint(bytes)
    const key_length = readVarint(bytes)
    const key_start = cursor
    if (key_length > 0) cursor += key_length
    const value_length = readVarint(bytes)
    const value_start = cursor
    if (value_length > 0) cursor += value_length
    const headers = readVarint(bytes)
    const is_sound =
      length > 0 &&
      record_end <= end &&
      offset > previous &&
      offset <= set.last_offset &&
      key_length >= -1 &&
      value_length >= -1 &&
      headers >= 0 &&
      time_delta > -Infinity &&
      cursor <= record_end
    const list = is_sound && headers > 0 ? readHeaders(bytes, headers, record_end) : NONE
    if (!is_sound || list === undefined) return undo(into, before)
    previous = offset
    cursor = record_end
    if (offset < from_offset) continue
    into.offsets[row] = offset
    into.timestamps[row] = append_timestamp ?? set.first_timestamp + time_delta
    into.key_starts[row] = key_length < 0 ? -1 : key_start
    into.key_ends[row] = key_length < 0 ? -1 : key_start + key_length
    into.value_starts[row] = value_length < 0 ? -1 : value_start
    into.value_ends[row] = value_length < 0 ? -1 : value_start + value_length
    if (list.length > 0) into.headers[row] = list
    row += 1
  }
  if (cursor !== end) return undo(into, before)
  into.count = row
  return true
}

const NONE: readonly Header[] = []

function undo(into: Columns, count: number): false {
  into.headers.length = Math.min(into.headers.length, count)
  return false
}

/** Undefined when they reach beyond the record. */
function readHeaders(bytes: Buffer, count: number, end: number): readonly Header[] | undefined {
  const headers: Header[] = []
  for (let i = 0; i < count; i += 1) {
    const name_length = readVarint(bytes)
    const name_start = cursor
    if (name_length < 0 || name_length > end - cursor) return undefined
    cursor += name_length
    const name = bytes.toString('utf8', name_start, cursor)
    const length = readVarint(bytes)
    if (length < -1 || length > end - cursor) return undefined
    const start = cursor
    if (length > 0) cursor += length
    headers.push({ name, value: length < 0 ? null : bytes.subarray(start, start + length) })
  }
  return cursor <= end ? headers : undefined
}

/**
 * Where the reading of varints stands. It is shared by the functions of this file, which never wait; an object in its place
 * would be made, or looked into, for every number.
 */
let cursor = 0

/** No varint: less than any length may be. */
const INVALID = -(2 ** 31)

/** Zigzag, up to 32 bits. Bytes beyond the end are none. */
function readVarint(bytes: Buffer): number {
  let byte = bytes[cursor]!
  cursor += 1
  if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1)
  let value = byte & 0x7f
  for (let shift = 7; shift < 35; shift += 7) {
    byte = bytes[cursor]!
    cursor += 1
    value |= (byte & 0x7f) << shift
    if (byte < 0x80) return shift === 28 && byte > 0x0f ? INVALID : (value >>> 1) ^ -(value & 1)
  }
  return INVALID
}

/** Zigzag, up to 64 bits, as a double. */
function readVarlong(bytes: Buffer): number {
  let byte = bytes[cursor]!
  cursor += 1
  if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1)
  let value = byte & 0x7f
  for (let scale = 0x80; scale < 2 ** 64; scale *= 0x80) {
    byte = bytes[cursor]!
    cursor += 1
    value += (byte & 0x7f) * scale
    if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }
  return Number.NaN
}
