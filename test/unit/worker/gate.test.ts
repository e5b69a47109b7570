import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createMeter } from '#/telemetry/index.ts'
import { createGate, type Gate, type Ticket } from '#/worker/pipeline/gate.ts'
import { createFakeClock } from '../../support/fake-clock.ts'

const clock = createFakeClock()
const P0 = { topic: 'raw', partition: 0 }
const P1 = { topic: 'raw', partition: 1 }
const published = (count: number) => ({ published: count, dead_lettered: 0, filtered: 0 })

function assignedGate(): Gate {
  const gate = createGate({ meter: createMeter(), clock })
  gate.assign([P0, P1], 1)
  return gate
}

test('a position moves only when every message below it has its fate', () => {
  const gate = assignedGate()
  const first = gate.open(P0, 2, 12, 1)!
  const second = gate.open(P0, 3, 20, 1)!
  gate.settle(second, published(3))
  assert.equal(gate.takeCommits(), undefined)
  gate.settle(first, published(1))
  assert.equal(gate.takeCommits(), undefined)
  gate.settle(first, { published: 0, dead_lettered: 1, filtered: 0 })
  assert.deepEqual(gate.takeCommits(), { epoch: 1, positions: [{ ...P0, offset: 20 }] })
  assert.equal(gate.takeCommits(), undefined)
})

test('a position moves part by part, while the rest of the run is open', () => {
  const gate = assignedGate()
  const run = gate.open(P0, 5, 40, 1)!
  const first = gate.takePart(run, 2, 12)
  const second = gate.takePart(run, 1, 31)
  gate.settle(second, published(1))
  assert.equal(gate.takeCommits(), undefined)
  gate.settle(first, published(2))
  assert.deepEqual(gate.takeCommits()?.positions, [{ ...P0, offset: 31 }])
  assert.equal(gate.in_flight, 2)
  gate.settle(gate.takePart(run, 2, 40), published(2))
  assert.deepEqual(gate.takeCommits()?.positions, [{ ...P0, offset: 40 }])
})

test('what comes after a run waits for the parts that nobody has taken yet', () => {
  const gate = assignedGate()
  const run = gate.open(P0, 3, 3, 1)!
  gate.skip(P0, 9, 1)
  gate.settle(gate.takePart(run, 1, 1), published(1))
  assert.deepEqual(gate.takeCommits()?.positions, [{ ...P0, offset: 1 }])
  gate.settle(gate.takePart(run, 2, 3), published(2))
  assert.deepEqual(gate.takeCommits()?.positions, [{ ...P0, offset: 9 }])
})

test('a revoke releases the parts of a run and what is left of it', () => {
  const meter = createMeter()
  const gate = createGate({ meter, clock })
  gate.assign([P0], 1)
  const run = gate.open(P0, 5, 5, 1)!
  const first = gate.takePart(run, 2, 2)
  const second = gate.takePart(run, 1, 3)
  gate.settle(first, published(2))
  gate.revoke([P0])
  gate.settle(second, published(1))
  assert.deepEqual([second.released, run.released], [true, true])
  const labels = { topic: 'raw', partition: '0' }
  assert.equal(meter.value('whosecall_released_messages_total', labels), 3)
  assert.equal(meter.value('whosecall_published_messages_total', labels), 2)
})

test('a part that is larger than what is left of its run is a bug and throws', () => {
  const gate = assignedGate()
  const run = gate.open(P0, 2, 2, 1)!
  gate.takePart(run, 1, 1)
  assert.throws(() => gate.takePart(run, 2, 3), /larger/)
})

test('an empty stretch of the log moves the position over it, after what came before', () => {
  const gate = assignedGate()
  gate.skip(P1, 7, 1)
  assert.deepEqual(gate.takeCommits()?.positions, [{ ...P1, offset: 7 }])
  const run = gate.open(P0, 1, 5, 1)!
  gate.skip(P0, 9, 1)
  assert.equal(gate.takeCommits(), undefined)
  gate.settle(run, published(1))
  assert.deepEqual(gate.takeCommits()?.positions, [{ ...P0, offset: 9 }])
})

test('fates that arrive after a revoke change nothing', () => {
  const meter = createMeter()
  const gate = createGate({ meter, clock })
  gate.assign([P0], 1)
  const run = gate.open(P0, 4, 4, 1)!
  gate.settle(run, published(1))
  gate.revoke([P0])
  assert.equal(run.released, true)
  gate.settle(run, published(3))
  assert.equal(gate.takeCommits(), undefined)
  const labels = { topic: 'raw', partition: '0' }
  assert.equal(meter.value('whosecall_released_messages_total', labels), 3)
  assert.equal(meter.value('whosecall_published_messages_total', labels), 1)
})

test('a run of an old epoch is not opened', () => {
  const gate = assignedGate()
  gate.assign([P0], 2)
  assert.equal(gate.open(P0, 1, 1, 1), undefined)
})

test('positions of a failed commit are offered again', () => {
  const gate = assignedGate()
  gate.settle(gate.open(P0, 1, 1, 1)!, published(1))
  const commits = gate.takeCommits()!
  gate.returnCommits(commits)
  assert.deepEqual(gate.takeCommits(), commits)
})

test('a message with two fates is a bug and throws', () => {
  const gate = assignedGate()
  const run = gate.open(P0, 1, 1, 1)!
  assert.throws(() => gate.settle(run, published(2)), /two fates/)
})

