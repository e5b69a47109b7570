import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { createBuffers } from '#/bus/direct/buffers.ts'
import type { Broker } from '#/bus/direct/cluster.ts'
import { createFetch, type FetchOptions } from '#/bus/direct/fetch.ts'
import { encodeFetch } from '#/bus/direct/fetch-request.ts'
import { encodeProduce, readProduce } from '#/bus/direct/produce-request.ts'
import { createFields } from '#/bus/direct/fields.ts'
import { testPorts } from '../../../stack/ports.ts'
import { fetchResponse, recordBatch, values } from '../../../support/record-batches.ts'

/** Fetch against a broker that is a list of answers, and requests against those of kafkajs. */

const require = createRequire(import.meta.url)

/** What a socket has besides. */
const quiet = { removeAllListeners() {}, on() {}, destroy() {} }

function brokerOf(answers: readonly Buffer[]) {
  const requests: Buffer[] = []
  const throttled: number[] = []
  let disconnects = 0
  const connection = {
    clientId: 'test',
    socket: { cork() {}, uncork() {}, write: (part: Buffer) => void requests.push(part), ...quiet },
    requestQueue: {
      push(of: { entry: { resolve: (answer: object) => void }; sendRequest: () => void }) {
        of.sendRequest()
        of.entry.resolve({ payload: answers[requests.length / 2 - 1] })
      },
      maybeThrottle: (ms: number) => void throttled.push(ms),
    },
    isAuthenticated: () => true,
    failIfNotConnected() {},
    nextCorrelationId: () => 1,
    disconnect: async () => void (disconnects += 1),
  }
  const broker = {
    connectionPool: { getConnection: async () => connection },
    versions: { 1: { maxVersion: 17 } },
  }
  return {
    broker: broker as unknown as Broker,
    requests,
    throttled,
    disconnects: () => disconnects,
  }
}

function fetchFrom(answers: readonly Buffer[], held = false) {
  const of = brokerOf(answers)
  const ports = testPorts()
  const fetch = createFetch(of.broker, {
    buffers: createBuffers({ kept_bytes_max: 0 }),
    settings: { decompressed_bytes_max: 1 << 20, fetch_wait_ms: 100 },
    ports,
    isHeld: () => held,
  })
  return { ...of, ports, fetch }
}

const ASKED: FetchOptions = {
  maxBytes: 1_000,
  topics: [{ topic: 't', partitions: [{ partition: 0, fetchOffset: '0', maxBytes: 500 }] }],
}
const of_t = { topic: 't', partition: 0 }

test('a batch with a wrong checksum is asked for again, and the right one handed out', async () => {
  const good = await recordBatch(values('a'))
  const bad = Buffer.from(good)
  bad[bad.length - 3]! ^= 1
  const { fetch, ports, disconnects } = fetchFrom(
    [bad, good].map((batch) => fetchResponse([{ ...of_t, batches: [batch] }])),
  )
  const { responses } = await fetch(ASKED)
  const [message] = responses[0]?.partitions[0]?.messages ?? []
  assert.equal(message?.run?.unreadable, undefined)
  assert.equal(message?.offset, '0')
  assert.equal(disconnects(), 1)
  assert.equal(ports.count('whosecall_corrupt_responses_total'), 1)
})

test('one that stays wrong is handed out unread', async () => {
  const bad = await recordBatch(values('a', 'b'))
  bad[bad.length - 3]! ^= 1
  const { fetch } = fetchFrom(Array(4).fill(fetchResponse([{ ...of_t, batches: [bad] }])))
  const { responses } = await fetch(ASKED)
  const [message] = responses[0]?.partitions[0]?.messages ?? []
  assert.equal(message?.run?.unreadable, 'malformed')
  assert.equal(message?.offset, '1')
})

test('a response that stays wrong, or is of another partition, is an error in the end', async () => {
  const other = fetchResponse([{ topic: 't', partition: 9, batches: [] }])
  for (const answer of [Buffer.from('noise'), other]) {
    const { fetch, requests } = fetchFrom(Array(9).fill(answer))
    await assert.rejects(fetch(ASKED), { name: 'CorruptResponse' })
    assert.equal(requests.length / 2, 4)
  }
})

