import assert from 'node:assert/strict'
import { open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import kafkajs from 'kafkajs'
import { RECORDS_PER_BATCH_MAX } from '#/bus/codecs/index.ts'
import { connectTo } from '#/bus/kafka.ts'
import type { KafkaSettings } from '#/bus/kafkajs/index.ts'
import type { Bus, Producer } from '#/core/bus.ts'
import { eachClient, type KafkaClient } from '../contract/each-client.ts'
import { deadline, outgoing, startFor } from '../contract/bus-harness.ts'
import { createRecorder, values, type Recorder } from '../contract/bus-recorder.ts'
import { connectionOf } from '../stack/connection.ts'
import { testPorts } from '../stack/ports.ts'
import { createTopic, ownKafka, produce, readTopic, stackInfo, uniqueName } from '../stack/tools.ts'

/** Record batches that cannot be read, and record batches that the broker does not take. */

const HEADER_BYTES = 61
const LENGTH_AT = 8
const LENGTH_FROM = 12

eachClient(
  'a batch that was damaged on the disk of the broker is handed over unread, and what follows is read',
  async (t, client) => {
    const kafka = await ownKafka(t)
    const brokers = kafka.listeners.plaintext
    const topic = await createTopic(t, { brokers })
    const bus = busOf(client, brokers, { compression: 'gzip' })
    const producer = await startFor(t, bus.producer())
    for (const word of ['before', 'damaged', 'after']) {
      await deliver(producer, topic, [word, word])
    }
    await damageBatch(
      join(dirname(kafka.process().log_file), 'data', `${topic}-0`, '00000000000000000000.log'),
      1,
    )
    const recorder = await consume(t, bus, topic)
    await recorder.until(() => recorder.messages.length === 6)
    assert.deepEqual(
      recorder.runs.map(({ unreadable, count }) => [unreadable, count]),
      [
        [undefined, 2],
        ['malformed', 2],
        [undefined, 2],
      ],
    )
    assert.deepEqual(
      recorder.messages.map(({ offset }) => offset),
      [0, 1, 2, 3, 4, 5],
    )
    assert.deepEqual(values(recorder.messages.slice(4)), ['after', 'after'])
  },
)

for (const compression of ['gzip', 'zstd'] as const) {
  eachClient(
    `${compression}: 100 MB in a batch of some kilobytes are not decompressed`,
    async (t, client) => {
      const topic = await createTopic(t)
      const bus = busOf(client, stackInfo().brokers, { compression })
      const producer = await startFor(t, bus.producer())
      const bomb = { ...outgoing(topic, { value: '' }), value: Buffer.alloc(100_000_000) }
      assert.deepEqual(await producer.send([bomb]), { type: 'delivered' })
      await deliver(producer, topic, ['after'])
      const recorder = await consume(t, bus, topic)
      await recorder.until(() => recorder.messages.length === 2)
      assert.equal(recorder.runs[0]?.unreadable, 'limit_exceeded')
      assert.ok(recorder.runs[0].bytes.length < 1_000_000)
      assert.equal(recorder.messages[1]?.value, 'after')
    },
  )
}

eachClient(
  'a batch of more records than are read is one unread message, and what follows is read',
  async (t, client) => {
    const topic = await createTopic(t)
    const count = RECORDS_PER_BATCH_MAX + 1
    const many = Array.from({ length: count }, () => ({ value: 'x', timestamp: 1_700_000_000_000 }))
    await produce(topic, many, { compression: 'gzip', batch_messages: count })
    await produce(topic, [{ value: 'after' }])
    const recorder = await consume(t, busOf(client, stackInfo().brokers), topic)
    await recorder.until(() => recorder.messages.length === 2 || recorder.failures.length > 0)
    assert.deepEqual(recorder.failures, [])
    assert.deepEqual(
      recorder.messages.map(({ offset }) => offset),
      [count - 1, count],
    )
    assert.deepEqual(
      recorder.runs.map(({ unreadable }) => unreadable),
      ['limit_exceeded', undefined],
    )
    assert.equal(recorder.messages[1]?.value, 'after')
  },
)

eachClient(
  'messages too large for a limit that was lowered meanwhile are found, and the others are written once',
  async (t, client) => {
    const topic = await createTopic(t)
    const bus = busOf(client, stackInfo().brokers)
    const producer = await startFor(t, bus.producer())
    await deliver(producer, topic, ['first'])
    await lowerLimit(topic, 10_000)
    const sizes = [10, 20, 20_000, 30, 15_000, 40, 50]
    const messages = sizes.map((size, i) =>
      outgoing(topic, {
        key: `k${i}`,
        value: 'x'.repeat(size),
        headers: [['size', String(size)]],
        timestamp: 1_700_000_000_000 + i,
      }),
    )
    assert.deepEqual(await producer.send(messages), {
      type: 'rejected',
      messages: [
        { index: 2, reason: 'too_large' },
        { index: 4, reason: 'too_large' },
      ],
      others_delivered: true,
    })
    await deliver(producer, topic, ['last'])
    const read = await readTopic(topic)
    assert.deepEqual(
      read
        .slice(1, -1)
        .map(({ key, value, headers, timestamp }) => [
          key?.toString(),
          value?.length,
          headers.map(([name, of]) => `${name}=${of?.toString()}`),
          timestamp - 1_700_000_000_000,
        ]),
      [0, 1, 3, 5, 6].map((i) => [`k${i}`, sizes[i], [`size=${sizes[i]}`], i]),
    )
    assert.equal(read.at(-1)?.value?.toString(), 'last')
  },
)

function busOf(client: KafkaClient, brokers: string, settings: Partial<KafkaSettings> = {}): Bus {
  return connectTo(connectionOf(brokers, { client }), testPorts(), settings)
}

async function deliver(producer: Producer, topic: string, texts: readonly string[]): Promise<void> {
  const sent = await producer.send(texts.map((value) => outgoing(topic, { value })))
  assert.deepEqual(sent, { type: 'delivered' })
}

async function consume(t: TestContext, bus: Bus, topic: string): Promise<Recorder> {
  const recorder = createRecorder()
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

/** Overwrites the records of the batch at `index` in a log file; the header stays. The broker sends its file as it is. */
async function damageBatch(log_file: string, index: number): Promise<void> {
  const file = await open(log_file, 'r+')
  try {
    const log = await file.readFile()
    let at = 0
    for (let i = 0; i < index; i++) at += LENGTH_FROM + log.readInt32BE(at + LENGTH_AT)
    const end = at + LENGTH_FROM + log.readInt32BE(at + LENGTH_AT)
    const damage = Buffer.alloc(end - at - HEADER_BYTES, 0xa5)
    await file.write(damage, 0, damage.length, at + HEADER_BYTES)
  } finally {
    await file.close()
  }
}

async function lowerLimit(topic: string, bytes: number): Promise<void> {
  const client = new kafkajs.Kafka({
    brokers: stackInfo().brokers.split(','),
    logLevel: kafkajs.logLevel.NOTHING,
  })
  const admin = client.admin()
  await admin.connect()
  await admin.alterConfigs({
    validateOnly: false,
    resources: [
      {
        type: kafkajs.ConfigResourceTypes.TOPIC,
        name: topic,
        configEntries: [{ name: 'max.message.bytes', value: String(bytes) }],
      },
    ],
  })
  await admin.disconnect()
}
