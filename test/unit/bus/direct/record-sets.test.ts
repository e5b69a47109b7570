import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { createRecordsBatch } from '@platformatic/kafka'
import { COMPRESSIONS, RECORDS_PER_BATCH_MAX } from '#/bus/codecs/index.ts'
import { createBuffers } from '#/bus/direct/buffers.ts'
import { decodeSet, type DecodedSet } from '#/bus/direct/record-sets.ts'
import { LENGTH_AT, LOG_APPEND_TIME, MAGIC_AT, TRANSACTIONAL } from '#/bus/record-batch/layout.ts'
import type { Run } from '#/core/run.ts'
import {
  compactedBatch,
  fetchedSet,
  marker,
  recordBatch,
  sealed,
  values,
} from '../../../support/record-batches.ts'

/** Record batches of several writers, and such as no writer should have sent. */

function text(run: Run, starts: Int32Array, ends: Int32Array, i: number): string | null {
  const start = starts[i] ?? -1
  return start < 0 ? null : run.bytes.toString('utf8', start, ends[i])
}

function shown({ runs }: DecodedSet) {
  return runs.flatMap((run) =>
    Array.from({ length: run.count }, (_, i) => [
      run.offsets[i],
      text(run, run.value_starts, run.value_ends, i),
    ]),
  )
}

test('batches that lie side by side are one run of ranges', async () => {
  const headers = [
    { name: 'a', value: Buffer.from('1') },
    { name: 'ä', value: null },
    { name: 'a', value: Buffer.alloc(0) },
  ]
  const set = fetchedSet([
    await recordBatch(
      [
        { key: Buffer.from('k'), value: Buffer.from('one'), timestamp: 1_700_000_000_123 },
        { value: null, headers, timestamp: 1_600_000_000_000 },
      ],
      { base_offset: 5 },
    ),
    await recordBatch([{ key: Buffer.alloc(0), value: Buffer.alloc(0) }], { base_offset: 9 }),
  ])
  const { runs, next_offset, bytes_wanted } = await decodeSet(set)
  const [run, ...others] = runs
  assert.ok(run)
  assert.deepEqual(others, [])
  assert.equal(run.bytes, set.bytes)
  assert.deepEqual([...run.offsets], [5, 6, 9])
  assert.deepEqual([...run.timestamps], [1_700_000_000_123, 1_600_000_000_000, 1_700_000_000_000])
  assert.deepEqual(
    [0, 1, 2].map((i) => text(run, run.key_starts, run.key_ends, i)),
    ['k', null, ''],
  )
  assert.deepEqual(
    [0, 1, 2].map((i) => text(run, run.value_starts, run.value_ends, i)),
    ['one', null, ''],
  )
  assert.deepEqual(
    [run.headers[0], run.headers[1], run.headers[2]],
    [undefined, headers, undefined],
  )
  assert.deepEqual([next_offset, bytes_wanted], [10, undefined])
})

test('batches of other encoders are read: kafkajs and platformatic', async () => {
  const require = createRequire(import.meta.url)
  const encodeRecord: (of: object) => {
    readonly buffer: Buffer
  } = require('kafkajs/src/protocol/recordBatch/record/v0')
  const encodeBatch: (of: object) => Promise<{ readonly buffer: Buffer }> =
    require('kafkajs/src/protocol/recordBatch/v0').RecordBatch
  const records = ['a', 'b'].map((value, offsetDelta) =>
    encodeRecord({
      offsetDelta,
      timestampDelta: offsetDelta,
      key: 'k',
      value,
      headers: { h: 'x' },
    }),
  )
  const of_kafkajs = await encodeBatch({ records, lastOffsetDelta: 1, firstTimestamp: 1_000 })
  const of_platformatic = createRecordsBatch(
    ['c', 'd'].map((value) => ({ topic: 't', value: Buffer.from(value), timestamp: 1_000n })),
  ).buffer
  const second = Buffer.from(of_platformatic)
  second.writeBigInt64BE(2n, 0)
  const decoded = await decodeSet(fetchedSet([of_kafkajs.buffer, second]))
  assert.deepEqual(shown(decoded), [
    [0, 'a'],
    [1, 'b'],
    [2, 'c'],
    [3, 'd'],
  ])
  assert.deepEqual([...(decoded.runs[0]?.timestamps ?? [])], [1_000, 1_001, 1_000, 1_000])
  assert.deepEqual(decoded.runs[0]?.headers[1], [{ name: 'h', value: Buffer.from('x') }])
})

