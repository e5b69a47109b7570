import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createMeter } from '#/telemetry/index.ts'
import { createGate, type Gate, type Ticket } from '#/worker/pipeline/gate.ts'

const P0 = { topic: 'raw', partition: 0 }
const P1 = { topic: 'raw', partition: 1 }
const published = (count: number) => ({ published: count, dead_lettered: 0, filtered: 0 })

function assignedGate(): Gate {
  const gate = createGate({ meter: createMeter() })
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
  const gate = createGate({ meter })
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

test('property: the equation holds at every scrape and no position passes an open message', () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('open' as const), count: fc.integer({ min: 1, max: 5 }) }),
    fc.record({ do: fc.constant('settle' as const), pick: fc.nat(), fate: fc.nat({ max: 2 }) }),
    fc.record({ do: fc.constant('rebalance' as const) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const meter = createMeter()
      const gate = createGate({ meter })
      let epoch = 1
      let next = 0
      gate.assign([P0], epoch)
      let open: Ticket[] = []
      for (const s of steps) {
        if (s.do === 'open') open.push(gate.open(P0, s.count, (next += s.count), epoch)!)
        else if (s.do === 'rebalance') {
          gate.revoke([P0])
          gate.assign([P0], (epoch += 1))
          open = []
        } else if (open.length > 0) {
          const ticket = open[s.pick % open.length]!
          const fate = (['published', 'dead_lettered', 'filtered'] as const)[s.fate]!
          gate.settle(ticket, { published: 0, dead_lettered: 0, filtered: 0, [fate]: 1 })
          open = open.filter((t) => t.open > 0)
        }
        const first_open = open[0]
        const position = gate.takeCommits()?.positions[0]?.offset
        if (first_open && position !== undefined)
          assert.ok(position <= first_open.next_offset - first_open.open)
      }
      const labels = { topic: 'raw', partition: '0' }
      const value = (name: string) => meter.value(`whosecall_${name}`, labels)
      const parts = [
        'published_messages_total',
        'dead_lettered_messages_total',
        'filtered_messages_total',
        'released_messages_total',
        'in_flight_messages',
      ].map(value)
      assert.equal(
        value('consumed_messages_total'),
        parts.reduce((a, b) => a + b, 0),
      )
    }),
    { numRuns: 100 },
  )
})
