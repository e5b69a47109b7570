import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clearByteMap, createByteMap, hashWords, numberOf } from '#/formats/byte-map.ts'

/** Two different pairs of words with the same hash: among so many, some collide. */
function collidingPair(): readonly [Int32Array, Int32Array] {
  const seen = new Map<number, Int32Array>()
  for (let i = 0; ; i++) {
    const words = Int32Array.of(i, Math.imul(i, 0x9e3779b1))
    const hash = hashWords(words, 2)
    const other = seen.get(hash)
    if (other !== undefined) return [other, words]
    seen.set(hash, words)
  }
}

test('words with equal hashes have numbers of their own', () => {
  const map = createByteMap({ entries_max: 100, arena_bytes_max: 4096 })
  const [one, other] = collidingPair()
  assert.equal(hashWords(one, 2), hashWords(other, 2))
  assert.deepEqual(
    [one, other, one, other].map((words) => numberOf(map, words, 2)),
    [0, 1, 0, 1],
  )
})

test('equal words have equal numbers while the table grows', () => {
  const map = createByteMap({ entries_max: 20_000, arena_bytes_max: 1 << 20 })
  const numberOfPair = (i: number) => numberOf(map, Int32Array.of(i, -i, 7), i % 2 === 0 ? 2 : 3)
  for (let i = 0; i < 5_000; i++) assert.equal(numberOfPair(i), i)
  for (let i = 0; i < 5_000; i++) assert.equal(numberOfPair(i), i)
})

test('a full table says so, keeps what it has, and is empty once cleared', () => {
  const map = createByteMap({ entries_max: 2, arena_bytes_max: 4096 })
  const numbers = [1, 2, 3, 1].map((word) => numberOf(map, Int32Array.of(word), 1))
  assert.deepEqual(numbers, [0, 1, -1, 0])
  assert.equal(map.is_full, true)
  clearByteMap(map)
  assert.equal(map.is_full, false)
  assert.equal(numberOf(map, Int32Array.of(3), 1), 0)
})
