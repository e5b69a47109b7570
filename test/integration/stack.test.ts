import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { once } from 'node:events'
import { test } from 'node:test'
import { createTopic, ownRedis, produce, readTopic, stackInfo } from '../stack/tools.ts'

test('what is produced to a topic is read back in order with keys, headers, tombstones and timestamps', async (t) => {
  const topic = await createTopic(t, { partitions: 2 })
  await produce(topic, [
    {
      key: 'k1',
      value: 'first',
      timestamp: 1_700_000_000_123,
      headers: [
        ['a', '1'],
        ['a', '2'],
      ],
    },
    { key: 'k2', value: null, partition: 1 },
    { value: 'second' },
  ])
  const messages = await readTopic(topic)
  assert.deepEqual(
    messages.map((m) => [m.partition, m.offset, m.key?.toString(), m.value?.toString()]),
    [
      [0, 0, 'k1', 'first'],
      [0, 1, undefined, 'second'],
      [1, 0, 'k2', undefined],
    ],
  )
  assert.equal(messages[0]?.timestamp, 1_700_000_000_123)
  assert.deepEqual(
    messages[0]?.headers.map(([name, value]) => [name, value?.toString()]),
    [
      ['a', '1'],
      ['a', '2'],
    ],
  )
})

test('an unknown topic is not created by writing to it', async () => {
  await assert.rejects(produce('no-such-topic', [{ value: 'x' }]))
})

test('the common Redis answers', async () => {
  assert.equal(await ping(stackInfo().redis_url), '+PONG')
})

test('a Redis of our own can be killed and started again on its port', async (t) => {
  const redis = await ownRedis(t)
  assert.equal(await ping(redis.url), '+PONG')
  await redis.kill()
  await assert.rejects(ping(redis.url), /ECONNREFUSED/)
  await redis.restart()
  assert.equal(await ping(redis.url), '+PONG')
})

async function ping(url: string): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  socket.write('PING\r\n')
  const [answer] = await once(socket, 'data')
  socket.destroy()
  return String(answer).trim()
}
