import { randomBytes } from 'node:crypto'
import { readVarint, skipVarlong, writeVarint, type Reader } from './varint.ts'

/**
 * The records inside a batch, as bytes. kafkajs asks a codec for exactly as many records as the batch declares and cannot be
 * told that there are none, so a batch that cannot be read is answered with stand-ins: records at its offsets, the first
 * with the compressed bytes as they came, all with a key that marks them. The mark is random and never leaves the
 * process, so no producer can forge it. `unreadableReason` recognises it again where runs are built.
 */

export type UnreadableReason = 'limit_exceeded' | 'malformed'

const MARK = randomBytes(16)
const REASONS: readonly UnreadableReason[] = ['limit_exceeded', 'malformed']

/** The reason why a record stands in for an unreadable one; undefined for a real one. */
export function unreadableReason(key: Buffer | null): UnreadableReason | undefined {
  if (key === null || key.length !== MARK.length + 1) return undefined
  return key.compare(MARK, 0, MARK.length, 0, MARK.length) === 0
    ? REASONS[key[MARK.length] ?? -1]
    : undefined
}

/** The key of a stand-in. */
export function standInKey(reason: UnreadableReason): Buffer {
  return Buffer.concat([MARK, Buffer.of(REASONS.indexOf(reason))])
}

/** Stand-ins for `count` records, the last of them at `last_offset_delta`. */
export function standIns(of: {
  readonly count: number
  readonly last_offset_delta: number
  readonly payload: Buffer
  readonly reason: UnreadableReason
}): Buffer {
  const key = standInKey(of.reason)
  const parts: Buffer[] = []
  for (let i = 0; i < of.count; i++) {
    const offset_delta = i === of.count - 1 ? of.last_offset_delta : i
    const head = [0, 0]
    writeVarint(offset_delta, head)
    writeVarint(key.length, head)
    const value_length: number[] = []
    const value = i === 0 ? of.payload : undefined
    writeVarint(value?.length ?? -1, value_length)
    const body_length = head.length + key.length + value_length.length + (value?.length ?? 0) + 1
    const length: number[] = []
    writeVarint(body_length, length)
    parts.push(Buffer.from([...length, ...head]), key, Buffer.from(value_length))
    if (value !== undefined) parts.push(value)
    parts.push(NO_HEADERS)
  }
  return Buffer.concat(parts)
}

const NO_HEADERS = Buffer.of(0)

/** Whether `bytes` hold `count` records, each within its length. Linear in the records, not in their bytes. */
export function recordsAreSound(bytes: Buffer, count: number): boolean {
  const reader: Reader = { bytes, at: 0 }
  for (let i = 0; i < count; i++) {
    const length = readVarint(reader)
    const end = reader.at + length
    if (!(length > 0) || end > bytes.length || !recordIsSound(reader, end)) return false
    reader.at = end
  }
  return true
}

function recordIsSound(reader: Reader, end: number): boolean {
  reader.at++
  if (!skipVarlong(reader) || Number.isNaN(readVarint(reader))) return false
  if (!skipBytes(reader, end) || !skipBytes(reader, end)) return false
  const headers = readVarint(reader)
  if (!(headers >= 0)) return false
  for (let i = 0; i < headers; i++) {
    const name = readVarint(reader)
    if (!(name >= 0)) return false
    reader.at += name
    if (reader.at > end || !skipBytes(reader, end)) return false
  }
  return reader.at <= end
}

/** Moves over a length and as many bytes; -1 is null. */
function skipBytes(reader: Reader, end: number): boolean {
  const length = readVarint(reader)
  if (!(length >= -1)) return false
  if (length > 0) reader.at += length
  return reader.at <= end
}
