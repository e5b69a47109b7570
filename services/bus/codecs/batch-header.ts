/**
 * What a codec must know of the record batch around its bytes. kafkajs passes only the compressed part, but as a view into
 * the fetched response, where the header of the batch lies right before it.
 */

/** Record batch, magic 2: base offset 8, length 4, leader epoch 4, magic 1, crc 4, attributes 2, … count 4. */
const HEADER_BYTES = 61
const LENGTH_AT = 8
const MAGIC_AT = 16
const LAST_OFFSET_DELTA_AT = 23
const COUNT_AT = 57
const MAGIC = 2
/** The length field counts what comes after it. */
const LENGTH_FROM = 12

export interface BatchHeader {
  readonly base_offset: number
  readonly count: number
  readonly last_offset_delta: number
}

/** Undefined when the bytes do not lie behind the header of a batch (the formats before Kafka 0.11). */
export function batchHeaderBefore(compressed: Buffer): BatchHeader | undefined {
  const start = compressed.byteOffset - HEADER_BYTES
  if (start < 0) return undefined
  const header = Buffer.from(compressed.buffer, start, HEADER_BYTES)
  if (header[MAGIC_AT] !== MAGIC) return undefined
  if (header.readInt32BE(LENGTH_AT) !== HEADER_BYTES - LENGTH_FROM + compressed.length) {
    return undefined
  }
  return {
    base_offset: Number(header.readBigInt64BE(0)),
    count: header.readInt32BE(COUNT_AT),
    last_offset_delta: header.readInt32BE(LAST_OFFSET_DELTA_AT),
  }
}
