import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Producer } from '#/core/bus.ts'
import type { Clock, Logger } from '#/core/ports.ts'
import type { ExportResult, OutgoingMessage } from '#/core/run.ts'
import { createMeter } from '#/telemetry/index.ts'
import { testPorts } from '../../support/owners.ts'
import { settle } from '../../support/fake-clock.ts'
import { createLane, type Lane, type Rejection } from '#/worker/pipeline/lane.ts'

const message = (name: string): OutgoingMessage => ({
  topic: 'out',
  partition: 0,
  key: null,
  value: Buffer.from(name),
  headers: undefined,
  timestamp: 0,
})

/** A producer that answers from a script and remembers what it was sent. */
function scripted(answers: readonly ExportResult[]) {
  const sent: string[][] = []
  const left = [...answers]
  const producer: Producer = {
    send(messages) {
      sent.push(messages.map((m) => m.value!.toString()))
      return Promise.resolve(left.shift() ?? { type: 'delivered' })
    },
  }
  return { producer, sent }
}

/** Waits are over at once and remembered. */
function instantClock() {
  const slept: number[] = []
  const clock: Clock = {
    now: () => 0,
    sleep(ms) {
      slept.push(ms)
      return Promise.resolve()
    },
  }
  return { clock, slept }
}

const silent: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silent,
}

function laneOn(
  producer: Producer,
  options: { holds_rejected?: boolean; clock?: Clock } = {},
): Lane {
  return createLane(
    {
      exporter: 'kafka',
      name: 'output',
      request_bytes_max: 1000,
      retry_initial_ms: 100,
      retry_max_ms: 400,
      holds_rejected: options.holds_rejected ?? false,
    },
    producer,
    { clock: options.clock ?? instantClock().clock, logger: silent, meter: createMeter() },
  )
}

const later = () => ({ at_ms: Infinity, signal: new AbortController().signal })

function parcel(names: readonly string[], done: (r: readonly Rejection[]) => void, stale = false) {
  return {
    messages: names.map(message),
    bytes: 10,
    from: (index: number) => ({ topic: 'raw', partition: 1, offset: 40 + index }),
    isStale: () => stale,
    dropped: () => done([{ index: -1, reason: 'rejected' }]),
    done,
  }
}

test('parcels of one turn leave in one request, in order', async () => {
  const { producer, sent } = scripted([])
  const lane = laneOn(producer)
  const answers: number[] = []
  lane.push(parcel(['a', 'b'], (r) => answers.push(r.length)))
  lane.push(parcel(['c'], (r) => answers.push(r.length)))
  await lane.drain(later())
  assert.deepEqual(sent, [['a', 'b', 'c']])
  assert.deepEqual(answers, [0, 0])
})

test('a batch that the broker does not take is sent again with growing waits until it is taken', async () => {
  const retry: ExportResult = { type: 'retryable', after_ms: 0, cause: new Error('no leader') }
  const { producer, sent } = scripted([retry, retry, retry, retry])
  const { clock, slept } = instantClock()
  const lane = laneOn(producer, { clock })
  let delivered = false
  lane.push(parcel(['a'], () => (delivered = true)))
  await lane.drain(later())
  assert.equal(sent.length, 5)
  assert.deepEqual(slept, [100, 200, 400, 400])
  assert.equal(delivered, true)
  assert.equal(lane.holding, false)
})

test('a rejected message is named to its own parcel and the others are sent without it', async () => {
  const { producer, sent } = scripted([
    { type: 'rejected', messages: [{ index: 2, reason: 'too_large' }], others_delivered: false },
  ])
  const lane = laneOn(producer)
  const answers: (readonly Rejection[])[] = []
  lane.push(parcel(['a', 'b'], (r) => answers.push(r)))
  lane.push(parcel(['c', 'd'], (r) => answers.push(r)))
  await lane.drain(later())
  assert.deepEqual(sent, [
    ['a', 'b', 'c', 'd'],
    ['a', 'b', 'd'],
  ])
  assert.deepEqual(answers, [[], [{ index: 0, reason: 'too_large' }]])
})

test('a lane with no place behind it holds what the broker refuses', async () => {
  const refused: ExportResult = {
    type: 'rejected',
    messages: [{ index: 0, reason: 'too_large' }],
    others_delivered: true,
  }
  const { producer, sent } = scripted([refused, refused])
  const lane = laneOn(producer, { holds_rejected: true })
  let answered: readonly Rejection[] | undefined
  lane.push(parcel(['a'], (r) => (answered = r)))
  await lane.drain(later())
  assert.equal(sent.length, 3)
  assert.deepEqual(answered, [])
})

test('while one message is held, the others are not sent again', async () => {
  const { producer, sent } = scripted([
    { type: 'rejected', messages: [{ index: 1, reason: 'too_large' }], others_delivered: true },
  ])
  const lane = laneOn(producer, { holds_rejected: true })
  lane.push(parcel(['a', 'b', 'c'], () => {}))
  await lane.drain(later())
  assert.deepEqual(sent, [['a', 'b', 'c'], ['b']])
})