for (const compression of COMPRESSIONS)
  test(`${compression}: what is below the fetch offset is left out`, async () => {
    const batch = await recordBatch(values('a', 'b', 'c'), { base_offset: 10, compression })
    const decoded = await decodeSet(fetchedSet([batch], { fetch_offset: 11 }))
    assert.deepEqual(shown(decoded), [
      [11, 'b'],
      [12, 'c'],
    ])
  })

test('a last batch that was cut off is left out, and its size is told when there is no other', async () => {
  const [one, two] = [
    await recordBatch(values('a')),
    await recordBatch(values('b'.repeat(100)), { base_offset: 1 }),
  ]
  for (const left of [1, 16, 60, 61, two.length - 1]) {
    const decoded = await decodeSet(fetchedSet([one, two.subarray(0, left)]))
    assert.deepEqual([shown(decoded), decoded.next_offset], [[[0, 'a']], 1])
    assert.equal(decoded.bytes_wanted, undefined)
    const alone = await decodeSet(fetchedSet([two.subarray(0, left)], { fetch_offset: 1 }))
    assert.deepEqual([alone.runs, alone.next_offset], [[], 1])
    assert.equal(alone.bytes_wanted, left <= MAGIC_AT ? undefined : two.length)
  }
})

test('gaps of compaction are moved over, also where a batch was emptied', async () => {
  const decoded = await decodeSet(
    fetchedSet([
      await compactedBatch([1, 4], { base_offset: 10, last_offset_delta: 9 }),
      await compactedBatch([], { base_offset: 20, last_offset_delta: 9 }),
    ]),
  )
  assert.deepEqual(shown(decoded), [
    [11, 'v1'],
    [14, 'v4'],
  ])
  assert.equal(decoded.next_offset, 30)
})

test('where the broker gives the time, it is that of all records', async () => {
  const batch = await recordBatch(values('a', 'b'), {
    attributes: LOG_APPEND_TIME,
    max_timestamp: 1_800_000_000_000,
  })
  const { runs } = await decodeSet(fetchedSet([batch]))
  assert.deepEqual([...(runs[0]?.timestamps ?? [])], [1_800_000_000_000, 1_800_000_000_000])
})

test('aborted transactions and control records are not shown; what is committed between them is', async () => {
  const at = (base_offset: number, producer_id = 7) => ({
    base_offset,
    producer_id,
    attributes: TRANSACTIONAL,
  })
  const set = fetchedSet(
    [
      await recordBatch(values('aborted'), at(0)),
      await recordBatch(values('of another'), at(1, 8)),
      await recordBatch(values('outside'), { base_offset: 2 }),
      await marker('abort', { base_offset: 3, producer_id: 7 }),
      await recordBatch(values('committed'), at(4)),
      await marker('commit', { base_offset: 5, producer_id: 8 }),
      await marker('commit', { base_offset: 6, producer_id: 7 }),
      await recordBatch(values('aborted again'), at(7)),
      await marker('abort', { base_offset: 8, producer_id: 7 }),
    ],
    {
      aborted: [
        { producer_id: 7, first_offset: 7 },
        { producer_id: 7, first_offset: 0 },
      ],
    },
  )
  const decoded = await decodeSet(set)
  assert.deepEqual(shown(decoded), [
    [1, 'of another'],
    [2, 'outside'],
    [4, 'committed'],
  ])
  assert.equal(decoded.next_offset, 9)
})

test('a batch that is wrong is a named error, and comes after what lies before it', async () => {
  const good = await recordBatch(values('good'))
  const damages: Readonly<Record<string, (batch: Buffer) => void>> = {
    'the checksum of a record batch is wrong': (batch) => void batch.fill(0xff, batch.length - 1),
    'a record batch has magic 1, not 2': (batch) => void (batch[MAGIC_AT] = 1),
    'a record batch says that it is 48 bytes long': (batch) =>
      void batch.writeInt32BE(48, LENGTH_AT),
    'the offsets of a record batch are not those of its place': (batch) =>
      void batch.writeBigInt64BE(-5n, 0),
  }
  for (const [message, damage] of Object.entries(damages)) {
    const bad = await recordBatch(values('bad'), { base_offset: 1 })
    damage(bad)
    const decoded = await decodeSet(fetchedSet([good, bad, good]))
    assert.deepEqual([shown(decoded), decoded.next_offset], [[[0, 'good']], 1])
    await assert.rejects(decodeSet(fetchedSet([bad], { fetch_offset: 1 })), {
      name: 'CorruptResponse',
      message: new RegExp(message),
    })
  }
})

