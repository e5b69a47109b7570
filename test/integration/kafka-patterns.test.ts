import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { Admin } from '@platformatic/kafka'
import { connectTo } from '#/bus/kafka.ts'
import { consume } from '../contract/bus-harness.ts'
import { eachClient, type KafkaClient } from '../contract/each-client.ts'
import { createRecorder, type Recorder } from '../contract/bus-recorder.ts'
import { connectionOf } from '../stack/connection.ts'
import { testPorts } from '../stack/ports.ts'
import { createTopic, produce, stackInfo, uniqueName } from '../stack/tools.ts'

/** Patterns on a real broker, where topics come and go under a group that reads. */

function setUp(t: TestContext, client: KafkaClient) {
  const { brokers } = stackInfo()
  const ports = testPorts()
  const bus = connectTo(connectionOf(brokers, { client }), ports)
  const h = {
    bus,
    groupId: () => uniqueName('group'),
    createTopic: () => createTopic(t),
    publish: produce,
    leaveGap: async () => {},
    read: async () => [],
  }
  return { brokers, ports, h }
}

function topicsOf(...recorders: readonly Recorder[]): ReadonlySet<string> {
  return new Set(
    recorders.flatMap((each) => each.assigned.at(-1)?.partitions.map(({ topic }) => topic) ?? []),
  )
}

eachClient('members that find a new topic at different times all read on', async (t, client) => {
  const { h } = setUp(t, client)
  const prefix = uniqueName('pattern')
  const one = await createTopic(t, { prefix, partitions: 2 })
  const group_id = h.groupId()
  const options = { topics: [`^${prefix}`], group_id }
  const slow = await consume(t, h, { ...options, topics_refresh_interval_ms: 1_000 })
  const fast = await consume(t, h, { ...options, topics_refresh_interval_ms: 100 })
  const two = await createTopic(t, { prefix, partitions: 4 })
  const all = [one, two]
  const partitions = (recorder: Recorder) => recorder.assigned.at(-1)?.partitions.length
  const met = () => partitions(slow) === 3 && partitions(fast) === 3
  await Promise.race([slow.until(met), fast.until(met)])
  for (const topic of all) await h.publish(topic, [{ value: topic }])
  const got = () => new Set([...slow.messages, ...fast.messages].map(({ value }) => value))
  const complete = () => got().size === 2
  await Promise.race([slow.until(complete), fast.until(complete)])
  assert.deepEqual(topicsOf(slow, fast), new Set(all))
  assert.deepEqual([...slow.failures, ...fast.failures], [])
})

eachClient('a topic of a pattern that is deleted does not end the consumer', async (t, client) => {
  const { brokers, h } = setUp(t, client)
  const prefix = uniqueName('pattern')
  const [stays, goes] = [await createTopic(t, { prefix }), await createTopic(t, { prefix })]
  const recorder = await consume(
    t,
    h,
    { topics: [`^${prefix}`], topics_refresh_interval_ms: 60_000 },
    createRecorder(),
  )
  assert.deepEqual(topicsOf(recorder), new Set([stays, goes]))
  const admin = new Admin({ clientId: 'test', bootstrapBrokers: brokers.split(',') })
  t.after(() => admin.close())
  await admin.deleteTopics({ topics: [goes] })
  // Long before the interval: the first crash over it makes the consumer look.
  await recorder.until(() => topicsOf(recorder).size === 1 || recorder.failures.length > 0)
  await h.publish(stays, [{ value: 'on' }])
  await recorder.until(() => recorder.messages.length > 0 || recorder.failures.length > 0)
  assert.deepEqual(recorder.failures, [])
  assert.deepEqual(topicsOf(recorder), new Set([stays]))
})
