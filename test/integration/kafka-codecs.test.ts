import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import kafkajs from 'kafkajs'
import { connectTo } from '#/bus/kafka.ts'
import type { KafkaSettings } from '#/bus/kafkajs/index.ts'
import type { Run } from '#/core/run.ts'
import { connectionOf } from '../stack/connection.ts'
import { testPorts } from '../stack/ports.ts'
import { createTopic, produce, readTopic, stackInfo, uniqueName } from '../stack/tools.ts'
import { eachClient, type KafkaClient } from '../contract/each-client.ts'
import { deadline, outgoing } from '../contract/bus-harness.ts'
import { createRecorder, values, type Recorder } from '../contract/bus-recorder.ts'

/** The four compressions against other clients, and batches that must not be decompressed. */

const COMPRESSIONS = ['gzip', 'snappy', 'lz4', 'zstd'] as const
const TEXTS = Array.from({ length: 200 }, (_, i) => `message ${i} ${'lorem ipsum '.repeat(20)}`)

for (const compression of COMPRESSIONS) {
  eachClient(`${compression}: what we write is read by another client`, async (t, client) => {
    const topic = await createTopic(t)
    const bus = connectTo(connectionOf(stackInfo().brokers, { client }), testPorts(), {
      compression,
    })
    const producer = await bus.producer().start()
    t.after(() => producer.stop(deadline()))
    const sent = await producer.value.send(TEXTS.map((value) => outgoing(topic, { value })))
    assert.deepEqual(sent, { type: 'delivered' })
    const read = await readTopic(topic)
    assert.deepEqual(
      read.map((message) => message.value?.toString()),
      TEXTS,
    )
  })

  eachClient(
    `${compression}: what we write, the broker's own code has compressed, and we read it`,
    async (t, client) => {
      // The topic says another compression than the producer, so the broker decompresses and writes it anew.
      const topic = await createTopic(t, { configs: { 'compression.type': compression } })
      await produce(
        topic,
        TEXTS.map((value) => ({ value })),
      )
      const recorder = await consume(t, client, topic)
      await recorder.until(() => recorder.messages.length === TEXTS.length)
      assert.deepEqual(values(recorder.messages), TEXTS)
    },
  )

  eachClient(
    `${compression}: a bomb is handed over unread with its bytes, and what follows is read`,
    async (t, client) => {
      const topic = await createTopic(t)
      const bus = connectTo(connectionOf(stackInfo().brokers, { client }), testPorts(), {
        compression,
      })
      const producer = await bus.producer().start()
      t.after(() => producer.stop(deadline()))
      const bomb = Buffer.alloc(700_000)
      await producer.value.send([outgoing(topic, { value: 'before' })])
      await producer.value.send([
        { ...outgoing(topic, { value: '', key: 'k' }), value: bomb },
        outgoing(topic, { value: 'beside the bomb' }),
      ])
      await producer.value.send([outgoing(topic, { value: 'after' })])

      const recorder = await consume(t, client, topic, { decompressed_bytes_max: 100_000 })
      await recorder.until(() => recorder.messages.length === 4)
      assert.deepEqual(
        recorder.messages.map(({ offset }) => offset),
        [0, 1, 2, 3],
      )
      assert.deepEqual(
        recorder.runs.map(({ unreadable, count }) => [unreadable, count]),
        [
          [undefined, 1],
          ['limit_exceeded', 2],
          [undefined, 1],
        ],
      )
      assert.equal(recorder.messages[0]?.value, 'before')
      assert.equal(recorder.messages[3]?.value, 'after')
      const payload = valueBytes(recorder.runs[1])
      assert.ok(payload !== null && payload.length > 10 && payload.length < 60_000)
      assert.deepEqual(
        recorder.messages.slice(1, 3).map(({ key }) => key),
        [null, null],
      )
      assert.equal(recorder.messages[2]?.value, null)
    },
  )
}

eachClient('a batch of several record batches in one answer keeps its order', async (t, client) => {
  const topic = await createTopic(t)
  for (const compression of COMPRESSIONS) {
    const bus = connectTo(connectionOf(stackInfo().brokers, { client }), testPorts(), {
      compression,
    })
    const producer = await bus.producer().start()
    await producer.value.send(
      ['1', '2'].map((n) => outgoing(topic, { value: `${compression} ${n}` })),
    )
    await producer.stop(deadline())
  }
  const recorder = await consume(t, client, topic)
  await recorder.until(() => recorder.messages.length === 8)
  assert.deepEqual(
    values(recorder.messages),
    COMPRESSIONS.flatMap((compression) => [`${compression} 1`, `${compression} 2`]),
  )
})

eachClient('what kafkajs itself writes with gzip is read', async (t, client) => {
  const topic = await createTopic(t)
  const other = new kafkajs.Kafka({
    brokers: stackInfo().brokers.split(','),
    logLevel: kafkajs.logLevel.NOTHING,
  })
  const plain = other.producer({ createPartitioner: () => () => 0 })
  await plain.connect()
  await plain.send({
    topic,
    compression: kafkajs.CompressionTypes.GZIP,
    messages: [{ key: 'k', value: 'v', headers: { a: ['1', '2'] } }],
  })
  await plain.disconnect()
  const recorder = await consume(t, client, topic)
  await recorder.until(() => recorder.messages.length === 1)
  assert.deepEqual(recorder.messages[0]?.headers, [
    ['a', '1'],
    ['a', '2'],
  ])
})

async function consume(
  t: TestContext,
  client: KafkaClient,
  topic: string,
  settings: Partial<KafkaSettings> = {},
): Promise<Recorder> {
  const recorder = createRecorder()
  const bus = connectTo(connectionOf(stackInfo().brokers, { client }), testPorts(), settings)
  const consumer = await bus
    .consumer({
      group_id: uniqueName('group'),
      topics: [topic],
      initial_offset: 'earliest',
      handler: recorder,
    })
    .start()
  t.after(() => consumer.stop(deadline()))
  return recorder
}

function valueBytes(run: Run | undefined): Buffer | null {
  const start = run?.value_starts[0] ?? -1
  return run === undefined || start < 0 ? null : run.bytes.subarray(start, run.value_ends[0])
}
