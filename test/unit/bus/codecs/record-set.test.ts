import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readRecordSet, RECORDS_PER_BATCH_MAX } from '#/bus/codecs/index.ts'
import { recordsAreSound, standIns, unreadableReason } from '#/bus/codecs/record-set.ts'
import { readVarint, writeVarint } from '#/bus/codecs/varint.ts'
import { gzipCodec } from '#/bus/codecs/zlib.ts'

test('varints come back as they were written', () => {
  for (const value of [0, 1, -1, 63, 64, -64, -65, 300, 2 ** 31 - 1, -(2 ** 31)]) {
    const into: number[] = []
    writeVarint(value, into)
    const reader = { bytes: Uint8Array.from(into), at: 0 }
    assert.equal(readVarint(reader), value)
    assert.equal(reader.at, into.length)
  }
})

test('a varint that ends too early or is too long is not a number', () => {
  for (const bytes of [[], [0x80], [0xff, 0xff, 0xff, 0xff, 0xff, 0x01]]) {
    assert.ok(Number.isNaN(readVarint({ bytes: Uint8Array.from(bytes), at: 0 })))
  }
})

test('stand-ins are sound records at the offsets of the batch, the first with the payload', () => {
  const payload = Buffer.from('compressed bytes')
  const bytes = standIns({ count: 3, last_offset_delta: 9, payload, reason: 'malformed' })
  assert.ok(recordsAreSound(bytes, 3))
  assert.deepEqual(
    recordsIn(bytes, 3).map(({ delta, key, value }) => [
      delta,
      unreadableReason(key),
      value?.toString(),
    ]),
    [
      [0, 'malformed', 'compressed bytes'],
      [1, 'malformed', undefined],
      [9, 'malformed', undefined],
    ],
  )
})

test('no key but that of a stand-in is one', () => {
  for (const key of [null, Buffer.alloc(0), Buffer.alloc(17), Buffer.alloc(17, 1)]) {
    assert.equal(unreadableReason(key), undefined)
  }
})

test('records are sound only when every length fits', () => {
  const good = record({ key: 'k', value: 'v', headers: [['n', 'h']] })
  assert.ok(recordsAreSound(good, 1))
  assert.ok(!recordsAreSound(good, 2), 'one record is missing')
  for (let cut = 0; cut < good.length; cut++) {
    assert.ok(!recordsAreSound(good.subarray(0, cut), 1), `cut at ${cut}`)
  }
  const overlong = Buffer.from(good)
  // The length of the key, behind the record length, attributes, timestamp and offset deltas.
  overlong[4] = 0x7e
  assert.ok(!recordsAreSound(overlong, 1))
})

test('a batch that cannot be read is answered with as many records as it declares', async () => {
  const compressed = inBatch(Buffer.from('no gzip'), { count: 4, last_offset_delta: 5 })
  const bytes = await readRecordSet(gzipCodec, compressed, 1_000)
  const records = recordsIn(bytes, 4)
  assert.deepEqual(
    records.map(({ key }) => unreadableReason(key)),
    ['malformed', 'malformed', 'malformed', 'malformed'],
  )
  assert.equal(records[0]?.value?.toString(), 'no gzip')
  assert.equal(records[3]?.delta, 5)
})

test('a batch that declares more records than it holds is malformed', async () => {
  const content = await gzipCodec.compress(record({ key: null, value: 'v', headers: [] }))
  const right = inBatch(content, { count: 1, last_offset_delta: 0 })
  assert.equal(
    recordsIn(await readRecordSet(gzipCodec, right, 1_000), 1)[0]?.value?.toString(),
    'v',
  )
  const wrong = inBatch(content, { count: 2, last_offset_delta: 1 })
  const [first] = recordsIn(await readRecordSet(gzipCodec, wrong, 1_000), 2)
  assert.equal(unreadableReason(first?.key ?? null), 'malformed')
})

test('a batch beyond the limit says so', async () => {
  const content = await gzipCodec.compress(
    record({ key: null, value: 'v'.repeat(2_000), headers: [] }),
  )
  const compressed = inBatch(content, { count: 1, last_offset_delta: 0 })
  const [first] = recordsIn(await readRecordSet(gzipCodec, compressed, 1_000), 1)
  assert.equal(unreadableReason(first?.key ?? null), 'limit_exceeded')
  assert.deepEqual(first?.value, content)
})

test('a batch with more records than can be made is an error that names its offset', async () => {
  const compressed = inBatch(Buffer.from('x'), {
    count: RECORDS_PER_BATCH_MAX + 1,
    last_offset_delta: RECORDS_PER_BATCH_MAX,
  })
  await assert.rejects(readRecordSet(gzipCodec, compressed, 1_000), /at offset 42 holds 131073/)
})

/** The bytes as they lie behind the header of a record batch with base offset 42. */
function inBatch(
  content: Buffer,
  of: { readonly count: number; readonly last_offset_delta: number },
): Buffer {
  const batch = Buffer.concat([Buffer.alloc(61), content])
  batch.writeBigInt64BE(42n, 0)
  batch.writeInt32BE(49 + content.length, 8)
  batch[16] = 2
  batch.writeInt32BE(of.last_offset_delta, 23)
  batch.writeInt32BE(of.count, 57)
  return batch.subarray(61)
}

function record(of: {
  readonly key: string | null
  readonly value: string
  readonly headers: readonly (readonly [string, string])[]
}): Buffer {
  const body: number[] = [0, 0, 0]
  const write = (text: string | null): void => {
    writeVarint(text === null ? -1 : text.length, body)
    body.push(...Buffer.from(text ?? ''))
  }
  write(of.key)
  write(of.value)
  writeVarint(of.headers.length, body)
  for (const [name, value] of of.headers) {
    write(name)
    write(value)
  }
  const length: number[] = []
  writeVarint(body.length, length)
  return Buffer.from([...length, ...body])
}

function recordsIn(bytes: Buffer, count: number) {
  const reader = { bytes, at: 0 }
  const read = (): Buffer | null => {
    const length = readVarint(reader)
    if (length < 0) return null
    reader.at += length
    return bytes.subarray(reader.at - length, reader.at)
  }
  return Array.from({ length: count }, () => {
    const end = readVarint(reader) + reader.at
    reader.at += 2
    const delta = readVarint(reader)
    const [key, value] = [read(), read()]
    reader.at = end
    return { delta, key, value }
  })
}
