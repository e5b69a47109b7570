import assert from 'node:assert/strict'
import { test } from 'node:test'
import { editDistance, nearest } from '#/core/nearest.ts'

const keys = ['brokers', 'group_id', 'initial_offset', 'logs', 'tls', 'topics']

test('The nearest word is one slip away.', () => {
  const found = ['brokrs', 'borkers', 'groupId', 'group-id', 'intial_offset', 'log', 'topic', 'tsl']
  assert.deepEqual(
    found.map((word) => nearest(word, keys)),
    ['brokers', 'brokers', 'group_id', 'group_id', 'initial_offset', 'logs', 'topics', 'tls'],
  )
})

test('The beginning of one word only is near.', () => {
  assert.equal(nearest('initial', keys), 'initial_offset')
  assert.equal(nearest('t', keys), undefined)
  assert.equal(nearest('queue', ['queue_bytes', 'queue_items']), undefined)
})

test('Nothing is near what is far, or too long to be a slip.', () => {
  assert.equal(nearest('nonsense', keys), undefined)
  assert.equal(nearest('x'.repeat(10_000), ['x'.repeat(10_001)]), undefined)
})

test('Distance counts insertions, deletions, replacements and swaps.', () => {
  const pairs = [
    ['', 'abc', 3],
    ['abc', 'abc', 0],
    ['abc', 'acb', 1],
    ['kitten', 'sitting', 3],
  ] as const
  for (const [left, right, distance] of pairs) assert.equal(editDistance(left, right), distance)
})
