import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { startProducer, type ProducerClient } from '#/bus/kafkajs/producer.ts'
import type { Producer } from '#/core/bus.ts'
import { deadline, outgoing } from '../../../contract/bus-harness.ts'
import { testPorts } from '../../../stack/ports.ts'

/**
 * The producer against a broker that is a function: which requests go out under which producer id, when some of them
 * fail. A new id counts as a new number.
 */

interface Request {
  readonly producer: number
  readonly values: readonly (string | undefined)[]
}

/** Says how a request ends: by an error, or well. */
type Broker = (request: Request, attempt: number) => Error | undefined

const connection = {
  brokers: ['kafka:9092'],
  client: 'kafkajs' as const,
  client_id: 'test',
  connect_timeout_ms: 1_000,
  request_timeout_ms: 1_000,
}

async function producerOn(
  t: TestContext,
  broker: Broker,
): Promise<{ producer: Producer; requests: Request[] }> {
  const requests: Request[] = []
  let producers = 0
  const client: ProducerClient = {
    admin: () => ({
      connect: () => Promise.reject(new Error('may not ask')),
      disconnect: async () => {},
      describeConfigs: () => Promise.reject(new Error('may not ask')),
    }),
    producer() {
      const producer = ++producers
      return {
        connect: async () => {},
        disconnect: async () => {},
        async sendBatch({ topicMessages = [] }) {
          const messages = topicMessages.flatMap((each) => each.messages)
          const request = { producer, values: messages.map(({ value }) => value?.toString()) }
          requests.push(request)
          const error = broker(request, requests.length)
          if (error !== undefined) throw error
          const partitions = new Set(
            topicMessages.flatMap(({ topic, messages: of }) =>
              of.map(({ partition }) => `${topic}/${partition}`),
            ),
          )
          return [...partitions].map((id) => ({ topicName: id, partition: 0, errorCode: 0 }))
        },
      }
    },
  }
  const started = await startProducer({ client, connection, compression: 'none', ...testPorts() })
  t.after(() => started.stop(deadline()))
  return { producer: started.value, requests }
}

function protocolError(type: string): Error {
  return Object.assign(new Error(type), { name: 'KafkaJSProtocolError', type })
}

const batchOf = (...values: readonly string[]) => values.map((value) => outgoing('t', { value }))

test('the same array goes out again under the same producer id', async (t) => {
  const { producer, requests } = await producerOn(t, (_, attempt) =>
    attempt <= 2 ? new Error('timed out') : undefined,
  )
  const batch = batchOf('a', 'b')
  assert.equal((await producer.send(batch)).type, 'retryable')
  assert.equal((await producer.send(batch)).type, 'retryable')
  assert.equal((await producer.send(batch)).type, 'delivered')
  assert.deepEqual(
    requests.map((request) => request.producer),
    [1, 1, 1],
  )
})

test('after an unknown end, another batch goes out under a new producer id', async (t) => {
  const { producer, requests } = await producerOn(t, (_, attempt) =>
    attempt === 1 ? new Error('timed out') : undefined,
  )
  assert.equal((await producer.send(batchOf('a'))).type, 'retryable')
  assert.equal((await producer.send(batchOf('a'))).type, 'delivered')
  assert.equal((await producer.send(batchOf('b'))).type, 'delivered')
  assert.deepEqual(requests, [
    { producer: 1, values: ['a'] },
    { producer: 2, values: ['a'] },
    { producer: 2, values: ['b'] },
  ])
})

test('a broken sequence gets a new producer id, also for the same array', async (t) => {
  const { producer, requests } = await producerOn(t, ({ producer: id }) =>
    id === 1 ? protocolError('OUT_OF_ORDER_SEQUENCE_NUMBER') : undefined,
  )
  const batch = batchOf('a')
  assert.equal((await producer.send(batch)).type, 'retryable')
  assert.equal((await producer.send(batch)).type, 'delivered')
  assert.deepEqual(
    requests.map((request) => request.producer),
    [1, 2],
  )
})

test('messages that are refused are found by halves, and the others are written once', async (t) => {
  const written: (string | undefined)[] = []
  const { producer } = await producerOn(t, ({ values }) => {
    if (values.includes('LARGE')) return protocolError('MESSAGE_TOO_LARGE')
    if (values.includes('OLD')) return protocolError('INVALID_TIMESTAMP')
    written.push(...values)
    return undefined
  })
  assert.deepEqual(await producer.send(batchOf('a', 'LARGE', 'b', 'c', 'd', 'OLD', 'e')), {
    type: 'rejected',
    messages: [
      { index: 1, reason: 'too_large' },
      { index: 5, reason: 'rejected' },
    ],
    others_delivered: true,
  })
  assert.deepEqual(written, ['a', 'b', 'c', 'd', 'e'])
})

test('an outage in the middle of the search goes on where it stopped', async (t) => {
  const written: (string | undefined)[] = []
  let away = false
  const { producer } = await producerOn(t, ({ values }) => {
    if (values.includes('LARGE')) return protocolError('MESSAGE_TOO_LARGE')
    if (values.includes('c') && !away) {
      away = true
      return new Error('connection closed')
    }
    written.push(...values)
    return undefined
  })
  const batch = batchOf('a', 'LARGE', 'b', 'c')
  assert.equal((await producer.send(batch)).type, 'retryable')
  assert.deepEqual(await producer.send(batch), {
    type: 'rejected',
    messages: [{ index: 1, reason: 'too_large' }],
    others_delivered: true,
  })
  assert.deepEqual(written, ['a', 'b', 'c'])
})

test('a partition that is not acknowledged is not delivered', async (t) => {
  const { producer } = await producerOn(t, () => undefined)
  const messages = [outgoing('t', { value: 'a' }), outgoing('t', { value: 'b', partition: 1 })]
  assert.deepEqual(await producer.send(messages), { type: 'delivered' })
  const silent: ProducerClient = {
    admin: () => ({
      connect: async () => {},
      disconnect: async () => {},
      describeConfigs: () => Promise.reject(new Error('may not ask')),
    }),
    producer: () => ({
      connect: async () => {},
      disconnect: async () => {},
      sendBatch: async () => [],
    }),
  }
  const started = await startProducer({
    client: silent,
    connection,
    compression: 'none',
    ...testPorts(),
  })
  assert.equal((await started.value.send(messages)).type, 'retryable')
  await started.stop(deadline())
})

test('a producer that cannot start names the brokers', async () => {
  const client: ProducerClient = {
    admin: () => ({
      connect: async () => {},
      disconnect: async () => {},
      describeConfigs: () => Promise.reject(new Error('may not ask')),
    }),
    producer: () => ({
      connect: () => Promise.reject(new Error('refused')),
      disconnect: async () => {},
      sendBatch: async () => [],
    }),
  }
  const starting = startProducer({ client, connection, compression: 'none', ...testPorts() })
  await assert.rejects(starting, { code: 'dependency_unreachable', message: /kafka:9092.*refused/ })
})