test('a batch that is wrong whenever it is asked for is handed out unread, and others behind it read', async () => {
  const bad = await recordBatch(values('bad', 'too'), { base_offset: 1 })
  bad.fill(0xa5, 61)
  const next = await recordBatch(values('next'), { base_offset: 3 })
  const set = fetchedSet([bad, next], { fetch_offset: 1, doubted_offset: 1 })
  const { runs, next_offset } = await decodeSet(set)
  assert.deepEqual(
    runs.map(({ unreadable, offsets }) => [unreadable, [...offsets]]),
    [
      ['malformed', [1, 2]],
      [undefined, [3]],
    ],
  )
  assert.equal(next_offset, 4)
  const [run] = runs
  assert.deepEqual(run?.bytes.subarray(run.value_starts[0], run.value_ends[0]), bad.subarray(61))
})

test('records that are none make their batch unreadable, not its neighbours', async () => {
  const bad = await recordBatch(values('bad', 'too'), { base_offset: 1 })
  bad[61] = 0x7f
  const batches = [
    await recordBatch(values('before')),
    sealed(bad),
    await recordBatch(values('after'), { base_offset: 3 }),
  ]
  const { runs } = await decodeSet(fetchedSet(batches))
  assert.deepEqual(
    runs.map(({ unreadable, offsets }) => [unreadable, [...offsets]]),
    [
      [undefined, [0]],
      ['malformed', [1, 2]],
      [undefined, [3]],
    ],
  )
})

test('counts that cannot be are one unread message at the last offset', async () => {
  for (const count of [-1, 3, RECORDS_PER_BATCH_MAX + 1, 2 ** 31 - 1]) {
    const batch = await recordBatch(values('a', 'b'), { base_offset: 4, count })
    const { runs } = await decodeSet(fetchedSet([batch]))
    const is_much = count > RECORDS_PER_BATCH_MAX
    assert.deepEqual(
      runs.map(({ unreadable, offsets }) => [unreadable, [...offsets]]),
      [[is_much ? 'limit_exceeded' : 'malformed', [5]]],
    )
  }
})

test('what unpacks to much is read in parts, and to too much not at all', async () => {
  const large = await recordBatch(values('a'.repeat(600)), { compression: 'zstd' })
  const other = await recordBatch(values('b'), { base_offset: 1, compression: 'zstd' })
  const last = await recordBatch(values('c'), { base_offset: 2, compression: 'zstd' })
  const first = await decodeSet(fetchedSet([large, other, last], { decompressed_bytes_max: 612 }))
  assert.deepEqual([first.runs.length, first.next_offset], [2, 2])
  const { runs } = await decodeSet(fetchedSet([large, other], { decompressed_bytes_max: 500 }))
  assert.deepEqual(
    runs.map(({ unreadable }) => unreadable),
    ['limit_exceeded', undefined],
  )
})

test('the memory of a response is used again when all of its runs are released, and not before', async () => {
  const buffers = createBuffers({ kept_bytes_max: 1 << 30, poison: true })
  const lease = buffers.take(1_000)
  const batches = [
    await recordBatch(values('a')),
    sealed(await recordBatch(values('b'), { base_offset: 1, count: 9 })),
  ]
  const all = Buffer.concat(batches)
  all.copy(lease.bytes)
  const set = fetchedSet([], { bytes: lease.bytes, start: 0, end: all.length, lease })
  const { runs } = await decodeSet(set)
  assert.equal(runs.length, 2)
  lease.release()
  runs[0]?.release()
  runs[0]?.release()
  assert.ok(lease.bytes.subarray(0, all.length).equals(all))
  const other = buffers.take(1_000)
  assert.notEqual(other.bytes.buffer, lease.bytes.buffer)
  runs[1]?.release()
  assert.ok(lease.bytes.every((byte) => byte === 0xdb))
  assert.equal(buffers.take(1_000).bytes.buffer, lease.bytes.buffer)
})