test('a batch that is sent again is the very same array', async () => {
  const seen: unknown[] = []
  const producer: Producer = {
    send(messages) {
      seen.push(messages)
      return Promise.resolve(
        seen.length < 3
          ? { type: 'retryable', after_ms: 0, cause: undefined }
          : { type: 'delivered' },
      )
    },
  }
  const lane = laneOn(producer)
  lane.push(parcel(['a'], () => {}))
  await lane.drain(later())
  assert.equal(new Set(seen).size, 1)
})

test('a parcel of a revoked partition is left out when it has not been sent', async () => {
  const { producer, sent } = scripted([])
  const lane = laneOn(producer)
  let dropped = 0
  lane.push(parcel(['a'], () => (dropped += 1), true))
  lane.push(parcel(['b'], () => {}))
  await lane.drain(later())
  assert.deepEqual(sent, [['b']])
  assert.equal(dropped, 1)
})

test('a closed lane stops waiting and leaves its messages without a fate', async () => {
  const { producer } = scripted(
    Array.from({ length: 50 }, () => ({
      type: 'retryable' as const,
      after_ms: 0,
      cause: undefined,
    })),
  )
  let lane: Lane | undefined
  const clock: Clock = {
    now: () => 0,
    sleep() {
      lane?.close()
      return Promise.resolve()
    },
  }
  lane = laneOn(producer, { clock })
  let answered = false
  lane.push(parcel(['a'], () => (answered = true)))
  await lane.drain(later())
  assert.equal(answered, false)
})

test('what the broker refuses for good is put aside: what comes later passes it by', async () => {
  const ports = testPorts()
  let limit = 5
  const sent: string[][] = []
  const producer: Producer = {
    send(messages) {
      sent.push(messages.map((m) => m.value!.toString()))
      const large = messages.flatMap(({ value }, index) =>
        value!.length > limit ? [{ index, reason: 'too_large' as const }] : [],
      )
      return Promise.resolve(
        large.length === 0
          ? { type: 'delivered' }
          : { type: 'rejected', messages: large, others_delivered: true },
      )
    },
  }
  const lane = createLane(
    {
      exporter: 'kafka',
      name: 'dead_letter',
      request_bytes_max: 1000,
      retry_initial_ms: 100,
      retry_max_ms: 5_000,
      holds_rejected: true,
    },
    producer,
    ports,
  )
  const done: string[] = []
  const push = (name: string, values: readonly string[], stale = () => false) =>
    lane.push({
      ...parcel(values, () => done.push(name)),
      isStale: stale,
      dropped: () => done.push(`${name} dropped`),
    })
  let revoked = false
  push('first', ['a', 'too large', 'much too large'])
  push('revoked', ['large, too'], () => revoked)
  await settle()
  push('later', ['b'])
  await settle()
  assert.deepEqual(done, ['later'])
  const held = {
    cause: 'too_large',
    to_topic: 'out',
    topic: 'raw',
    partition: 1,
    offset: 41,
    bytes: 9,
    messages: 2,
  }
  assert.deepEqual(lane.held, held)
  assert.deepEqual(
    ports.lines.map(({ level, fields }) => [level, fields]),
    [
      ['error', { exporter: 'kafka', lane: 'dead_letter', ...held }],
      [
        'error',
        { exporter: 'kafka', lane: 'dead_letter', ...held, offset: 40, bytes: 10, messages: 1 },
      ],
    ],
  )

  revoked = true
  limit = 10
  await ports.clock.advance(5_000)
  assert.deepEqual(done, ['later', 'revoked dropped'])
  limit = 100
  await ports.clock.advance(5_000)
  assert.deepEqual(done, ['later', 'revoked dropped', 'first'])
  assert.deepEqual(sent.slice(2), [['too large', 'much too large'], ['much too large']])
  assert.equal(lane.holding, false)
  assert.equal(ports.lines.at(-1)?.message, 'the broker takes batches again')
})

test('a batch that is held names its first message once', async () => {
  const ports = testPorts()
  const retry: ExportResult = { type: 'retryable', after_ms: 0, cause: new Error('no leader') }
  const { producer } = scripted([retry, retry, retry])
  const lane = createLane(
    {
      exporter: 'kafka',
      name: 'output',
      request_bytes_max: 1000,
      retry_initial_ms: 100,
      retry_max_ms: 400,
      holds_rejected: false,
    },
    producer,
    ports,
  )
  lane.push(parcel(['four', 'x'], () => {}))
  await ports.clock.advance(250)
  const held = {
    cause: 'no leader',
    to_topic: 'out',
    topic: 'raw',
    partition: 1,
    offset: 40,
    bytes: 4,
    messages: 2,
  }
  assert.deepEqual(lane.held, held)
  await ports.clock.advance(1_000)
  assert.deepEqual(
    ports.lines.map(({ level, fields }) => [level, fields]),
    [
      ['warn', { exporter: 'kafka', lane: 'output', ...held }],
      ['info', { exporter: 'kafka', lane: 'output' }],
    ],
  )
  assert.equal(lane.held, undefined)
})
