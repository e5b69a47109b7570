import { compress, uncompressSync } from 'snappy'
import { LIMIT_EXCEEDED, MALFORMED, type Codec, type Decompressed } from './decompressed.ts'

/**
 * Snappy as Kafka writes it: xerial framing (a 16-byte header, then blocks with their length), and raw blocks, which some
 * producers send. Each block states its size at its beginning, so the sum is known before anything is decompressed.
 */

const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00])
/** Magic, version, oldest version that can read it. */
const XERIAL_HEADER = Buffer.concat([XERIAL_MAGIC, Buffer.from([0, 0, 0, 1, 0, 0, 0, 1])])
/** Blocks of this size are read by every client, the Java one included. */
const BLOCK_BYTES = 32 * 1024

export const snappyCodec: Codec = {
  async compress(bytes) {
    const parts: Buffer[] = [XERIAL_HEADER]
    for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
      const block = await compress(bytes.subarray(at, at + BLOCK_BYTES))
      const length = Buffer.alloc(4)
      length.writeUInt32BE(block.length)
      parts.push(length, block)
    }
    return Buffer.concat(parts)
  },
  decompress: async (bytes, limit_bytes) => decompress(bytes, limit_bytes),
}

function decompress(bytes: Buffer, limit_bytes: number): Decompressed {
  const blocks = blocksOf(bytes)
  if (blocks === undefined) return MALFORMED
  let total = 0
  for (const block of blocks) {
    const declared = declaredLength(block)
    if (declared === undefined) return MALFORMED
    total += declared
    if (total > limit_bytes) return LIMIT_EXCEEDED
  }
  try {
    const parts = blocks.map((block) => Buffer.from(uncompressSync(block)))
    return { type: 'ok', bytes: parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts) }
  } catch {
    return MALFORMED
  }
}

function blocksOf(bytes: Buffer): readonly Buffer[] | undefined {
  if (!bytes.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) return [bytes]
  const blocks: Buffer[] = []
  let at = XERIAL_HEADER.length
  while (at < bytes.length) {
    if (at + 4 > bytes.length) return undefined
    const end = at + 4 + bytes.readUInt32BE(at)
    if (end > bytes.length) return undefined
    blocks.push(bytes.subarray(at + 4, end))
    at = end
  }
  return blocks
}

/** The size of the decompressed block: a varint of at most 32 bits at its beginning. */
function declaredLength(block: Buffer): number | undefined {
  let length = 0
  for (let i = 0; i < 5; i++) {
    const byte = block[i]
    if (byte === undefined) return undefined
    length += (byte & 0x7f) * 2 ** (7 * i)
    if (byte < 0x80) return length
  }
  return undefined
}
