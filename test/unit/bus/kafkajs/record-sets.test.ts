import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DECOMPRESSED_BYTES_MAX, RECORDS_PER_BATCH_MAX } from '#/bus/codecs/index.ts'
import { unreadableReason } from '#/bus/codecs/record-set.ts'
import { encodeRecordBatch } from '#/bus/record-batch/encode.ts'
import { decodeRecordSet, kafkajsRecordSet } from '#/bus/kafkajs/record-sets.ts'
import { outgoing } from '../../../contract/bus-harness.ts'

const HEADER_BYTES = 61
const LENGTH_AT = 8
const LENGTH_FROM = 12
const LAST_OFFSET_DELTA_AT = 23
const COUNT_AT = 57

async function batchOf(
  values: readonly string[],
  of: {
    readonly base_offset?: number
    readonly last_offset_delta?: number
    readonly count?: number
  } = {},
): Promise<Buffer> {
  const messages = values.map((value) =>
    outgoing('t', { key: 'k', value, headers: [['h', value]] }),
  )
  const batch = await encodeRecordBatch(messages, {
    producer_id: 7n,
    producer_epoch: 0,
    first_sequence: 0,
    compression: 0,
    compress: undefined,
  })
  batch.writeBigInt64BE(BigInt(of.base_offset ?? 0), 0)
  if (of.last_offset_delta !== undefined)
    batch.writeInt32BE(of.last_offset_delta, LAST_OFFSET_DELTA_AT)
  if (of.count !== undefined) batch.writeInt32BE(of.count, COUNT_AT)
  return batch
}

/** As kafkajs passes it: a decoder that stands before the size of the set, and something behind it. */
function decoderOf(...batches: readonly Buffer[]) {
  const set = Buffer.concat(batches)
  const buffer = Buffer.concat([Buffer.alloc(3), Buffer.alloc(4), set, Buffer.from('behind')])
  buffer.writeInt32BE(set.length, 3)
  const decoder = Object.create(DECODER) as { offset: number; buffer: Buffer }
  return Object.assign(decoder, { buffer, offset: 3 })
}
const { createRequire } = await import('node:module')
const { prototype: DECODER } = createRequire(import.meta.url)('kafkajs/src/protocol/decoder') as {
  readonly prototype: object
}

const offsets = (messages: readonly { readonly offset: string }[]) =>
  messages.map(({ offset }) => Number(offset))

test('whole batches come as kafkajs reads them, and what the fetch cut off does not', async () => {
  const batches = [
    await batchOf(['a', 'b'], { base_offset: 10 }),
    await batchOf(['c'], { base_offset: 12 }),
  ]
  const cut = (await batchOf(['d'], { base_offset: 13 })).subarray(0, -1)
  const ours = decoderOf(...batches, cut)
  const theirs = decoderOf(...batches, cut)
  assert.deepEqual(await decodeRecordSet(ours), await kafkajsRecordSet(theirs))
  assert.equal(ours.offset, theirs.offset)
  assert.equal(ours.buffer.toString('utf8', ours.offset), 'behind')
})

test('no batches, less than one, and the formats before are left to kafkajs', async () => {
  const whole = await batchOf(['a'])
  for (const set of [Buffer.alloc(0), whole.subarray(0, 40), whole.subarray(0, 61)]) {
    assert.deepEqual(await decodeRecordSet(decoderOf(set)), [])
  }
})

test('a batch of too many records is one stand-in at its last offset, with its bytes', async () => {
  const count = RECORDS_PER_BATCH_MAX + 1
  const large = await batchOf(['x'], { base_offset: 5, last_offset_delta: count - 1, count })
  const after = await batchOf(['after'], { base_offset: 5 + count })
  const messages = await decodeRecordSet(decoderOf(large, after))
  assert.deepEqual(offsets(messages), [4 + count, 5 + count])
  const [standIn, next] = messages
  assert.equal(unreadableReason(standIn?.key ?? null), 'limit_exceeded')
  assert.deepEqual(standIn?.value, large.subarray(61))
  assert.equal(standIn?.isControlRecord, false)
  assert.equal(standIn.timestamp, '1700000000000')
  assert.equal(next?.value?.toString(), 'after')
})

test('more records than one call can have arguments are read', async () => {
  const count = RECORDS_PER_BATCH_MAX - 1
  const values = Array.from({ length: count }, () => 'v')
  const messages = await decodeRecordSet(decoderOf(await batchOf(values)))
  assert.equal(messages.length, count)
  assert.equal(messages.at(-1)?.offset, String(count - 1))
})

test('what compaction took from the end of a batch is a control record at its last offset', async () => {
  const tail = await batchOf(['a'], { base_offset: 3, last_offset_delta: 4 })
  const empty = (
    await batchOf(['gone'], { base_offset: 8, last_offset_delta: 1, count: 0 })
  ).subarray(0, HEADER_BYTES)
  empty.writeInt32BE(HEADER_BYTES - LENGTH_FROM, LENGTH_AT)
  const messages = await decodeRecordSet(decoderOf(tail, empty))
  assert.deepEqual(
    messages.map(({ offset, isControlRecord }) => [Number(offset), isControlRecord]),
    [
      [3, false],
      [7, true],
      [9, true],
    ],
  )
})

test('decoding stops when one fetch has given enough, and leaves the rest to the next', async () => {
  const half = 'x'.repeat(DECOMPRESSED_BYTES_MAX / 2)
  const batches: Buffer[] = []
  for (let i = 0; i < 3; i++) batches.push(await batchOf([half], { base_offset: i }))
  const decoder = decoderOf(...batches)
  assert.deepEqual(offsets(await decodeRecordSet(decoder)), [0, 1])
  assert.equal(decoder.buffer.toString('utf8', decoder.offset), 'behind')
})

test('a length that no batch can have is an error, not a loop', async () => {
  const batch = await batchOf(['a'])
  batch.writeInt32BE(-12, 8)
  await assert.rejects(decodeRecordSet(decoderOf(batch)), /-12 bytes long/)
})
