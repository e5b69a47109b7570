import assert from 'node:assert/strict'
import test from 'node:test'
import type { PartitionCondition } from '#/core/words.ts'
import {
  conditionOf,
  WINDOW_OBSERVATIONS,
  type Observation,
} from '#/worker/pipeline/partition-condition.ts'

const INTERVAL_MS = 6_000
const END_MS = (WINDOW_OBSERVATIONS - 1) * INTERVAL_MS

interface Case {
  readonly what: string
  readonly positions: readonly number[]
  readonly ends: readonly number[]
  /** How long ago something was read or in work. */
  readonly quiet_ms?: number
  readonly is: PartitionCondition
}

const ten = (of: (index: number) => number) => Array.from({ length: 10 }, (_, index) => of(index))

const CASES: readonly Case[] = [
  { what: 'nothing was observed yet', positions: [], ends: [], is: 'ok' },
  {
    what: 'a large lag that shrinks',
    positions: ten((i) => i * 100),
    ends: ten((i) => 5_000 + i),
    is: 'ok',
  },
  { what: 'caught up and still', positions: ten(() => 7), ends: ten(() => 7), is: 'ok' },
  {
    what: 'caught up once within the window',
    positions: ten(() => 7),
    ends: ten((i) => (i === 4 ? 7 : 9)),
    is: 'ok',
  },
  {
    what: 'moving, and the lag grows',
    positions: ten((i) => i),
    ends: ten((i) => 100 + 2 * i),
    is: 'warn',
  },
  { what: 'in work without an end', positions: ten(() => 7), ends: ten(() => 9), is: 'stall' },
  {
    what: 'not read for longer than the window',
    positions: ten(() => 7),
    ends: ten(() => 9),
    quiet_ms: END_MS + 1,
    is: 'stop',
  },
  {
    what: 'not read for exactly the window',
    positions: ten(() => 7),
    ends: ten(() => 9),
    quiet_ms: END_MS,
    is: 'stall',
  },
  {
    what: 'gone back',
    positions: ten((i) => (i < 9 ? 50 + i : 20)),
    ends: ten(() => 99),
    is: 'rewind',
  },
  {
    what: 'gone back and recovered',
    positions: ten((i) => (i === 5 ? 20 : 50 + i)),
    ends: ten(() => 99),
    is: 'ok',
  },
  {
    what: 'gone back to the end of a log that was made anew',
    positions: ten((i) => (i < 9 ? 50 : 3)),
    ends: ten((i) => (i < 9 ? 99 : 3)),
    is: 'ok',
  },
  {
    what: 'a window that is not full',
    positions: ten(() => 7).slice(1),
    ends: ten(() => 9).slice(1),
    is: 'ok',
  },
]

for (const { what, positions, ends, quiet_ms = 0, is } of CASES)
  test(`A partition that is ${what} is ${is}.`, () => {
    const window: readonly Observation[] = positions.map((position, index) => ({
      at_ms: index * INTERVAL_MS,
      position,
      lag: ends[index]! - position,
    }))
    assert.equal(conditionOf(window, END_MS - quiet_ms, END_MS), is)
  })
