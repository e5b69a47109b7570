import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Commit } from '#/core/bus.ts'
import { createRedriveProgress } from '#/worker/pipeline/redrive-progress.ts'

const KINDS = ['0 a', '0 b', '5 a'] as const

interface Round {
  /** What this run can send. */
  readonly kinds: readonly string[]
  readonly refused: readonly number[]
  /** It ends after so many messages. */
  readonly reads_max: number
}

/** Reads from the commit as a run does; gives what was sent, what stays, and the next commit. */
function run(letters: readonly string[], committed: Pick<Commit, 'offset' | 'metadata'>, r: Round) {
  const progress = createRedriveProgress(committed, letters.length)
  const sent: number[] = []
  const stay: number[] = []
  let reads = 0
  for (let at = Math.max(0, committed.offset); at < letters.length; at += 1) {
    if (reads === r.reads_max) break
    const kind = letters[at]!
    if (progress.isOpen(at, kind)) {
      reads += 1
      const is_sent = r.kinds.includes(kind) && !r.refused.includes(at)
      if (is_sent) sent.push(at)
      else {
        stay.push(at)
        assert.ok(r.kinds.includes(kind) ? progress.refuse(at) : progress.stay(at, kind))
      }
    }
    progress.reach(at + 1)
  }
  return { sent, stay, committed: progress.toCommit() }
}

const rounds = fc.array(
  fc.record({
    kinds: fc.subarray([...KINDS]),
    refused: fc.uniqueArray(fc.integer({ min: 0, max: 29 }), { maxLength: 5 }),
    reads_max: fc.oneof(fc.constant(Infinity), fc.integer({ min: 0, max: 10 })),
  }),
  { maxLength: 8 },
)

test('whatever runs can send and wherever they end, every letter is sent once, and none is lost', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...KINDS), { minLength: 1, maxLength: 30 }),
      rounds,
      (letters, before) => {
        const sent: number[] = []
        let committed: Pick<Commit, 'offset' | 'metadata'> = { offset: -1 }
        const last = { kinds: KINDS, refused: [], reads_max: Infinity }
        for (const round of [...before, last]) {
          const result = run(letters, committed, round)
          sent.push(...result.sent)
          committed = result.committed
        }
        assert.deepEqual(
          sent.toSorted((a, b) => a - b),
          letters.map((_, at) => at),
        )
        assert.deepEqual(committed, { offset: letters.length })
      },
    ),
    { numRuns: 2_000 },
  )
})

test('what stays is found by every later run, and what was read again in one run is passed over', () => {
  const letters = ['0 a', '0 b', '0 a', '0 b']
  const some = { kinds: ['0 b'], refused: [3], reads_max: Infinity }
  const first = run(letters, { offset: -1 }, some)
  assert.deepEqual([first.sent, first.stay], [[1], [0, 2, 3]])
  assert.deepEqual(first.committed, {
    offset: 0,
    metadata: '{"next":4,"staying":{"0 a":0},"refused":[3]}',
  })
  const second = run(letters, first.committed, some)
  assert.deepEqual([second.sent, second.stay], [[], [0, 2, 3]])
  assert.deepEqual(second.committed, first.committed)
  const progress = createRedriveProgress(first.committed, 4)
  progress.reach(3)
  assert.equal(progress.isOpen(2, '0 a'), false)
})

test('an offset that somebody set counts as it stands, and one beyond the end is of another log', () => {
  for (const metadata of [undefined, '', 'null', '{}', '{"next":-1}', '{"next":2}', '{"next":']) {
    const progress = createRedriveProgress(
      { offset: 3, ...(metadata === undefined ? {} : { metadata }) },
      9,
    )
    assert.deepEqual(
      [2, 3].map((at) => progress.isOpen(at, '0 a')),
      [false, true],
      metadata,
    )
  }
  assert.equal(createRedriveProgress({ offset: 10 }, 9).isOpen(0, '0 a'), true)
})

test('what does not fit into the metadata of a commit is not taken for remembered', () => {
  const progress = createRedriveProgress({ offset: -1 }, 100_000)
  let remembered = 0
  while (progress.refuse(remembered * 50)) progress.reach((remembered += 1) * 50)
  assert.ok(remembered > 1_000, String(remembered))
  assert.ok((progress.toCommit().metadata?.length ?? 0) <= 4_000)
  assert.equal(progress.stay(remembered * 50, '0 a'), false)
  const again = createRedriveProgress(progress.toCommit(), 100_000)
  const open = Array.from({ length: remembered + 1 }, (_, i) => again.isOpen(i * 50, '0 a'))
  assert.equal(open.filter(Boolean).length, remembered + 1)
})
