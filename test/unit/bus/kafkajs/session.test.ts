import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EachBatchPayload, KafkaMessage } from 'kafkajs'
import { createSession } from '#/bus/kafkajs/session.ts'
import { createRecorder, values } from '../../../contract/bus-recorder.ts'

/** The session against batches made by hand, as kafkajs would bring them. */

const P0 = { topic: 't', partition: 0 }
const P1 = { topic: 't', partition: 1 }

function setUp(isReadFromStart?: (topic: string) => boolean) {
  const recorder = createRecorder()
  const calls: string[] = []
  const session = createSession(
    recorder,
    {
      pause: ({ partition }) => void calls.push(`pause ${partition}`),
      resume: ({ partition }) => void calls.push(`resume ${partition}`),
      seek: ({ partition, offset }) => void calls.push(`seek ${partition} ${offset}`),
    },
    isReadFromStart,
  )
  /** Joins and begins, as after a first assignment or a rebalance that stopped the loops. */
  const join = (partitions = [P0], loops_ran = false): void => {
    session.joined(partitions, { loops_ran })
    session.begin([], session.epoch())
    calls.length = 0
  }
  return { recorder, calls, session, join }
}

function batchOf(
  offsets: readonly number[],
  of: { partition?: number; from?: number; last?: number; stale?: boolean } = {},
): EachBatchPayload & { readonly resolved: string[] } {
  const { partition = 0, from = offsets[0] ?? 0, last = offsets.at(-1) ?? 0 } = of
  const resolved: string[] = []
  const messages: KafkaMessage[] = offsets.map((offset) => ({
    key: null,
    value: Buffer.from(String(offset)),
    timestamp: '1',
    attributes: 0,
    offset: String(offset),
    headers: {},
  }))
  const batch = {
    topic: 't',
    partition,
    highWatermark: '100',
    messages,
    fetchedOffset: String(from),
    isEmpty: () => false,
    firstOffset: () => String(offsets[0]),
    lastOffset: () => String(last),
    offsetLag: () => '0',
    offsetLagLow: () => '0',
  }
  return {
    batch,
    resolved,
    resolveOffset: (offset) => void resolved.push(offset),
    heartbeat: async () => {},
    pause: () => () => {},
    commitOffsetsIfNecessary: async () => {},
    uncommittedOffsets: () => ({ topics: [] }),
    isRunning: () => true,
    isStale: () => of.stale ?? false,
  }
}

test('reading begins when the commits are known', () => {
  const { session, calls } = setUp()
  session.joined([P0, P1], { loops_ran: false })
  assert.deepEqual(calls, ['pause 0', 'pause 1'])
  session.begin([], session.epoch())
  assert.deepEqual(calls.slice(2), ['resume 0', 'resume 1'])
})

test('where reading begins is told: at the commit, or at the oldest message', () => {
  const { session, recorder } = setUp()
  const [P2, P3] = [2, 3].map((partition) => ({ topic: 't', partition }))
  session.joined([P0, P1, P2!, P3!], { loops_ran: false })
  const bounds = [P0, P1, P2!, P3!].map((id) => ({ ...id, start: 4, end: 8 }))
  const found = [
    { ...P0, offset: 8 },
    { ...P1, offset: -1 },
    { ...P2!, offset: 2 },
    { ...P3!, offset: 9 },
  ]
  session.begin(found, session.epoch(), bounds)
  assert.deepEqual(
    recorder.begun.map(({ partition, offset, epoch }) => [partition, offset, epoch]),
    [
      [0, 8, 1],
      [1, 4, 1],
      [2, 4, 1],
      [3, 4, 1],
    ],
  )
  session.place(found, session.epoch(), bounds)
  assert.equal(recorder.begun.length, 4, 'it is told once')
})

test('who begins at the end begins at the one that was told', () => {
  const { session, recorder, calls } = setUp(() => false)
  session.joined([P0, P1], { loops_ran: false })
  calls.length = 0
  const found = [
    { ...P0, offset: -1 },
    { ...P1, offset: 5 },
  ]
  session.begin(found, session.epoch(), [
    { ...P0, start: 4, end: 8 },
    { ...P1, start: 4, end: 8 },
  ])
  assert.deepEqual(calls, ['seek 0 8', 'resume 0', 'resume 1'])
  assert.deepEqual(
    recorder.begun.map(({ offset }) => offset),
    [8, 5],
  )
})

test('what is learned late is told as long as nothing was read', async () => {
  const { session, recorder, join } = setUp()
  join([P0, P1])
  assert.deepEqual(session.unplaced(), [P0, P1])
  await session.take(batchOf([5]))
  const found = [P0, P1].map((id) => ({ ...id, offset: -1 }))
  const bounds = [P0, P1].map((id) => ({ ...id, start: 2, end: 6 }))
  session.place([], session.epoch(), bounds)
  assert.deepEqual(recorder.begun, [], 'without the commits nothing is known')
  session.place(found, session.epoch() - 1, bounds)
  assert.deepEqual(recorder.begun, [], 'this was asked before a rebalance')
  session.place(found, session.epoch(), bounds)
  assert.deepEqual(recorder.begun, [{ ...P1, offset: 2, epoch: session.epoch() }])
  assert.deepEqual(session.unplaced(), [])
})

