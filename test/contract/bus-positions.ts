import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { values } from './bus-recorder.ts'
import { consume, numbered, startFor, type BusHarness } from './bus-harness.ts'

/** The part of the bus suite that is about where reading begins. */

type BusTest = (title: string, run: (t: TestContext, harness: BusHarness) => Promise<void>) => void

export function positionTests(busTest: BusTest): void {
  busTest('a group resumes at its last commit', async (t, h) => {
    const topic = await h.createTopic()
    const group_id = h.groupId()
    await h.publish(topic, numbered(10))
    const first = await consume(t, h, { topics: [topic], group_id })
    await first.until(() => first.messages.length === 10)
    await first.consumer?.commit([{ topic, partition: 0, offset: 7 }], first.epoch())
    await first.stop()

    const second = await consume(t, h, { topics: [topic], group_id, initial_offset: 'latest' })
    await second.until(() => second.messages.length === 3)
    assert.deepEqual(values(second.messages), ['7', '8', '9'])
    const admin = await startFor(t, h.bus.admin())
    assert.deepEqual(await admin.committed(group_id, topic), [{ topic, partition: 0, offset: 7 }])
    const remembered = { topic, partition: 0, offset: 8, metadata: '{"seen":[7]}' }
    await second.consumer?.commit([remembered], second.epoch())
    assert.deepEqual(await admin.committed(group_id, topic), [remembered])
  })

  busTest('where reading begins is told before anything was read', async (t, h) => {
    const topic = await h.createTopic({ partitions: 2 })
    const group_id = h.groupId()
    await h.publish(topic, [...numbered(3), { value: 'other', partition: 1 }])
    const first = await consume(t, h, { topics: [topic], group_id })
    const begunAt = (recorder: typeof first) =>
      recorder.begun
        .toSorted((a, b) => a.partition - b.partition)
        .map(({ partition, offset, epoch }) => [partition, offset, epoch - recorder.epoch()])
    await first.until(() => first.messages.length === 4)
    assert.deepEqual(begunAt(first), [
      [0, 0, 0],
      [1, 0, 0],
    ])
    await first.consumer?.commit([{ topic, partition: 0, offset: 3 }], first.epoch())
    await first.stop()

    const idle = await consume(t, h, { topics: [topic], group_id, initial_offset: 'latest' })
    await idle.until(() => idle.begun.length === 2)
    assert.deepEqual(begunAt(idle), [
      [0, 3, 0],
      [1, 1, 0],
    ])
    await h.publish(topic, [{ value: 'next', partition: 1 }])
    await idle.until(() => idle.messages.length === 1)
    assert.deepEqual(values(idle.messages), ['next'])
  })

  busTest('without a commit, initial_offset decides', async (t, h) => {
    const topic = await h.createTopic()
    await h.publish(topic, [{ value: 'old' }])
    const earliest = await consume(t, h, { topics: [topic] })
    await earliest.until(() => earliest.messages.length === 1)
    const latest = await consume(t, h, { topics: [topic], initial_offset: 'latest' })
    while (latest.messages.length === 0) await h.publish(topic, [{ value: 'new' }])
    assert.ok(values(latest.messages).every((value) => value === 'new'))
  })
}
