/** Topics that come while the worker runs, and topics that only a pattern names. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMemoryBus, type MemoryBus } from '#/bus/memory/index.ts'
import { litellmCall, startTestWorker, TOPICS, until } from '../support/worker.ts'
import { attributionOf, KEY, publish, settled, TIMESTAMP } from '../support/worker-messages.ts'

const PATTERN = { receiver: { logs: { topics: ['^raw'], exclude_topics: ['-private$'] } } }

function publishTo(bus: MemoryBus, topic: string): void {
  bus.publish(topic, 0, { key: KEY, value: litellmCall('known'), timestamp: TIMESTAMP })
}

test('a topic that comes to match a pattern is read without a restart, and nothing is lost', async (t) => {
  const worker = await startTestWorker(t, PATTERN)
  const { value: admin } = await worker.bus.admin().start()
  for (let n = 0; n < 50; n += 1) publish(worker, litellmCall('known', { n }))
  worker.bus.createTopic('raw-later')
  worker.bus.createTopic('raw-private')
  publishTo(worker.bus, 'raw-later')
  publishTo(worker.bus, 'raw-private')
  publish(worker, litellmCall('known', { n: 50 }))
  await until('both topics are read and committed', async () => {
    const [raw] = await admin.committed('whosecall', TOPICS.raw)
    const [later] = await admin.committed('whosecall', 'raw-later')
    return raw?.offset === 51 && later?.offset === 1
  })
  const ids = worker.bus
    .read(TOPICS.out)
    .map(({ value }) => attributionOf(value).event_id.replace(/@.*/, ''))
  const read = new Set(ids)
  assert.equal(read.size, 52)
  assert.ok(read.has('test/raw-later/0/0/0'))
  assert.ok(ids.length <= 52 + 50, 'only what was in flight came twice')
})

test('what has its fate is committed when partitions are revoked', async (t) => {
  const worker = await startTestWorker(t, { ...PATTERN, service: { commit_interval_ms: 60_000 } })
  publish(worker, litellmCall('known'))
  await settled(worker, 1)
  worker.bus.createTopic('raw-later')
  const { value: admin } = await worker.bus.admin().start()
  const [position] = await admin.committed('whosecall', TOPICS.raw)
  assert.equal(position?.offset, 1)
})

test('the dead-letter topic must also have room for topics that only a pattern names', async (t) => {
  const bus = createMemoryBus()
  bus.createTopic('raw-large', { max_message_bytes: 3_000_000 })
  await assert.rejects(startTestWorker(t, PATTERN, bus), {
    code: 'dependency_unreachable',
    message: /topic raw-large may hold messages of 3000000 bytes/,
  })
})
