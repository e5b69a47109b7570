import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { createBuffers } from '#/bus/direct/buffers.ts'
import { decodeSet } from '#/bus/direct/record-sets.ts'
import type { ProduceBatch } from '#/bus/direct/produce-request.ts'
import type { Answered, ProduceCluster } from '#/bus/direct/produce.ts'
import { startProducer } from '#/bus/direct/producer.ts'
import { FIRST_SEQUENCE_AT, PRODUCER_ID_AT } from '#/bus/record-batch/layout.ts'
import type { Producer } from '#/core/bus.ts'
import { deadline, outgoing } from '../../../contract/bus-harness.ts'
import { connectionOf } from '../../../stack/connection.ts'
import { testPorts } from '../../../stack/ports.ts'
import { fetchedSet } from '../../../support/record-batches.ts'

/** The producer against a cluster that is a function: which bytes go out under which identity, when some are not taken. */

interface Sent {
  readonly partition: number
  readonly id: number
  readonly sequence: number
  readonly values: readonly string[]
  readonly bytes: Buffer
  /** What is sent; it may be used again. */
  readonly memory: Buffer
}
/** What becomes of a batch: an error, or undefined when the broker has it. */
type Broker = (sent: Sent, count: number) => Error | undefined

async function producerOn(
  t: TestContext,
  broker: Broker,
  chunk_bytes_max = 1_000_000,
): Promise<{ readonly producer: Producer; readonly sent: Sent[] }> {
  const sent: Sent[] = []
  let identities = 0
  const cluster: ProduceCluster = {
    connect: async () => {},
    disconnect: async () => {},
    learn: async () => {},
    newIdentity: async () => ({
      producer_id: BigInt(++identities),
      producer_epoch: 0,
      sequences: new Map(),
    }),
    async produce<T extends ProduceBatch>(batches: readonly T[]) {
      const answers: Answered<T>[] = []
      for (const batch of batches) {
        const one = await read(batch)
        sent.push(one)
        answers.push([batch, broker(one, sent.length)])
      }
      return answers
    },
  }
  const started = await startProducer({
    cluster,
    limits: {
      learn: async () => {},
      chunkBytesMax: () => chunk_bytes_max,
      doubt: () => {},
      stop: async () => {},
    },
    connection: connectionOf('kafka:9092'),
    compression: 'none',
    buffers: createBuffers({ kept_bytes_max: 1 << 20, poison: true }),
    logger: testPorts().logger,
  })
  t.after(() => started.stop(deadline()))
  return { producer: started.value, sent }
}

async function read({ partition, bytes }: ProduceBatch): Promise<Sent> {
  const { runs } = await decodeSet(fetchedSet([bytes]))
  return {
    partition,
    id: Number(bytes.readBigInt64BE(PRODUCER_ID_AT)),
    sequence: bytes.readInt32BE(FIRST_SEQUENCE_AT),
    values: runs.flatMap((run) =>
      Array.from({ length: run.count }, (_, i) =>
        run.bytes.toString('utf8', run.value_starts[i], run.value_ends[i]),
      ),
    ),
    bytes: Buffer.from(bytes),
    memory: bytes,
  }
}

function protocolError(type: string): Error {
  return Object.assign(new Error(type), { name: 'KafkaJSProtocolError', type })
}

const batchOf = (...values: readonly string[]) => values.map((value) => outgoing('t', { value }))
const brief = (sent: readonly Sent[]) =>
  sent.map(({ id, sequence, values }) => [id, sequence, values.join(' ')])

test('sequence numbers go on with what was written, partition by partition', async (t) => {
  const { producer, sent } = await producerOn(t, () => undefined)
  await producer.send([...batchOf('a', 'b'), outgoing('t', { value: 'c', partition: 1 })])
  await producer.send(batchOf('d'))
  await producer.send([outgoing('t', { value: 'e', partition: 1 })])
  assert.deepEqual(brief(sent), [
    [1, 0, 'a b'],
    [1, 0, 'c'],
    [1, 2, 'd'],
    [1, 1, 'e'],
  ])
})

test('what has an unknown end goes out again as the very same bytes, and what was written does not', async (t) => {
  const { producer, sent } = await producerOn(t, ({ partition }, count) =>
    partition === 1 && count < 5 ? new Error('timed out') : undefined,
  )
  const batch = [outgoing('t', { value: 'a' }), outgoing('t', { value: 'b', partition: 1 })]
  for (const expected of ['retryable', 'retryable', 'retryable', 'delivered'])
    assert.equal((await producer.send(batch)).type, expected)
  assert.deepEqual(brief(sent), [
    [1, 0, 'a'],
    [1, 0, 'b'],
    [1, 0, 'b'],
    [1, 0, 'b'],
    [1, 0, 'b'],
  ])
  const [first, ...others] = sent.slice(1)
  assert.ok(first && others.every(({ bytes }) => bytes.equals(first.bytes)))
  assert.ok(first.memory.equals(first.bytes), 'an attempt without an answer may still be read from')
  assert.notDeepEqual(sent[0]?.memory, sent[0]?.bytes, 'what the broker has is used again')
})

test('after an unknown end, another array goes out under a new identity', async (t) => {
  const { producer, sent } = await producerOn(t, (_, count) =>
    count === 2 ? new Error('timed out') : undefined,
  )
  for (const [value, expected] of [
    ['a', 'delivered'],
    ['b', 'retryable'],
    ['b', 'delivered'],
    ['c', 'delivered'],
  ] as const)
    assert.equal((await producer.send(batchOf(value))).type, expected)
  assert.deepEqual(brief(sent), [
    [1, 0, 'a'],
    [1, 1, 'b'],
    [2, 0, 'b'],
    [2, 1, 'c'],
  ])
})

for (const type of [
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'UNKNOWN_PRODUCER_ID',
  'INVALID_PRODUCER_EPOCH',
])
  test(`${type} ends in a new identity, also for the same array`, async (t) => {
    const { producer, sent } = await producerOn(t, ({ id }) =>
      id === 1 ? protocolError(type) : undefined,
    )
    const batch = batchOf('a')
    assert.equal((await producer.send(batch)).type, 'retryable')
    assert.equal((await producer.send(batch)).type, 'delivered')
    assert.deepEqual(brief(sent), [
      [1, 0, 'a'],
      [2, 0, 'a'],
    ])
  })

test('messages that are refused are found by halves, and the others are written once, in order', async (t) => {
  const written: string[] = []
  const { producer, sent } = await producerOn(t, ({ values }) => {
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
  const taken = sent.filter(({ values }) => !/LARGE|OLD/.test(values.join()))
  let next = 0
  for (const { sequence, values } of taken) {
    assert.equal(sequence, next)
    next += values.length
  }
})

test('what does not fit in one record batch goes out one after the other', async (t) => {
  const { producer, sent } = await producerOn(t, () => undefined, 100)
  const values = Array.from({ length: 5 }, (_, i) => `${i}`.repeat(30))
  assert.equal((await producer.send(batchOf(...values))).type, 'delivered')
  assert.deepEqual(
    sent.flatMap((one) => one.values),
    values,
  )
  assert.deepEqual(
    sent.map(({ sequence }) => sequence),
    [0, 1, 2, 3, 4],
  )
})
