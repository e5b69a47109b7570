import type { TestContext } from 'node:test'
import kafkajs from 'kafkajs'
import type { Bus } from '#/core/bus.ts'
import { createTopic, produce, readTopic, stackInfo, uniqueName } from '../stack/tools.ts'
import type { BusHarness } from './bus-harness.ts'

/** What the bus suite needs of a real Kafka, whichever client of ours speaks to it. */
export function kafkaHarness(t: TestContext, busOn: (brokers: string) => Bus): BusHarness {
  const { brokers } = stackInfo()
  return {
    bus: busOn(brokers),
    createTopic: ({ partitions = 1, max_message_bytes } = {}) =>
      createTopic(t, {
        partitions,
        configs:
          max_message_bytes === undefined ? {} : { 'max.message.bytes': String(max_message_bytes) },
      }),
    groupId: () => uniqueName('group'),
    publish: (topic, messages) => produce(topic, messages),
    leaveGap: (topic) => abortTransaction(brokers, topic),
    read: async (topic) =>
      (await readTopic(topic)).map(({ key, value, headers, ...rest }) => ({
        ...rest,
        key: key?.toString() ?? null,
        value: value?.toString() ?? null,
        headers: headers.map(([name, of]) => [name, of?.toString() ?? null] as const),
      })),
  }
}

/** An aborted message and its control record: two offsets that readers of committed messages never see. */
async function abortTransaction(brokers: string, topic: string): Promise<void> {
  const client = new kafkajs.Kafka({
    brokers: brokers.split(','),
    logLevel: kafkajs.logLevel.NOTHING,
  })
  const producer = client.producer({
    transactionalId: uniqueName('transaction'),
    maxInFlightRequests: 1,
    createPartitioner: () => () => 0,
  })
  await producer.connect()
  const transaction = await producer.transaction()
  await transaction.send({ topic, messages: [{ value: 'aborted' }] })
  await transaction.abort()
  await producer.disconnect()
}
