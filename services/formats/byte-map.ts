/**
 * A set of byte strings, numbered densely from 0 in the order they came: open addressing over hashes, the bytes copied
 * into one arena and compared exactly, so that a collision of hashes never merges two of them. Bounded in entries and in
 * bytes; when it is full it says so, and its owner clears it.
 */

export interface ByteMap {
  readonly entries_max: number
  readonly words_max: number
  size: number
  /** Hash and 1 + number, by slot. */
  slots: Int32Array
  /** By number: where its words start; one more for the end of the last. */
  starts: Int32Array
  arena: Int32Array
  is_full: boolean
}

export interface ByteMapLimits {
  readonly entries_max: number
  readonly arena_bytes_max: number
}

const SLOTS_START = 1024

export function createByteMap(limits: ByteMapLimits): ByteMap {
  return {
    entries_max: limits.entries_max,
    words_max: limits.arena_bytes_max >> 2,
    size: 0,
    slots: new Int32Array(SLOTS_START * 2),
    starts: new Int32Array(SLOTS_START),
    arena: new Int32Array(SLOTS_START * 16),
    is_full: false,
  }
}

export function clearByteMap(map: ByteMap): void {
  map.size = 0
  map.slots.fill(0)
  map.starts[0] = 0
  map.is_full = false
}

/** The number of `words[0, count)`, which it gets if it has none; -1 when there is no room for it. */
export function numberOf(map: ByteMap, words: Int32Array, count: number): number {
  const hash = hashWords(words, count)
  const slots = map.slots
  const mask = slots.length - 2
  let slot = (hash << 1) & mask
  for (;;) {
    const entry = slots[slot + 1]!
    if (entry === 0) break
    if (slots[slot] === hash && equalsWords(map, entry - 1, words, count)) return entry - 1
    slot = (slot + 2) & mask
  }
  return add(map, words, count, hash)
}

function add(map: ByteMap, words: Int32Array, count: number, hash: number): number {
  const start = map.starts[map.size]!
  if (map.size >= map.entries_max || start + count > map.words_max) {
    map.is_full = true
    return -1
  }
  if (map.size * 4 + 4 > map.slots.length) growSlots(map)
  while (start + count > map.arena.length) map.arena = doubled(map.arena)
  if (map.size + 2 > map.starts.length) map.starts = doubled(map.starts)
  map.arena.set(words.subarray(0, count), start)
  const number = map.size++
  map.starts[map.size] = start + count
  place(map.slots, hash, number)
  return number
}

function place(slots: Int32Array, hash: number, number: number): void {
  const mask = slots.length - 2
  let slot = (hash << 1) & mask
  while (slots[slot + 1] !== 0) slot = (slot + 2) & mask
  slots[slot] = hash
  slots[slot + 1] = number + 1
}

function growSlots(map: ByteMap): void {
  const old = map.slots
  map.slots = new Int32Array(old.length * 2)
  for (let i = 0; i < old.length; i += 2) {
    if (old[i + 1] !== 0) place(map.slots, old[i]!, old[i + 1]! - 1)
  }
}

function doubled(array: Int32Array): Int32Array {
  const larger = new Int32Array(array.length * 2)
  larger.set(array)
  return larger
}

function equalsWords(map: ByteMap, number: number, words: Int32Array, count: number): boolean {
  const start = map.starts[number]!
  if (map.starts[number + 1]! - start !== count) return false
  const arena = map.arena
  let i = 0
  for (; i + 1 < count; i += 2) {
    if (((arena[start + i]! ^ words[i]!) | (arena[start + i + 1]! ^ words[i + 1]!)) !== 0)
      return false
  }
  return i === count || arena[start + i] === words[i]
}

/** Seeded anew in each process, so that nobody can prepare values that collide. */
const SEED = (Math.random() * 0x7fffffff) | 0
const SEED_2 = (Math.random() * 0x7fffffff) | 0

export function hashWords(words: Int32Array, count: number): number {
  let hash = SEED ^ count
  let other = SEED_2
  let i = 0
  // Two chains that do not wait for each other.
  for (; i + 1 < count; i += 2) {
    hash = Math.imul(hash ^ words[i]!, 0x5bd1e995)
    other = Math.imul(other ^ words[i + 1]!, 0x1b873593)
    hash ^= hash >>> 15
    other ^= other >>> 13
  }
  if (i < count) hash = Math.imul(hash ^ words[i]!, 0x5bd1e995)
  hash ^= Math.imul(other, 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0x5bd1e995)
  return hash ^ (hash >>> 15)
}
