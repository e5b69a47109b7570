import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import kafkajs from 'kafkajs'
import { installEncoder } from '#/bus/kafkajs/encoder.ts'
import type { Header, OutgoingMessage } from '#/core/run.ts'
import {
  kafkajsProtocol,
  produceProtocol,
  type ProduceData,
} from '#/bus/kafkajs/produce-request.ts'

/** What we encode in place of kafkajs is compared with what kafkajs encodes, byte by byte. */

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((of) => Buffer.from(of)),
  fc.integer({ min: 0, max: 40_000 }).map((length) => Buffer.alloc(length, 'x')),
)
const nullable = fc.option(bytes, { freq: 4 })
/** Names once each and not like numbers, values not null: what kafkajs can write in order. */
const headers = fc.option(
  fc.uniqueArray(
    fc.record({ name: fc.string({ unit: 'grapheme' }).map((name) => `h${name}`), value: bytes }),
    { selector: ({ name }) => name, maxLength: 4 },
  ),
  { nil: undefined },
)
const record: fc.Arbitrary<OutgoingMessage> = fc.record({
  topic: fc.constant('t'),
  partition: fc.constant(0),
  key: nullable,
  value: nullable,
  headers,
  timestamp: fc.integer({ min: 1_000_000_000_000, max: 9_999_999_999_999 }),
})
const topics = fc.array(
  fc.record({
    topic: fc.string({ minLength: 1, maxLength: 40 }),
    partitions: fc.array(
      fc.record({
        partition: fc.nat(1_000),
        firstSequence: fc.nat(),
        records: fc.array(record, { minLength: 1, maxLength: 20 }),
      }),
      { maxLength: 3 },
    ),
  }),
  { maxLength: 3 },
)
const producer = fc.record({
  producerId: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map(String),
  producerEpoch: fc.nat(32_767),
})

function toKafkajs({ key, value, headers: of, timestamp }: OutgoingMessage): kafkajs.Message {
  return { key, value, timestamp: String(timestamp), ...(of && { headers: byName(of) }) }
}

function byName(list: readonly Header[]): kafkajs.IHeaders {
  return Object.fromEntries(list.map(({ name, value }) => [name, value ?? undefined]))
}

async function bytesOf(protocol: typeof produceProtocol, data: ProduceData): Promise<Buffer> {
  return (await protocol({ version: 7 })(data).request.encode()).buffer
}

test('a Produce request has the very bytes that kafkajs would write', async () => {
  await compareRequests()
})

test('kafkajs writes the same into our buffers', async () => {
  installEncoder()
  await compareRequests()
})

async function compareRequests(): Promise<void> {
  await fc.assert(
    fc.asyncProperty(topics, producer, async (of, who) => {
      const data = (messageOf: (message: OutgoingMessage) => kafkajs.Message): ProduceData => ({
        acks: -1,
        timeout: 30_000,
        ...who,
        compression: kafkajs.CompressionTypes.None,
        topicData: of.map(({ topic, partitions }) => ({
          topic,
          partitions: partitions.map(({ records, ...rest }) => ({
            ...rest,
            messages: records.map(messageOf),
          })),
        })),
      })
      const ours = await bytesOf(
        produceProtocol,
        data((message) => ({ value: message.value, record: message })),
      )
      assert.deepEqual(ours, await bytesOf(kafkajsProtocol, data(toKafkajs)))
    }),
  )
}