test('commits that come after another rebalance begin nothing', () => {
  const { session, calls, join } = setUp()
  join()
  session.joined([P0], { loops_ran: false })
  calls.length = 0
  session.begin([{ ...P0, offset: 5 }], session.epoch() - 1)
  assert.deepEqual(calls, [])
})

test('a batch is handed over and resolved, and offsets behind its messages are told as skipped', async () => {
  const { session, recorder, join } = setUp()
  join()
  const payload = batchOf([3, 4, 7], { last: 9 })
  await session.take(payload)
  assert.deepEqual(payload.resolved, ['7'])
  assert.deepEqual(values(recorder.messages), ['3', '4', '7'])
  assert.deepEqual(recorder.skipped, [{ partition: P0, next_offset: 10 }])
  assert.equal(recorder.ends.get('t/0'), 100)
})

test('a handler that is slow pauses its partition, and resumes it when it is ready', async () => {
  const { session, recorder, calls, join } = setUp()
  join()
  const gate = Promise.withResolvers<void>()
  recorder.hold = () => gate.promise
  await session.take(batchOf([0]))
  assert.deepEqual(calls, ['pause 0'])
  const again = batchOf([1])
  await session.take(again)
  assert.deepEqual(again.resolved, [], 'the partition is busy')
  gate.resolve()
  await new Promise(setImmediate)
  assert.deepEqual(calls, ['pause 0', 'resume 0'])
})

test('a run that is ready after a rebalance does not resume, and what was left of its batch is dropped', async () => {
  const { session, recorder, calls, join } = setUp()
  join()
  const gate = Promise.withResolvers<void>()
  recorder.hold = () => gate.promise
  await session.take(batchOf([0], { last: 5 }))
  join()
  gate.resolve()
  await new Promise(setImmediate)
  assert.deepEqual(calls, [])
  assert.deepEqual(recorder.skipped, [])
})

test('batches are dropped when they are stale, of others, or come after a halt', async () => {
  const { session, recorder, calls, join } = setUp()
  join()
  const dropped = [batchOf([0], { stale: true }), batchOf([0], { partition: 1 })]
  for (const payload of dropped) await session.take(payload)
  session.halt()
  const late = batchOf([0])
  await session.take(late)
  assert.deepEqual(calls, ['pause 0'])
  assert.deepEqual(
    [...dropped, late].flatMap(({ resolved }) => resolved),
    [],
  )
  assert.deepEqual(recorder.messages, [])
})

test('a jump against the commit of the group, or against what was read, is loss', async () => {
  const { session, recorder } = setUp()
  session.joined([P0], { loops_ran: false })
  session.begin([{ ...P0, offset: 3 }], session.epoch())
  await session.take(batchOf([8, 9]))
  assert.deepEqual(recorder.out_of_range, [{ from: 3, to: 8 }])
  await session.take(batchOf([10]))
  await session.take(batchOf([20]))
  assert.deepEqual(recorder.out_of_range.slice(1), [{ from: 11, to: 20 }])
})

test('a fetch that begins before its first message has lost nothing', async () => {
  const { session, recorder, join } = setUp()
  join()
  await session.take(batchOf([5], { from: 2 }))
  await session.take(batchOf([9], { from: 6 }))
  session.skipped(P0, 10, 12)
  await session.take(batchOf([12]))
  assert.deepEqual(recorder.out_of_range, [])
})

test('a rebalance under running loops goes back to the last commit, or to where reading began', async () => {
  const { session, recorder, calls, join } = setUp()
  join([P0, P1])
  await session.take(batchOf([5, 6]))
  await session.take(batchOf([30, 31], { partition: 1 }))
  session.committed([{ ...P0, offset: 6 }], session.epoch())
  calls.length = 0
  session.joined([P0, P1], { loops_ran: true })
  assert.deepEqual(calls, ['seek 0 6', 'pause 0', 'seek 1 30', 'pause 1'])
  session.begin([{ ...P0, offset: 4 }], session.epoch())
  await session.take(batchOf([6]))
  assert.deepEqual(recorder.out_of_range, [], 'the position is ours, not the one that was found')
})

test('a rebalance that stopped the loops leaves the positions to the group', async () => {
  const { session, calls, join } = setUp()
  join()
  await session.take(batchOf([5]))
  session.revoke()
  calls.length = 0
  session.joined([P0], { loops_ran: false })
  assert.deepEqual(calls, ['pause 0'])
})

test('revoking tells the partitions once', () => {
  const { session, recorder, join } = setUp()
  join([P0, P1])
  session.revoke()
  session.revoke()
  assert.deepEqual(recorder.revoked, [[P0, P1]])
  assert.deepEqual(session.assigned(), [])
})

test('a handler that throws is a failure', async () => {
  const { session, recorder, join } = setUp()
  join()
  recorder.hold = () => Promise.reject(new Error('bug'))
  await session.take(batchOf([0]))
  assert.equal(String(recorder.failures[0]), 'Error: bug')
})
