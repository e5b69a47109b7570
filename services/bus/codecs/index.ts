import kafkajs from 'kafkajs'
import { batchHeaderBefore } from './batch-header.ts'
import type { Codec } from './decompressed.ts'
import { lz4Codec } from './lz4.ts'
import { recordsAreSound, standIns } from './record-set.ts'
import { snappyCodec } from './snappy.ts'
import { gzipCodec, zstdCodec } from './zlib.ts'

/**
 * The codecs of kafkajs, all four replaced by bounded ones. kafkajs keeps them in one table for the process, so the limit is
 * one for the process, too: that of the client that was created last.
 */

/** In the order of their numbers in the attributes of a record batch. */
export const COMPRESSIONS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
export type Compression = (typeof COMPRESSIONS)[number]

/** Decompressed size of one batch that is still read. */
export const DECOMPRESSED_BYTES_MAX = 64 << 20
/**
 * Records of one batch that are still read. kafkajs makes an object of each, without a pause. Records of 512 bytes fill the
 * decompressed size sooner.
 */
export const RECORDS_PER_BATCH_MAX = 1 << 17

const CODECS: Readonly<Record<Exclude<Compression, 'none'>, Codec>> = {
  gzip: gzipCodec,
  snappy: snappyCodec,
  lz4: lz4Codec,
  zstd: zstdCodec,
}

const { CompressionTypes, CompressionCodecs } = kafkajs

const TYPES = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
} as const

export function compressionType(compression: Compression): kafkajs.CompressionTypes {
  return TYPES[compression]
}

/** The codec of a compression by its number in the attributes of a batch; `undefined` for none. */
export function codecOf(type: number): Codec | undefined {
  const name = COMPRESSIONS[type]
  return name === undefined || name === 'none' ? undefined : CODECS[name]
}

export function registerCodecs(decompressed_bytes_max: number): void {
  for (const name of COMPRESSIONS) {
    if (name === 'none') continue
    const codec = CODECS[name]
    CompressionCodecs[TYPES[name]] = () => ({
      compress: (encoder: { readonly buffer: Buffer }) => codec.compress(encoder.buffer),
      decompress: (bytes: Buffer) => readRecordSet(codec, bytes, decompressed_bytes_max),
    })
  }
}

/** The records of a batch, or stand-ins for them when they cannot be read. */
export async function readRecordSet(
  codec: Codec,
  compressed: Buffer,
  limit_bytes: number,
): Promise<Buffer> {
  const header = batchHeaderBefore(compressed)
  if (header !== undefined && header.count > RECORDS_PER_BATCH_MAX) {
    throw new Error(
      `the record batch at offset ${header.base_offset} holds ${header.count} records, ` +
        `more than ${RECORDS_PER_BATCH_MAX}`,
    )
  }
  const read = await codec.decompress(compressed, limit_bytes)
  if (header === undefined) {
    if (read.type === 'ok') return read.bytes
    throw new Error(`a compressed message of an old format cannot be read: ${read.type}`)
  }
  if (read.type === 'ok' && recordsAreSound(read.bytes, header.count)) return read.bytes
  const reason = read.type === 'ok' ? 'malformed' : read.type
  return standIns({ ...header, payload: compressed, reason })
}
