import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keyText } from '#/core/keys.ts'
import type { Answer, Key, Owners } from '#/core/owners.ts'
import type { OutgoingMessage, Run } from '#/core/run.ts'
import { createFormat } from '#/formats/index.ts'
import { createGate } from '#/worker/pipeline/gate.ts'
import { createIntake } from '#/worker/pipeline/intake.ts'
import { createLabels } from '#/worker/pipeline/labels.ts'
import { createLag } from '#/worker/pipeline/lag.ts'
import type { Lane } from '#/worker/pipeline/lane.ts'
import { createQuota } from '#/worker/pipeline/quota.ts'
import { createTally } from '#/worker/pipeline/tally.ts'
import type { Batch } from '#/worker/processors/processor.ts'
import { testPorts } from '../../support/owners.ts'

const P0 = { topic: 'raw', partition: 0 }

/** An intake whose only processor is `processor`; what it publishes is in `sent`. */
function intakeWith(processor: (batch: Batch) => readonly Key[]) {
  const ports = testPorts()
  const looked_up: string[][] = []
  const sent: OutgoingMessage[] = []
  const failures: unknown[] = []
  const lane: Lane = {
    push(parcel) {
      sent.push(...parcel.messages)
      parcel.done([])
    },
    holding: false,
    drain: () => Promise.resolve(),
    close: () => 0,
  }
  const owners: Owners = {
    peek: () => undefined,
    lookup(keys) {
      looked_up.push(keys.map(keyText))
      const negative: Answer = { state: 'negative', bindings: [], good_until_ms: Infinity }
      return Promise.resolve(keys.map(() => negative))
    },
    epoch: 0,
  }
  const format = createFormat('json', {
    fields: [],
    depth_max: 128,
    message_bytes_max: 1_000_000,
    events_max: 1_000,
  })
  const intake = createIntake(
    {
      origin: 'test',
      lanes: [
        {
          format,
          processors: [processor],
          labels: createLabels('application/json'),
          outlets: [{}],
        },
      ],
      laneOf: () => 0,
      drop_non_calls: false,
      partition_bytes_max: Infinity,
      owners,
      redrive_topic: undefined,
      outputs: [{ topic: 'out', partitions: 1, lane }],
      dead_letter: { topic: 'dead', partitions: 1, lane },
    },
    {
      ...ports,
      gate: createGate(ports),
      quota: createQuota({ total_bytes_max: Infinity }),
      tally: createTally(ports),
      lag: createLag(ports),
      onFailure: (error) => failures.push(error),
      onProgress() {},
      onRevoking() {},
    },
  )
  intake.onAssigned([P0], 1)
  return { intake, ports, looked_up, sent, failures }
}

function runOf(value: string): Run {
  const bytes = Buffer.from(value)
  const none = Int32Array.of(-1)
  return {
    ...P0,
    count: 1,
    bytes,
    offsets: Float64Array.of(0),
    timestamps: Float64Array.of(0),
    value_starts: Int32Array.of(0),
    value_ends: Int32Array.of(bytes.length),
    key_starts: none,
    key_ends: none,
    headers: [],
    release() {},
  }
}

const keyNumber = (n: number): Key => ({ kind: 'user', value: `system|u-${n}` })

test('a batch that needs ever more lookups ends with the keys that are left unavailable', async () => {
  const needed = Array.from({ length: 100 }, (_, n) => keyNumber(n))
  let states: (string | undefined)[] = []
  const { intake, ports, looked_up, sent, failures } = intakeWith((batch) => {
    states = needed.map((key) => batch.answers.get(keyText(key))?.state)
    const next = states.indexOf(undefined)
    return next < 0 ? [] : [needed[next]!]
  })
  await intake.onRun(runOf('{}'), 1)
  assert.deepEqual(failures, [])
  assert.equal(sent.length, 1)
  assert.equal(looked_up.length, 64)
  assert.deepEqual(states, [...Array(64).fill('negative'), ...Array(36).fill('unavailable')])
  const limit = { limit: 'lookup_rounds' }
  assert.equal(ports.meter.value('whosecall_limits_hit_total', limit), 1)
  assert.deepEqual(
    ports.lines.map(({ level, fields }) => [level, fields]),
    [['warn', { keys: 1, rounds: 64 }]],
  )
})

test('what one batch had to give up is asked for anew in the next', async () => {
  const { intake, looked_up } = intakeWith((batch) => {
    const open = Array.from({ length: 70 }, (_, n) => keyNumber(n))
    return open.filter((key) => batch.answers.get(keyText(key)) === undefined).slice(0, 1)
  })
  await intake.onRun(runOf('{}'), 1)
  await intake.onRun(runOf('{}'), 1)
  assert.deepEqual(looked_up.slice(64), looked_up.slice(0, 64))
})

test('a processor that does not take its answers is a bug, and the worker says so', async () => {
  const { intake, failures, sent } = intakeWith(() => [keyNumber(1)])
  await assert.rejects(intake.onRun(runOf('{}'), 1), /keys that it was given/)
  assert.equal(failures.length, 1)
  assert.equal(sent.length, 0)
})
