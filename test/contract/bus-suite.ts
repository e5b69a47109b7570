import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import { createRecorder, values } from './bus-recorder.ts'
import { positionTests } from './bus-positions.ts'
import { consume, deadline, numbered, outgoing, startFor, type BusHarness } from './bus-harness.ts'

/** What every client of the log bus must do, whatever it speaks to. */

export function busSuite(
  name: string,
  createHarness: (t: TestContext) => Promise<BusHarness>,
): void {
  function busTest(
    title: string,
    run: (t: TestContext, harness: BusHarness) => Promise<void>,
  ): void {
    void test(`${name}: ${title}`, { timeout: 60_000 }, async (t) => run(t, await createHarness(t)))
  }

  busTest('a reader reads by offset, and no group hears of it', async (t, h) => {
    const topic = await h.createTopic()
    await h.publish(topic, [
      { value: 'zero', timestamp: 1_700_000_000_000 },
      { key: 'k', value: 'one', timestamp: 1_700_000_000_123 },
      { value: null, timestamp: 1_700_000_000_456 },
    ])
    const reader = await startFor(t, h.bus.reader())
    const at = (offset: number) => reader.read({ topic, partition: 0, offset })
    const run = await at(1)
    assert.deepEqual([...(run?.offsets ?? [])], [1, 2])
    assert.equal(run?.timestamps[0], 1_700_000_000_123)
    assert.equal(run?.bytes.subarray(run.value_starts[0], run.value_ends[0]).toString(), 'one')
    assert.equal(run?.value_starts[1], -1)
    assert.equal(await at(3), undefined)
    await assert.rejects(reader.read({ topic, partition: 7, offset: 0 }), /partition 7 of topic/)
  })

  busTest(
    'messages arrive in order with keys, headers, tombstones and timestamps',
    async (t, h) => {
      const topic = await h.createTopic()
      const recorder = await consume(t, h, { topics: [topic] })
      await h.publish(topic, [
        { key: 'k', value: 'one', timestamp: 1_700_000_000_123 },
        {
          key: null,
          value: 'two',
          headers: [
            ['b', '1'],
            ['a', '2'],
            ['b', '3'],
            ['7', '4'],
          ],
        },
        { key: 'gone', value: null, headers: [['why', 'tombstone']] },
        { value: '' },
      ])
      await recorder.until(() => recorder.messages.length === 4)
      assert.deepEqual(
        recorder.messages.map(({ offset, key, value }) => [offset, key, value]),
        [
          [0, 'k', 'one'],
          [1, null, 'two'],
          [2, 'gone', null],
          [3, null, ''],
        ],
      )
      assert.equal(recorder.messages[0]?.timestamp, 1_700_000_000_123)
      assert.deepEqual(recorder.messages[0]?.headers, [])
      assert.deepEqual(recorder.messages[1]?.headers, [
        ['b', '1'],
        ['a', '2'],
        ['b', '3'],
        ['7', '4'],
      ])
      assert.deepEqual(recorder.messages[2]?.headers, [['why', 'tombstone']])
      assert.equal(recorder.ends.get(`${topic}/0`), 4)
    },
  )

  busTest('a gap of offsets is told, and the messages behind it follow', async (t, h) => {
    const topic = await h.createTopic()
    const recorder = await consume(t, h, { topics: [topic] })
    await h.publish(topic, [{ value: 'before' }])
    await h.leaveGap(topic)
    await recorder.until(() => recorder.messages.length === 1 && recorder.skipped.length > 0)
    const told = recorder.skipped.at(-1)?.next_offset ?? 0
    assert.ok(told > 1, `the gap ends at ${told}`)
    await h.publish(topic, [{ value: 'after' }])
    await recorder.until(() => recorder.messages.length === 2)
    assert.deepEqual(values(recorder.messages), ['before', 'after'])
    assert.ok((recorder.messages[1]?.offset ?? 0) >= told)
  })

  positionTests(busTest)

  busTest('a partition that is held does not hold up its neighbour', async (t, h) => {
    const topic = await h.createTopic({ partitions: 2 })
    const recorder = createRecorder()
    let open = (): void => {}
    const gate = new Promise<void>((resolve) => (open = resolve))
    recorder.hold = (run) => (run.partition === 0 ? gate : undefined)
    await consume(t, h, { topics: [topic] }, recorder)
    const from = (partition: number) =>
      recorder.messages.filter((message) => message.partition === partition)

    await h.publish(topic, [{ value: 'held', partition: 0 }])
    await recorder.until(() => from(0).length === 1)
    await h.publish(topic, [{ value: 'later', partition: 0 }])
    for (const value of ['a', 'b', 'c']) {
      await h.publish(topic, [{ value, partition: 1 }])
      await recorder.until(() => from(1).at(-1)?.value === value)
    }
    assert.deepEqual(values(from(0)), ['held'])
    open()
    await recorder.until(() => from(0).length === 2)
    assert.deepEqual(values(from(0)), ['held', 'later'])
  })

  busTest('a rebalance raises the epoch, and a commit of an old epoch is ignored', async (t, h) => {
    const topic = await h.createTopic({ partitions: 2 })
    const group_id = h.groupId()
    const first = await consume(t, h, { topics: [topic], group_id })
    const old_epoch = first.epoch()
    assert.equal(first.assigned.at(-1)?.partitions.length, 2)
    const second = await consume(t, h, { topics: [topic], group_id })
    await first.until(() => first.assigned.at(-1)?.partitions.length === 1)
    assert.ok(first.epoch() > old_epoch)
    assert.equal(first.revoked.at(-1)?.length, 2)
    await second.until(() => second.assigned.at(-1)?.partitions.length === 1)

    const kept = first.assigned.at(-1)?.partitions[0]
    assert.ok(kept)
    await h.publish(
      topic,
      [0, 1].map((partition) => ({ value: 'x', partition })),
    )
    await first.until(() => first.messages.some((message) => message.epoch === first.epoch()))
    await first.consumer?.commit([{ ...kept, offset: 1 }], old_epoch)
    const admin = await startFor(t, h.bus.admin())
    const position = async () =>
      (await admin.committed(group_id, topic)).find((p) => p.partition === kept.partition)?.offset
    assert.equal(await position(), -1)
    await first.consumer?.commit([{ ...kept, offset: 1 }], first.epoch())
    assert.equal(await position(), 1)
  })

  busTest('after a rebalance what was not committed comes again', async (t, h) => {
    const topic = await h.createTopic({ partitions: 2 })
    const group_id = h.groupId()
    const first = await consume(t, h, { topics: [topic], group_id })
    await h.publish(topic, [...numbered(4), { value: 'other', partition: 1 }])
    await first.until(() => first.messages.length === 5)
    await first.consumer?.commit([{ topic, partition: 0, offset: 2 }], first.epoch())
    const second = await consume(t, h, { topics: [topic], group_id })
    const again = () => [
      ...first.messages.filter((message) => message.epoch > 0 && message.epoch === first.epoch()),
      ...second.messages.filter((message) => message.epoch === second.epoch()),
    ]
    await Promise.race([first, second].map((each) => each.until(() => again().length === 3)))
    assert.deepEqual(new Set(values(again())), new Set(['2', '3', 'other']))
  })

  busTest('a pattern subscribes to what it matches, less the excluded', async (t, h) => {
    const [one, two] = [await h.createTopic(), await h.createTopic()]
    const recorder = await consume(t, h, {
      topics: [`^(${one}|${two})$`],
      exclude_topics: [two.slice(-8)],
    })
    assert.deepEqual(
      recorder.assigned.at(-1)?.partitions.map((each) => each.topic),
      [one],
    )
  })

  busTest(
    'a topic that a pattern matches is read though it was created after the start',
    async (t, h) => {
      const topic = await h.createTopic()
      const later = `${topic}-later`
      const group_id = h.groupId()
      // Read to its end: what is in the new topic came after the start.
      const recorder = await consume(t, h, {
        topics: [`^${topic}`],
        exclude_topics: ['-excluded$'],
        group_id,
        initial_offset: 'latest',
        topics_refresh_interval_ms: 100,
      })
      while (recorder.messages.length === 0) await h.publish(topic, [{ value: 'a' }])
      const [first] = recorder.messages
      assert.ok(first)
      const old_epoch = recorder.epoch()
      const admin = await startFor(t, h.bus.admin())
      await admin.createTopics(
        [`${topic}-excluded`, later].map((each) => ({ topic: each, partitions: 1 })),
      )
      await h.publish(later, [{ value: 'b' }])
      await recorder.until(() => recorder.messages.some((message) => message.topic === later))

      assert.ok(recorder.epoch() > old_epoch)
      assert.deepEqual(recorder.revoked.at(-1), [{ topic, partition: 0 }])
      assert.deepEqual(
        new Set(recorder.assigned.at(-1)?.partitions.map((each) => each.topic)),
        new Set([topic, later]),
      )
      // What had not been committed comes again, all of it.
      const again = () =>
        recorder.messages.filter((each) => each.topic === topic && each.epoch > old_epoch)
      await recorder.until(() => again().length > 0)
      assert.equal(again()[0]?.offset, first.offset)
      await recorder.consumer?.commit([{ topic: later, partition: 0, offset: 1 }], recorder.epoch())
      assert.deepEqual(await admin.committed(group_id, later), [
        { topic: later, partition: 0, offset: 1 },
      ])
      assert.deepEqual(recorder.failures, [])
    },
  )

  busTest('a missing topic is a clear error at the start', async (_, h) => {
    const topic = await h.createTopic()
    const consumer = h.bus.consumer({
      group_id: h.groupId(),
      topics: [topic, 'not-there', '^nor-this-.*'],
      initial_offset: 'earliest',
      handler: createRecorder(),
    })
    await assert.rejects(consumer.start(), {
      code: 'dependency_unreachable',
      message: /not-there.*\^nor-this-/,
    })
  })

  busTest('halt hands out no more, and commits are still taken', async (t, h) => {
    const topic = await h.createTopic()
    const group_id = h.groupId()
    const recorder = createRecorder()
    recorder.hold = () => new Promise(() => {})
    await consume(t, h, { topics: [topic], group_id }, recorder)
    await h.publish(topic, [{ value: 'held' }])
    await recorder.until(() => recorder.messages.length === 1)
    await recorder.consumer?.halt()
    await h.publish(topic, [{ value: 'after' }])
    await recorder.consumer?.commit([{ topic, partition: 0, offset: 1 }], recorder.epoch())
    const admin = await startFor(t, h.bus.admin())
    assert.deepEqual(await admin.committed(group_id, topic), [{ topic, partition: 0, offset: 1 }])
    assert.deepEqual(values(recorder.messages), ['held'])
  })

  busTest('stopping twice is harmless, and nothing comes after a stop', async (t, h) => {
    const topic = await h.createTopic()
    const recorder = await consume(t, h, { topics: [topic] })
    await recorder.stop()
    await recorder.stop()
    await h.publish(topic, [{ value: 'late' }])
    assert.deepEqual(recorder.messages, [])
    assert.deepEqual(recorder.failures, [])
    const producer = await h.bus.producer().start()
    await producer.stop(deadline())
    await producer.stop(deadline())
  })

  busTest('what is sent can be read: order, key, headers, timestamp, tombstone', async (t, h) => {
    const topic = await h.createTopic({ partitions: 2 })
    const producer = await startFor(t, h.bus.producer())
    const sent = [
      outgoing(topic, { value: 'a', key: 'k', timestamp: 1_700_000_000_001 }),
      outgoing(topic, {
        value: 'b',
        headers: [
          ['z', '1'],
          ['a', '2'],
          ['z', '3'],
          ['1', '4'],
          ['n', null],
          ['n', ''],
        ],
      }),
      outgoing(topic, { value: null, partition: 1 }),
    ]
    assert.deepEqual(await producer.send(sent), { type: 'delivered' })
    const read = await h.read(topic)
    assert.deepEqual(
      read.map(({ partition, key, value }) => [partition, key, value]),
      [
        [0, 'k', 'a'],
        [0, null, 'b'],
        [1, null, null],
      ],
    )
    assert.equal(read[0]?.timestamp, 1_700_000_000_001)
    assert.deepEqual(read[1]?.headers, [
      ['z', '1'],
      ['a', '2'],
      ['z', '3'],
      ['1', '4'],
      ['n', null],
      ['n', ''],
    ])
  })

  busTest('a message that is too large is rejected and the others are delivered', async (t, h) => {
    const topic = await h.createTopic({ max_message_bytes: 10_000 })
    const producer = await startFor(t, h.bus.producer())
    const sizes = [10, 20_000, 30, 40, 15_000, 50]
    const result = await producer.send(
      sizes.map((size) => outgoing(topic, { value: 'x'.repeat(size) })),
    )
    assert.deepEqual(result, {
      type: 'rejected',
      messages: [
        { index: 1, reason: 'too_large' },
        { index: 4, reason: 'too_large' },
      ],
      others_delivered: true,
    })
    const read = await h.read(topic)
    assert.deepEqual(
      read.map((message) => message.value?.length),
      [10, 30, 40, 50],
    )
  })

  busTest('what a producer compresses may be larger than the limit of the topic', async (t, h) => {
    const topic = await h.createTopic({ max_message_bytes: 10_000 })
    const producer = await startFor(t, h.bus.producer({ compression: 'zstd' }))
    const noise = randomBytes(15_000).toString('latin1')
    const large = 'the same again '.repeat(10_000)
    const result = await producer.send([large, noise].map((value) => outgoing(topic, { value })))
    assert.deepEqual(result, {
      type: 'rejected',
      messages: [{ index: 1, reason: 'too_large' }],
      others_delivered: true,
    })
    assert.deepEqual(
      (await h.read(topic)).map(({ value }) => value),
      [large],
    )
  })

  busTest('sending to a topic that does not exist can be retried', async (t, h) => {
    const producer = await startFor(t, h.bus.producer())
    const result = await producer.send([outgoing('not-there', { value: 'x' })])
    assert.equal(result.type, 'retryable')
  })

  busTest('sends that run at the same time all arrive, each in its order', async (t, h) => {
    const topic = await h.createTopic({ partitions: 2 })
    const producer = await startFor(t, h.bus.producer())
    await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        producer.send([0, 1].map((j) => outgoing(topic, { value: `${i}/${j}`, partition: i % 2 }))),
      ),
    )
    const read = await h.read(topic)
    assert.equal(read.length, 40)
    for (let i = 0; i < 20; i++) {
      const at = read.findIndex((message) => message.value === `${i}/0`)
      assert.equal(read[at + 1]?.value, `${i}/1`)
    }
  })

  busTest('the admin tells partitions, limits and ends, and creates topics', async (t, h) => {
    const topic = await h.createTopic({ partitions: 2, max_message_bytes: 5_000 })
    await h.publish(topic, [{ value: 'x', partition: 1 }])
    const admin = await startFor(t, h.bus.admin())
    assert.ok((await admin.clusterId()).length > 0)
    const created = `${topic}-created`
    await admin.createTopics([{ topic: created, partitions: 3 }])
    await admin.createTopics([{ topic: created, partitions: 3 }])
    assert.deepEqual(
      [...(await admin.partitionCounts([topic, created, 'not-there']))],
      [
        [topic, 2],
        [created, 3],
        ['not-there', undefined],
      ],
    )
    assert.deepEqual(
      [...(await admin.maxMessageBytes([topic, 'not-there']))],
      [
        [topic, 5_000],
        ['not-there', undefined],
      ],
    )
    const known = await admin.topics()
    assert.ok(known.includes(topic) && known.includes(created) && !known.includes('not-there'))
    assert.deepEqual(await admin.endOffsets(topic), [
      { topic, partition: 0, offset: 0 },
      { topic, partition: 1, offset: 1 },
    ])
  })
}
