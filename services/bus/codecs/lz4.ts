import { compressFrame, decompressFrame } from 'lz4-napi'
import { LIMIT_EXCEEDED, MALFORMED, type Codec, type Decompressed } from './decompressed.ts'

/**
 * LZ4 frames. The decoder of the library has no limit of its own, so the block headers are walked first: a block holds at
 * most the block size of its frame and at most 255 times its compressed bytes, which bounds the output from above.
 */

const MAGIC = 0x184d2204
const LZ4_RATIO_MAX = 255
/** Block size by the number in the frame header. */
const BLOCK_BYTES_MAX: Readonly<Record<number, number>> = {
  4: 64 << 10,
  5: 256 << 10,
  6: 1 << 20,
  7: 4 << 20,
}

export const lz4Codec: Codec = {
  compress: (bytes) => compressFrame(bytes),
  async decompress(bytes, limit_bytes): Promise<Decompressed> {
    const bound = outputBound(bytes)
    if (bound === undefined) return MALFORMED
    if (bound.blocks_bytes > limit_bytes) return LIMIT_EXCEEDED
    try {
      return { type: 'ok', bytes: await decompressFrame(bytes.subarray(0, bound.frame_bytes)) }
    } catch {
      return MALFORMED
    }
  },
}

interface OutputBound {
  /** No more than this comes out. */
  readonly blocks_bytes: number
  readonly frame_bytes: number
}

function outputBound(bytes: Buffer): OutputBound | undefined {
  if (bytes.length < 7 || bytes.readUInt32LE(0) !== MAGIC) return undefined
  const flags = bytes[4] ?? 0
  const blockChecksum = (flags & 0x10) !== 0
  const contentSize = (flags & 0x08) !== 0
  const contentChecksum = (flags & 0x04) !== 0
  const dictionary = (flags & 0x01) !== 0
  const block_bytes_max = BLOCK_BYTES_MAX[((bytes[5] ?? 0) >> 4) & 0x07]
  if (block_bytes_max === undefined || dictionary) return undefined

  let at = 7 + (contentSize ? 8 : 0)
  let blocks_bytes = 0
  for (;;) {
    if (at + 4 > bytes.length) return undefined
    const size = bytes.readUInt32LE(at)
    at += 4
    if (size === 0) break
    const stored = size > 0x7fffffff
    const compressed = stored ? size - 0x80000000 : size
    blocks_bytes += stored ? compressed : Math.min(block_bytes_max, compressed * LZ4_RATIO_MAX)
    at += compressed + (blockChecksum ? 4 : 0)
  }
  const frame_bytes = at + (contentChecksum ? 4 : 0)
  return frame_bytes > bytes.length ? undefined : { blocks_bytes, frame_bytes }
}
