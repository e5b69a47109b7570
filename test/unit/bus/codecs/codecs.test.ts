import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { Codec } from '#/bus/codecs/decompressed.ts'
import { lz4Codec } from '#/bus/codecs/lz4.ts'
import { snappyCodec } from '#/bus/codecs/snappy.ts'
import { gzipCodec, zstdCodec } from '#/bus/codecs/zlib.ts'

const CODECS: readonly (readonly [string, Codec])[] = [
  ['gzip', gzipCodec],
  ['snappy', snappyCodec],
  ['lz4', lz4Codec],
  ['zstd', zstdCodec],
]
const TEXT = Buffer.from('so many words, and so many more of them: '.repeat(5_000))

for (const [name, codec] of CODECS) {
  test(`${name}: what was compressed comes back`, async () => {
    for (const bytes of [TEXT, Buffer.from('x'), Buffer.alloc(300_000, 'ab')]) {
      const compressed = await codec.compress(bytes)
      assert.deepEqual(await codec.decompress(compressed, bytes.length + 65_536), {
        type: 'ok',
        bytes,
      })
    }
  })

  test(`${name}: more than the limit is refused`, async () => {
    const compressed = await codec.compress(Buffer.alloc(2_000_000))
    assert.deepEqual(await codec.decompress(compressed, 1_000_000), { type: 'limit_exceeded' })
  })

  test(`${name}: what is cut off or is something else is malformed`, async () => {
    const compressed = await codec.compress(TEXT)
    for (const bytes of [
      compressed.subarray(0, compressed.length - 20),
      Buffer.from('this is not compressed at all, is it?'),
      Buffer.alloc(0),
    ]) {
      const read = await codec.decompress(bytes, 1_000_000)
      assert.notEqual(read.type, 'ok')
    }
  })
}

test('snappy: a raw block, as some producers send it, is read', async () => {
  const { compressSync } = await import('snappy')
  const read = await snappyCodec.decompress(Buffer.from(compressSync(TEXT)), TEXT.length)
  assert.deepEqual(read, { type: 'ok', bytes: TEXT })
})

test('snappy: a block that states a huge size is refused before anything is allocated', async () => {
  const lie = Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 0x00])
  assert.deepEqual(await snappyCodec.decompress(lie, 64 << 20), { type: 'limit_exceeded' })
})

test('lz4: a frame of many blocks is refused by the sum of what they may hold', async () => {
  // Magic, version 1 with independent blocks, 4 MiB blocks, header checksum; then blocks of 20 kB that may each become 4 MiB.
  const header = Buffer.from('04224d18607073', 'hex')
  const block = Buffer.alloc(4 + 20_000)
  block.writeUInt32LE(20_000)
  const frame = Buffer.concat([header, ...Array.from({ length: 20 }, () => block), Buffer.alloc(4)])
  assert.deepEqual(await lz4Codec.decompress(frame, 64 << 20), { type: 'limit_exceeded' })
})

test('gzip: concatenated members count together', async () => {
  const member = gzipSync(Buffer.alloc(600_000))
  const both = Buffer.concat([member, member])
  assert.deepEqual(await gzipCodec.decompress(both, 1_000_000), { type: 'limit_exceeded' })
})