test('what is settled behind a message without a fate is kept as one', () => {
  const gate = assignedGate()
  const first = gate.open(P0, 1, 1, 1)!
  for (let next = 2; next < 1_000; next += 2) {
    const run = gate.open(P0, 2, next + 2, 1)!
    const parts = [gate.takePart(run, 1, next + 1), gate.takePart(run, 1, next + 2)]
    for (const part of next % 4 === 0 ? parts : parts.toReversed()) gate.settle(part, published(1))
  }
  assert.ok(gate.tickets <= 3, `${gate.tickets} tickets`)
  assert.equal(gate.takeCommits(), undefined)
  gate.settle(first, published(1))
  assert.deepEqual(gate.takeCommits()?.positions, [{ ...P0, offset: 1_000 }])
  assert.equal(gate.tickets, 0)
})

test('each partition has its own progress: fates, skipped offsets and work that comes in count', async () => {
  const gate = assignedGate()
  const start_ms = clock.now()
  const progress = () => gate.assigned().map(({ progress_ms }) => progress_ms - start_ms)
  await clock.advance(1_000)
  const run = gate.open(P0, 3, 3, 1)!
  assert.deepEqual(progress(), [1_000, 0])
  await clock.advance(1_000)
  gate.open(P0, 1, 4, 1)
  gate.settle(run, published(0))
  assert.deepEqual(progress(), [1_000, 0], 'more work is no progress')
  gate.settle(run, published(1))
  assert.deepEqual(progress(), [2_000, 0])
  await clock.advance(1_000)
  gate.skip(P1, 9, 1)
  assert.deepEqual(progress(), [2_000, 3_000])
  assert.deepEqual(
    gate.assigned().map(({ in_flight }) => in_flight),
    [3, 0],
  )
})

/** A message of the model: its offset, and whether it has its fate. */
interface ModelMessage {
  readonly offset: number
  open: boolean
}

/** A ticket of the gate beside the messages that it stands for. */
interface ModelTicket {
  readonly ticket: Ticket
  readonly messages: readonly ModelMessage[]
}

test('property: the equation holds at every scrape and the position is that of the model', () => {
  const step = fc.oneof(
    fc.record({
      do: fc.constant('open' as const),
      gaps: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 6 }),
      skip: fc.boolean(),
    }),
    fc.record({ do: fc.constant('take' as const), pick: fc.nat(), count: fc.nat({ max: 3 }) }),
    fc.record({ do: fc.constant('settle' as const), pick: fc.nat(), fate: fc.nat({ max: 2 }) }),
    fc.record({ do: fc.constant('rebalance' as const) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const meter = createMeter()
      const gate = createGate({ meter, clock })
      let epoch = 1
      let next = 0
      gate.assign([P0], epoch)
      let log: ModelMessage[] = []
      /** Messages that no part was taken for yet, by run. */
      let rests: { readonly run: Ticket; messages: ModelMessage[] }[] = []
      let parts: ModelTicket[] = []
      let position: number | undefined
      for (const s of steps) {
        if (s.do === 'open') {
          const messages = s.gaps.map((gap) => ({ offset: (next += gap), open: true }))
          rests.push({ run: gate.open(P0, messages.length, (next += 1), epoch)!, messages })
          log.push(...messages)
          if (s.skip) gate.skip(P0, (next += 1), epoch)
        } else if (s.do === 'take' && rests.length > 0) {
          const rest = rests[s.pick % rests.length]!
          const messages = rest.messages.splice(0, s.count + 1)
          const next_offset = messages.at(-1)!.offset + 1
          parts.push({ ticket: gate.takePart(rest.run, messages.length, next_offset), messages })
          rests = rests.filter((r) => r.messages.length > 0)
        } else if (s.do === 'settle' && parts.length > 0) {
          const { ticket, messages } = parts[s.pick % parts.length]!
          const fate = (['published', 'dead_lettered', 'filtered'] as const)[s.fate]!
          gate.settle(ticket, { published: 0, dead_lettered: 0, filtered: 0, [fate]: 1 })
          messages.find((m) => m.open)!.open = false
          parts = parts.filter((p) => p.ticket.open > 0)
        } else if (s.do === 'rebalance') {
          gate.revoke([P0])
          gate.assign([P0], (epoch += 1))
          log = []
          rests = []
          parts = []
          position = undefined
        }
        position = gate.takeCommits()?.positions[0]?.offset ?? position
        const below = log.filter((m) => m.offset < (position ?? 0))
        assert.ok(below.every((m) => !m.open))
        // Nothing that is settled with its whole part and all before it is held back.
        const stuck = log.find((m) => m.open) ?? { offset: Infinity }
        const ended = log.filter((m) => m.offset < stuck.offset && !isPartOpen(parts, m))
        for (const { offset } of ended) assert.ok(position !== undefined && position > offset)
      }
      const labels = { topic: 'raw', partition: '0' }
      const value = (name: string) => meter.value(`whosecall_${name}`, labels)
      const fates = [
        'published_messages_total',
        'dead_lettered_messages_total',
        'filtered_messages_total',
        'released_messages_total',
        'in_flight_messages',
      ].map(value)
      assert.equal(
        value('consumed_messages_total'),
        fates.reduce((a, b) => a + b, 0),
      )
    }),
    { numRuns: 200 },
  )
})

function isPartOpen(parts: readonly ModelTicket[], message: ModelMessage): boolean {
  return parts.some(({ messages }) => messages.includes(message))
}
