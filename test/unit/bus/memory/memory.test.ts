import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMemoryBus } from '#/bus/memory/index.ts'
import type { Run } from '#/core/run.ts'
import { deadline, outgoing } from '../../../contract/bus-harness.ts'
import { createRecorder, values } from '../../../contract/bus-recorder.ts'

const message = (value: string) => ({ key: null, value: Buffer.from(value), timestamp: 1 })

test('the oldest messages go when a partition holds more than its bytes', () => {
  const bus = createMemoryBus({ retained_bytes_max: 30 })
  bus.createTopic('t')
  for (let i = 0; i < 10; i++) bus.publish('t', 0, message('0123456789'))
  assert.deepEqual(
    bus.read('t').map(({ offset }) => offset),
    [7, 8, 9],
  )
})

test('a consumer that falls behind the oldest message is told what it lost', async (t) => {
  const bus = createMemoryBus()
  bus.createTopic('t')
  for (let i = 0; i < 5; i++) bus.publish('t', 0, message(String(i)))
  const first = createRecorder()
  const options = { group_id: 'g', topics: ['t'], initial_offset: 'earliest' } as const
  const one = await bus.consumer({ ...options, handler: first }).start()
  await first.until(() => first.messages.length === 5)
  await one.value.commit([{ topic: 't', partition: 0, offset: 1 }], first.epoch())
  await one.stop(deadline())
  bus.expire('t', 0, 3)
  const second = createRecorder()
  const two = await bus.consumer({ ...options, handler: second }).start()
  t.after(() => two.stop(deadline()))
  await second.until(() => second.messages.length === 2)
  assert.deepEqual(second.out_of_range, [{ from: 1, to: 3 }])
  assert.deepEqual(values(second.messages), ['3', '4'])
})

test('a run holds no more than its bytes and messages, and at least one message', async (t) => {
  const bus = createMemoryBus({ run_bytes_max: 25, run_messages_max: 3 })
  bus.createTopic('t')
  for (const size of [10, 10, 10, 40, 1, 1, 1, 1]) bus.publish('t', 0, message('x'.repeat(size)))
  const recorder = createRecorder()
  const consumer = await bus
    .consumer({ group_id: 'g', topics: ['t'], initial_offset: 'earliest', handler: recorder })
    .start()
  t.after(() => consumer.stop(deadline()))
  await recorder.until(() => recorder.messages.length === 8)
  assert.deepEqual(
    recorder.runs.map(({ count }) => count),
    [2, 1, 1, 3, 1],
  )
})

test('a released run is poisoned when asked for, and what is stored is not', async (t) => {
  const bus = createMemoryBus({ poison: true })
  bus.createTopic('t')
  bus.publish('t', 0, message('abc'))
  let run: Run | undefined
  const recorder = createRecorder()
  const consumer = await bus
    .consumer({
      group_id: 'g',
      topics: ['t'],
      initial_offset: 'earliest',
      handler: {
        ...recorder,
        onRun: async (given) => {
          run = given
          given.release()
          await recorder.onRun(given, 0)
        },
      },
    })
    .start()
  t.after(() => consumer.stop(deadline()))
  await recorder.until(() => run !== undefined)
  assert.deepEqual(run?.bytes, Buffer.alloc(3, 0xdb))
  assert.equal(bus.read('t')[0]?.value?.toString(), 'abc')
})

test('what is sent is copied: its writer may use the bytes again', async () => {
  const bus = createMemoryBus()
  bus.createTopic('t')
  const sent = outgoing('t', { value: 'abc' })
  const producer = await bus.producer().start()
  await producer.value.send([sent])
  sent.value?.fill(0)
  assert.equal(bus.read('t')[0]?.value?.toString(), 'abc')
})

test('a send can be answered in place of the bus', async () => {
  const answer = { type: 'retryable', after_ms: 5, cause: 'test' } as const
  const bus = createMemoryBus({ intercept: () => answer })
  bus.createTopic('t')
  const producer = await bus.producer().start()
  assert.equal(await producer.value.send([outgoing('t', { value: 'x' })]), answer)
  assert.deepEqual(bus.read('t'), [])
})

test('a timestamp that no broker takes is rejected', async () => {
  const bus = createMemoryBus()
  bus.createTopic('t')
  const producer = await bus.producer().start()
  const result = await producer.value.send([
    outgoing('t', { value: 'x', timestamp: -1 }),
    outgoing('t', { value: 'y' }),
  ])
  assert.deepEqual(result, {
    type: 'rejected',
    messages: [{ index: 0, reason: 'rejected' }],
    others_delivered: true,
  })
})
