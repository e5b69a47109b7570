import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTopicWatch } from '#/bus/kafkajs/topic-watch.ts'
import { createFakeClock } from '../../../support/fake-clock.ts'
import { testPorts } from '../../../stack/ports.ts'

function setUp(topics: readonly string[] = ['^raw', 'named']) {
  const clock = createFakeClock()
  const { logger, lines } = testPorts()
  const state = {
    existing: ['raw-1', 'named', 'other'],
    may_change: true,
    changes: [] as (readonly string[])[],
    lists: 0,
  }
  const watch = createTopicWatch({
    consumer: { group_id: 'g', topics, initial_offset: 'latest' },
    refresh_interval_ms: 1_000,
    async listTopics() {
      state.lists++
      if (state.existing.length === 0) throw new Error('away')
      return state.existing
    },
    mayChange: () => state.may_change,
    async onChanged() {
      state.changes.push((await watch.current()).topics)
    },
    ports: { clock, logger },
  })
  return { clock, lines, state, watch }
}

test('a change is found at the interval, once, and is told as it is by then', async (t) => {
  const { clock, lines, state, watch } = setUp()
  t.after(() => watch.end())
  assert.deepEqual((await watch.first()).topics, ['named', 'raw-1'])
  watch.watch()
  await clock.advance(3_000)
  assert.deepEqual(state.changes, [])
  state.existing = [...state.existing, 'raw-2', '__raw']
  await clock.advance(999)
  assert.deepEqual(state.changes, [])
  await clock.advance(2_001)
  assert.deepEqual(state.changes, [['named', 'raw-1', 'raw-2']])
  assert.deepEqual(
    lines.filter(({ level }) => level === 'info').map(({ fields }) => fields),
    [{ group_id: 'g', added: ['raw-2'], gone: [] }],
  )
})

test('a topic that came later is read from its beginning, one of the start is not', async () => {
  const { state, watch } = setUp()
  const { from_beginning } = await watch.first()
  assert.deepEqual([...from_beginning], [])
  state.existing = ['raw-1', 'raw-2', 'named']
  assert.deepEqual([...(await watch.current()).from_beginning], ['raw-2'])
  state.existing = ['raw-1', 'named']
  assert.deepEqual([...(await watch.current()).from_beginning], [])
})

test('a topic of a pattern goes with it, a topic that is named stays', async (t) => {
  const { clock, state, watch } = setUp()
  t.after(() => watch.end())
  state.existing = ['raw-1', 'raw-2', 'named']
  await watch.first()
  watch.watch()
  state.existing = ['raw-2']
  await clock.advance(1_000)
  assert.deepEqual(state.changes, [['named', 'raw-2']])
})

test('a broker that does not answer changes nothing', async (t) => {
  const { clock, state, watch } = setUp()
  t.after(() => watch.end())
  await watch.first()
  watch.watch()
  state.existing = []
  await clock.advance(1_000)
  assert.deepEqual(state.changes, [])
  assert.deepEqual((await watch.current()).topics, ['named', 'raw-1'])
})

test('a change that cannot be dealt with now is found again', async (t) => {
  const { clock, state, watch } = setUp()
  t.after(() => watch.end())
  await watch.first()
  watch.watch()
  state.existing = ['raw-1', 'raw-2', 'named']
  state.may_change = false
  await clock.advance(1_000)
  assert.deepEqual(state.changes, [])
  state.may_change = true
  await watch.look()
  assert.deepEqual(state.changes, [['named', 'raw-1', 'raw-2']])
})

test('names alone need no watching, and the end ends it', async () => {
  const names = setUp(['named'])
  await names.watch.first()
  names.watch.watch()
  await names.clock.advance(5_000)
  assert.equal(names.state.lists, 1)
  const patterns = setUp()
  await patterns.watch.first()
  patterns.watch.watch()
  await patterns.clock.advance(0)
  await patterns.watch.end()
  await patterns.watch.look()
  assert.equal(patterns.state.lists, 1)
  assert.equal(patterns.clock.sleepers, 0)
})