test('errors of partitions are those of kafkajs, which knows what to do about them', async () => {
  const codes = {
    1: 'KafkaJSOffsetOutOfRange',
    6: 'KafkaJSProtocolError',
    74: 'KafkaJSProtocolError',
  }
  const types = {
    1: 'OFFSET_OUT_OF_RANGE',
    6: 'NOT_LEADER_FOR_PARTITION',
    74: 'FENCED_LEADER_EPOCH',
  }
  for (const code of [1, 6, 74] as const) {
    const { fetch } = fetchFrom([fetchResponse([{ ...of_t, error_code: code, batches: [] }])])
    await assert.rejects(fetch(ASKED), { name: codes[code], type: types[code] })
  }
})

test('where only a part of a batch came, the next fetch has room for all of it', async () => {
  const batch = await recordBatch(values('x'.repeat(5_000)))
  const { fetch, requests } = fetchFrom([
    fetchResponse([{ ...of_t, batches: [batch.subarray(0, 500)] }]),
    fetchResponse([{ ...of_t, batches: [batch] }]),
  ])
  assert.deepEqual((await fetch(ASKED)).responses[0]?.partitions[0]?.messages, [])
  await fetch(ASKED)
  const roomIn = (body: Buffer | undefined) => body?.readInt32BE(body.length - 4 - 4 - 2)
  assert.deepEqual([roomIn(requests[1]), roomIn(requests[3])], [500, batch.length])
})

test('everybody has a turn at being first, and a held partition keeps the broker from waiting', async () => {
  const partitions = [0, 1, 2].map((partition) => ({ partition, fetchOffset: '0', maxBytes: 1 }))
  const answer = fetchResponse([])
  for (const held of [true, false]) {
    const { fetch, requests } = fetchFrom([answer, answer, answer], held)
    for (let i = 0; i < 3; i += 1)
      await fetch({ maxBytes: 1, topics: [{ topic: 't', partitions }] })
    const bodies = requests.filter((_, i) => i % 2 === 1)
    assert.deepEqual(
      bodies.map((body) => body.readInt32BE(4 + 4 + 4 + 4 + 1 + 8 + 4 + 3 + 4)),
      [0, 1, 2],
    )
    assert.deepEqual(
      bodies.map((body) => body.readInt32BE(4)),
      Array(3).fill(held ? 10 : 100),
    )
  }
})

test('requests are those that kafkajs would send, in every version', async () => {
  const topics = [
    { topic: 'one', partitions: [{ partition: 3, fetchOffset: '5000000000', maxBytes: 77 }] },
    { topic: 'zwölf', partitions: [] },
  ]
  for (let version = 4; version <= 11; version += 1) {
    const theirs = require(`kafkajs/src/protocol/requests/fetch/v${version}/request`)({
      replicaId: -1,
      maxWaitTime: 20,
      minBytes: 1,
      maxBytes: 99,
      topics,
    })
    const ours = encodeFetch(version, {
      wait_ms: 20,
      bytes_max: 99,
      topics: topics.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map(({ partition, fetchOffset, maxBytes }) => ({
          partition,
          fetch_offset: Number(fetchOffset),
          bytes_max: maxBytes,
        })),
      })),
    })
    assert.deepEqual(Buffer.concat(ours.body), (await theirs.encode()).buffer, `version ${version}`)
    assert.equal(ours.bytes, Buffer.concat(ours.body).length)
  }
})

test('a Produce request holds the batches as they are, and its answer is read in every version', () => {
  const batches = [1, 2].map((partition) => ({
    topic: 't',
    partition,
    bytes: Buffer.alloc(9, partition),
  }))
  const { body, bytes } = encodeProduce(batches, 1_000)
  assert.ok(batches.every((batch) => body.includes(batch.bytes)))
  assert.equal(Buffer.concat(body).length, bytes)
  for (let version = 3; version <= 7; version += 1) {
    const fields = createFields().int32(1).text('t').int32(1).int32(2).int16(46).int64(0).int64(0)
    if (version >= 5) fields.int64(0)
    const payload = Buffer.concat(fields.int32(5).done().body)
    assert.deepEqual(readProduce(version, payload), {
      throttle_ms: 5,
      results: [{ topic: 't', partition: 2, error_code: 46 }],
    })
    assert.throws(() => readProduce(version, payload.subarray(0, -1)), { name: 'CorruptResponse' })
  }
})
