import { crc32c } from '@node-rs/crc32'
import {
  ATTRIBUTES_AT,
  COUNT_AT,
  CRC_AT,
  FIRST_TIMESTAMP_AT,
  HEADER_BYTES,
  LAST_OFFSET_DELTA_AT,
  LENGTH_AT,
  LENGTH_FROM,
  MAGIC,
  MAGIC_AT,
  MAX_TIMESTAMP_AT,
  PRODUCER_ID_AT,
} from '../record-batch/layout.ts'
import { readInt64 } from './reader.ts'

/** The header of a record batch, and whether the batch is what its writer wrote. */

export interface BatchHead {
  readonly start: number
  readonly end: number
  readonly attributes: number
  readonly base_offset: number
  readonly last_offset: number
  readonly first_timestamp: number
  readonly max_timestamp: number
  readonly producer_id: number
  /** As it says; it may be any number where the batch is not sound. */
  readonly count: number
}

/** How much of a batch lies between two positions. */
export type BatchExtent =
  | { readonly type: 'whole'; readonly end: number }
  /** The broker cuts off what does not fit. `bytes` are those of the whole batch, 0 where not even that is there. */
  | { readonly type: 'partial'; readonly bytes: number }
  | { readonly type: 'wrong'; readonly message: string }

export function extentOf(bytes: Buffer, at: number, end: number): BatchExtent {
  if (end - at <= MAGIC_AT) return { type: 'partial', bytes: 0 }
  const magic = bytes[MAGIC_AT + at]
  if (magic !== MAGIC) return { type: 'wrong', message: `a record batch has magic ${magic}, not 2` }
  const length = bytes.readInt32BE(at + LENGTH_AT)
  if (length < HEADER_BYTES - LENGTH_FROM)
    return { type: 'wrong', message: `a record batch says that it is ${length} bytes long` }
  const batch_end = at + LENGTH_FROM + length
  return batch_end > end
    ? { type: 'partial', bytes: LENGTH_FROM + length }
    : { type: 'whole', end: batch_end }
}

/** Of a batch that is there whole. */
export function headOf(bytes: Buffer, start: number, end: number): BatchHead {
  const base_offset = readInt64(bytes, start)
  return {
    start,
    end,
    attributes: bytes.readInt16BE(start + ATTRIBUTES_AT),
    base_offset,
    last_offset: base_offset + bytes.readInt32BE(start + LAST_OFFSET_DELTA_AT),
    first_timestamp: readInt64(bytes, start + FIRST_TIMESTAMP_AT),
    max_timestamp: readInt64(bytes, start + MAX_TIMESTAMP_AT),
    producer_id: readInt64(bytes, start + PRODUCER_ID_AT),
    count: bytes.readInt32BE(start + COUNT_AT),
  }
}

export function crcIsRight(bytes: Buffer, { start, end }: BatchHead): boolean {
  return crc32c(bytes.subarray(start + ATTRIBUTES_AT, end)) === bytes.readUInt32BE(start + CRC_AT)
}
