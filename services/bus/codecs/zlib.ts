import { promisify } from 'node:util'
import { constants, gunzip, gzip, zstdCompress, zstdDecompress } from 'node:zlib'
import { LIMIT_EXCEEDED, MALFORMED, type Codec, type Decompressed } from './decompressed.ts'

/** gzip and zstd, which Node has. `maxOutputLength` stops both as soon as they have written too much. */

const compressGzip = promisify(gzip)
const compressZstd = promisify(zstdCompress)
const decompressGzip = promisify(gunzip)
const decompressZstd = promisify(zstdDecompress)

/** Largest window that a zstd frame may ask memory for: 64 MiB. */
const ZSTD_WINDOW_LOG_MAX = 26

export const gzipCodec: Codec = {
  compress: (bytes) => compressGzip(bytes),
  decompress: (bytes, limit_bytes) =>
    bounded(decompressGzip(bytes, { maxOutputLength: limit_bytes })),
}

export const zstdCodec: Codec = {
  compress: (bytes) => compressZstd(bytes),
  decompress: (bytes, limit_bytes) =>
    bounded(
      decompressZstd(bytes, {
        maxOutputLength: limit_bytes,
        params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG_MAX },
      }),
    ),
}

async function bounded(reading: Promise<Buffer>): Promise<Decompressed> {
  try {
    return { type: 'ok', bytes: await reading }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    return code === 'ERR_BUFFER_TOO_LARGE' ? LIMIT_EXCEEDED : MALFORMED
  }
}
