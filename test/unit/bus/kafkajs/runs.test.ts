import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KafkaMessage } from 'kafkajs'
import { runsOf } from '#/bus/kafkajs/runs.ts'

const message = (offset: number, key: Buffer | null, value: Buffer | null): KafkaMessage => ({
  key,
  value,
  timestamp: String(1_700_000_000_000 + offset),
  attributes: 0,
  offset: String(offset),
  headers: {},
})

test('messages in one buffer make one run of ranges in it, without a copy', () => {
  const memory = Buffer.from(new ArrayBuffer(16))
  memory.write('k1v1..v2k3')
  const [run, ...others] = runsOf('t', 1, [
    message(5, memory.subarray(0, 2), memory.subarray(2, 4)),
    message(7, null, memory.subarray(6, 8)),
    message(8, memory.subarray(8, 10), null),
    message(9, null, null),
  ])
  assert.ok(run !== undefined && others.length === 0)
  assert.equal(run.bytes.buffer, memory.buffer)
  assert.deepEqual([...run.offsets], [5, 7, 8, 9])
  assert.deepEqual([...run.value_starts], [2, 6, -1, -1])
  assert.deepEqual([...run.value_ends], [4, 8, -1, -1])
  assert.deepEqual([...run.key_starts], [0, -1, 8, -1])
  assert.equal(run.timestamps[1], 1_700_000_000_007)
  assert.deepEqual(run.headers, [undefined, undefined, undefined, undefined])
})

test('messages in different buffers make a run each, in order', () => {
  const in1 = Buffer.from(new ArrayBuffer(4))
  const in2 = Buffer.from(new ArrayBuffer(4))
  const runs = runsOf('t', 0, [
    message(0, null, null),
    message(1, null, in1.subarray(0, 1)),
    message(2, null, in2.subarray(0, 1)),
    message(3, null, null),
    message(4, null, in1.subarray(1, 2)),
  ])
  assert.deepEqual(
    runs.map((run) => [...run.offsets]),
    [[0, 1], [2, 3], [4]],
  )
})

test('an empty value is not a null one', () => {
  const memory = Buffer.from(new ArrayBuffer(4))
  const [run] = runsOf('t', 0, [message(0, null, memory.subarray(2, 2))])
  assert.deepEqual([run?.value_starts[0], run?.value_ends[0]], [2, 2])
})
