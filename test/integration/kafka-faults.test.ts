import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { connectTo } from '#/bus/kafka.ts'
import { WhosecallError } from '#/core/errors.ts'
import { connectionOf } from '../stack/connection.ts'
import { testPorts } from '../stack/ports.ts'
import {
  createTopic,
  deleteBelow,
  ownKafka,
  produce,
  readTopic,
  stackInfo,
  uniqueName,
} from '../stack/tools.ts'
import { eachClient } from '../contract/each-client.ts'
import { deadline, outgoing } from '../contract/bus-harness.ts'
import { createRecorder, values } from '../contract/bus-recorder.ts'

/** What the Kafka client does when the broker is not there, goes away, comes back, or has deleted what was next. */

const NOBODY = '127.0.0.1:9'

eachClient(
  'no Kafka at the start is a clear error that names the brokers, soon',
  async (_, client) => {
    const bus = connectTo(connectionOf(`${NOBODY},127.0.0.1:19`, { client }), testPorts())
    const consumer = bus.consumer({
      group_id: 'group',
      topics: ['topic'],
      initial_offset: 'earliest',
      handler: createRecorder(),
    })
    const begin = performance.now()
    const starts = [consumer.start(), bus.producer().start(), bus.admin().start()]
    const check = (error: unknown): true => {
      assert.ok(error instanceof WhosecallError)
      assert.equal(error.exitCode, 69)
      assert.match(error.message, /127\.0\.0\.1:9, 127\.0\.0\.1:19/)
      return true
    }
    await Promise.all(starts.map((starting) => assert.rejects(starting, check)))
    assert.ok(performance.now() - begin < 15_000)
  },
)

eachClient(
  'a broker that takes connections and never answers is given up in time',
  async (t, client) => {
    const sockets = new Set<Socket>()
    const server = createServer((socket) => void sockets.add(socket)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.after(() => {
      server.close()
      for (const socket of sockets) socket.destroy()
    })
    const address = server.address()
    const broker = `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
    const times = { client, connect_timeout_ms: 300, request_timeout_ms: 1_000 }
    const bus = connectTo(connectionOf(broker, times), testPorts())
    const begin = performance.now()
    for (const startable of [bus.admin(), bus.producer()]) {
      await assert.rejects(startable.start(), {
        code: 'dependency_unreachable',
        message: new RegExp(`Kafka at ${broker} cannot be used`),
      })
    }
    assert.ok(performance.now() - begin < 10_000)
  },
)

eachClient(
  'offsets that were deleted while nobody read are reported, and reading goes on',
  async (t, client) => {
    const topic = await createTopic(t)
    const group_id = uniqueName('group')
    const bus = connectTo(connectionOf(stackInfo().brokers, { client }), testPorts())
    const start = async (recorder = createRecorder()) => {
      const consumer = await bus
        .consumer({ group_id, topics: [topic], initial_offset: 'earliest', handler: recorder })
        .start()
      t.after(() => consumer.stop(deadline()))
      return { recorder, consumer }
    }
    await produce(
      topic,
      Array.from({ length: 10 }, (_, i) => ({ value: String(i) })),
    )
    const first = await start()
    await first.recorder.until(() => first.recorder.messages.length === 10)
    await first.consumer.value.commit([{ topic, partition: 0, offset: 3 }], first.recorder.epoch())
    await first.consumer.stop(deadline())
    await deleteBelow(topic, 0, 8)

    const second = await start()
    const { recorder } = second
    await recorder.until(() => recorder.messages.length === 2 && recorder.out_of_range.length > 0)
    assert.deepEqual(recorder.out_of_range, [{ from: 3, to: 8 }])
    assert.deepEqual(values(recorder.messages), ['8', '9'])
  },
)

eachClient(
  'a broker that restarts is used again: nothing is lost and nothing is written twice',
  async (t, client) => {
    const kafka = await ownKafka(t)
    const brokers = kafka.listeners.plaintext
    const topic = await createTopic(t, { brokers })
    const ports = testPorts()
    const connection = connectionOf(brokers, { client, request_timeout_ms: 1_000 })
    const bus = connectTo(connection, ports, {
      session_timeout_ms: 6_000,
      heartbeat_interval_ms: 1_000,
    })
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
    const producer = await bus.producer().start()
    t.after(() => producer.stop(deadline()))
    const send = async (value: string): Promise<number> => {
      const batch = [outgoing(topic, { value })]
      for (let attempts = 1; ; attempts++) {
        const result = await producer.value.send(batch)
        if (result.type === 'delivered') return attempts
        assert.equal(result.type, 'retryable')
      }
    }
    await send('before')
    await recorder.until(() => recorder.messages.length === 1)
    await consumer.value.commit([{ topic, partition: 0, offset: 1 }], recorder.epoch())

    // Hung, the broker takes the request but answers only after the client has given up waiting.
    kafka.pause()
    const sending = send('while it hung')
    await ports.clock.sleep(3_000)
    kafka.resume()
    assert.ok((await sending) > 1, 'the first attempt timed out')

    await kafka.restart()
    await send('after')
    const last = () => recorder.messages.at(-1)?.value === 'after'
    await recorder.until(last)
    assert.deepEqual(
      (await readTopic(topic, { brokers })).map((message) => message.value?.toString()),
      ['before', 'while it hung', 'after'],
    )
    const seen = new Set(values(recorder.messages))
    assert.deepEqual([...seen], ['before', 'while it hung', 'after'])
    if (process.env['DEBUG_LINES'])
      console.log(ports.lines.map((l) => JSON.stringify(l.fields)).join('\n'))
    assert.deepEqual(recorder.failures, [])
    assert.deepEqual(recorder.out_of_range, [])
  },
)

eachClient(
  'a broker that stays away ends in a clear failure after bounded restarts',
  async (t, client) => {
    const kafka = await ownKafka(t)
    const brokers = kafka.listeners.plaintext
    const topic = await createTopic(t, { brokers })
    const ports = testPorts()
    const bus = connectTo(connectionOf(brokers, { client }), ports, { client_restarts_max: 1 })
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
    await kafka.kill()
    await recorder.until(() => recorder.failures.length > 0)
    const [failure] = recorder.failures
    assert.ok(failure instanceof WhosecallError)
    assert.equal(failure.exitCode, 69)
    assert.ok(failure.message.includes(brokers))
    assert.equal(ports.count('whosecall_client_restarts_total'), 1)
    assert.equal(recorder.revoked.length, 1)
    await assert.rejects(
      consumer.value.commit([{ topic, partition: 0, offset: 1 }], recorder.epoch()),
    )
  },
)
