import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createBuffers } from '#/bus/direct/buffers.ts'
import { isCorrupt } from '#/bus/direct/corrupt.ts'
import { readFetch } from '#/bus/direct/fetch-response.ts'
import { createFrames, HEAD_BYTES } from '#/bus/direct/frames.ts'
import { decodeSet } from '#/bus/direct/record-sets.ts'
import { COMPRESSIONS } from '#/bus/codecs/index.ts'
import { fetchResponse, recordBatch, values } from '../support/record-batches.ts'

/**
 * Whatever becomes of a response on its way: it is a named error, or what is handed out holds bytes that the producer wrote. Only
 * bytes outside of what the checksums cover may change what is told of them (where they stand, and whether they were aborted).
 */

const TEXTS = Array.from({ length: 12 }, (_, i) => `value ${i} ${'lorem ipsum '.repeat(i)}`)

async function response(): Promise<Buffer> {
  const batches = await Promise.all(
    COMPRESSIONS.map((compression, i) =>
      recordBatch(values(...TEXTS.slice(i * 2, i * 2 + 2)), { base_offset: i * 2, compression }),
    ),
  )
  const other = await recordBatch(values(...TEXTS.slice(10)), { base_offset: 10 })
  return fetchResponse([
    { topic: 'topic', partition: 0, batches, aborted: [{ producer_id: 99, first_offset: 1 }] },
    { topic: 'topic', partition: 1, batches: [other] },
  ])
}

/** The values that are handed out, or undefined for a named error. */
async function valuesIn(payload: Buffer): Promise<readonly string[] | undefined> {
  const found: string[] = []
  try {
    for (const of of readFetch(11, payload).partitions) {
      const fetch_offset = of.partition === 1 ? 10 : 0
      const { runs } = await decodeSet({
        ...of,
        bytes: payload,
        lease: undefined,
        fetch_offset,
        doubted_offset: undefined,
        decompressed_bytes_max: 1 << 20,
      })
      for (const run of runs) {
        assert.equal(run.unreadable, undefined, 'what is damaged is not handed out')
        for (let i = 0; i < run.count; i += 1)
          found.push(run.bytes.toString('utf8', run.value_starts[i], run.value_ends[i]))
      }
    }
  } catch (error) {
    if (isCorrupt(error)) return undefined
    throw error
  }
  return found
}

const whole = await response()
const byte = fc.nat(255)
const position = fc.nat(whole.length - 1)

const mutations: fc.Arbitrary<(of: Buffer) => Buffer> = fc.oneof(
  fc
    .array(fc.tuple(position, byte), { minLength: 1, maxLength: 4 })
    .map((changes) => (of: Buffer) => {
      for (const [at, to] of changes) of[at] = to
      return of
    }),
  fc.tuple(position, fc.nat(7)).map(([at, bit]) => (of: Buffer) => {
    of[at]! ^= 1 << bit
    return of
  }),
  position.map((length) => (of: Buffer) => of.subarray(0, length)),
  fc.tuple(position, fc.nat(40)).map(
    ([at, count]) =>
      (of: Buffer) =>
        Buffer.concat([of.subarray(0, at), of.subarray(at + count)]),
  ),
  fc.tuple(position, fc.uint8Array({ minLength: 1, maxLength: 40 })).map(
    ([at, added]) =>
      (of: Buffer) =>
        Buffer.concat([of.subarray(0, at), added, of.subarray(at)]),
  ),
  fc
    .tuple(position, fc.constantFrom(0, 0x7fffffff, 0xffffffff, 0x80000000))
    .map(([at, to]) => (of: Buffer) => {
      of.writeUInt32BE(to, Math.min(at, of.length - 4))
      return of
    }),
)

test('a response as it was sent is read', async () => {
  assert.deepEqual(await valuesIn(whole), [...TEXTS.slice(0, 10), ...TEXTS.slice(10)])
})

test('a response that was changed is a named error, or its values are those that were written', async () => {
  const written = new Set(TEXTS)
  let errors = 0
  await fc.assert(
    fc.asyncProperty(mutations, async (mutate) => {
      const found = await valuesIn(mutate(Buffer.from(whole)))
      if (found === undefined) errors += 1
      for (const value of found ?? []) assert.ok(written.has(value), JSON.stringify(value))
      assert.equal(new Set(found).size, (found ?? []).length, 'nothing comes twice')
    }),
    { numRuns: 4_000 },
  )
  assert.ok(errors > 100, 'most changes are seen')
})

test('noise is no response', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (noise) => {
      const found = await valuesIn(Buffer.from(noise))
      assert.ok(found === undefined || found.length === 0)
    }),
    { numRuns: 1_000 },
  )
})

test('responses are cut out of what a socket receives, however it arrives', () => {
  const size = fc.oneof(
    fc.nat(40),
    fc.integer({ min: HEAD_BYTES - 8, max: HEAD_BYTES + 8 }),
    fc.nat(300_000),
  )
  fc.assert(
    fc.property(
      fc.array(size, { minLength: 1, maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 200_000 }), { minLength: 1, maxLength: 8 }),
      (sizes, reads) => {
        const sent = sizes.map((bytes, i) => {
          const frame = Buffer.alloc(bytes + 4, i + 1)
          frame.writeInt32BE(bytes)
          return frame
        })
        const received: Buffer[] = []
        const buffers = createBuffers({ kept_bytes_max: 0 })
        const frames = createFrames({
          buffers,
          onFrame: (frame) => received.push(Buffer.from(frame)),
        })
        const stream = Buffer.concat(sent)
        for (let at = 0, read = 0; at < stream.length; read += 1) {
          const count = stream.copy(frames.room(), 0, at, at + reads[read % reads.length]!)
          assert.ok(count > 0)
          frames.filled(count)
          at += count
        }
        assert.deepEqual(
          received.map((frame) => frame.length),
          sent.map((frame) => frame.length),
        )
        assert.ok(received.every((frame, i) => frame.equals(sent[i]!)))
      },
    ),
    { numRuns: 300 },
  )
})
