import assert from 'node:assert/strict'
import { test } from 'node:test'

import { settle } from '../../support/fake-clock.ts'
import { apiKey } from '../../support/owners.ts'
import {
  askOne,
  HARD_MS,
  KEY,
  NEGATIVE_MS,
  ownerOf,
  setUp,
  SOFT_MS,
  STALE_MS,
} from '../../support/tiered-owners.ts'

test('memory does not know a key before it was looked up, and answers synchronously afterwards', async () => {
  const { owners, directory, clock } = setUp()
  directory.owners.set(KEY.value, 'team:a')
  assert.equal(owners.peek(KEY), undefined)
  const answer = await askOne(owners)
  assert.equal(answer.state, 'fresh')
  assert.equal(ownerOf(answer), 'team:a')
  assert.equal(answer.good_until_ms, clock.now() + SOFT_MS)
  assert.equal(answer.revision, 'r1')
  assert.equal(owners.peek(KEY), answer)
})

test('one call per tier answers a whole batch, in order, and a repeated key once', async () => {
  const { owners, directory, shared } = setUp()
  for (const id of ['a', 'b', 'c']) directory.owners.set(apiKey(id).value, `team:${id}`)
  const keys = ['c', 'a', 'x', 'b', 'a'].map(apiKey)
  const answers = await owners.lookup(keys)
  assert.deepEqual(answers.map(ownerOf), ['team:c', 'team:a', undefined, 'team:b', 'team:a'])
  assert.equal(answers[2]?.state, 'negative')
  const asked = ['c', 'a', 'x', 'b'].map((id) => apiKey(id).value)
  assert.deepEqual(shared.calls, [asked])
  assert.deepEqual(directory.calls, [asked])
})

test('lookups of one key at the same time share one flight', async () => {
  const { owners, directory } = setUp()
  directory.owners.set(KEY.value, 'team:a')
  const { promise, resolve } = Promise.withResolvers<void>()
  directory.gate = promise
  const both = Promise.all([askOne(owners), askOne(owners)])
  await settle()
  const third = askOne(owners)
  resolve()
  const answers = [...(await both), await third]
  assert.deepEqual(answers.map(ownerOf), ['team:a', 'team:a', 'team:a'])
  assert.equal(directory.calls.length, 1)
})

test('after the soft TTL the old answer serves at once and is refreshed once behind', async () => {
  const { owners, directory, clock } = setUp()
  directory.owners.set(KEY.value, 'team:a')
  await askOne(owners)
  directory.owners.set(KEY.value, 'team:b')
  await clock.advance(SOFT_MS - 1)
  assert.equal(owners.peek(KEY)?.state, 'fresh')
  await clock.advance(1)
  const stale = owners.peek(KEY)
  assert.equal(stale?.state, 'stale')
  assert.equal(ownerOf(stale), 'team:a')
  assert.equal(stale?.good_until_ms, clock.now() + 1000)
  assert.equal(owners.peek(KEY)?.state, 'stale')
  await owners.idle()
  assert.equal(directory.calls.length, 2)
  const fresh = owners.peek(KEY)
  assert.equal(fresh?.state, 'fresh')
  assert.equal(ownerOf(fresh), 'team:b')
})

test('all keys that a batch finds stale are refreshed by one call', async () => {
  const { owners, directory, clock } = setUp()
  const keys = Array.from({ length: 50 }, (_, index) => apiKey(`k${index}`))
  for (const { value } of keys) directory.owners.set(value, 'team:a')
  await owners.lookup(keys)
  await clock.advance(SOFT_MS)
  for (const key of keys) owners.peek(key)
  await owners.idle()
  assert.deepEqual(
    directory.calls.map((call) => call.length),
    [50, 50],
  )
})

test('more stale keys than may wait for a refresh are left for later', async () => {
  const { owners, directory, clock, counts } = setUp({ cache: { refresh_keys_max: 3 } })
  const keys = Array.from({ length: 5 }, (_, index) => apiKey(`k${index}`))
  for (const { value } of keys) directory.owners.set(value, 'team:a')
  await owners.lookup(keys)
  await clock.advance(SOFT_MS)
  for (const key of keys) owners.peek(key)
  await owners.idle()
  assert.deepEqual(directory.calls.at(-1)?.length, 3)
  assert.equal(counts.limits.lookup_keys, 2)
  assert.equal(owners.peek(apiKey('k4'))?.state, 'stale')
  await owners.idle()
  assert.equal(owners.peek(apiKey('k4'))?.state, 'fresh')
})

test('a refresh that fails keeps the old answer and is not repeated before the pause is over', async () => {
  const { owners, directory, clock } = setUp()
  directory.owners.set(KEY.value, 'team:a')
  await askOne(owners)
  directory.is_down = true
  await clock.advance(SOFT_MS)
  owners.peek(KEY)
  await owners.idle()
  assert.equal(directory.calls.length, 2)
  assert.equal(owners.peek(KEY)?.state, 'stale')
  await owners.idle()
  assert.equal(directory.calls.length, 2)
  await clock.advance(1000)
  assert.equal(owners.peek(KEY)?.state, 'stale')
  await owners.idle()
  assert.equal(directory.calls.length, 3)
})

test('after the hard TTL the directory is asked first, and old knowledge serves only while it fails', async () => {
  const { owners, directory, shared, clock } = setUp()
  directory.owners.set(KEY.value, 'team:a')
  await askOne(owners)
  shared.values.clear()
  await clock.advance(HARD_MS)
  assert.equal(owners.peek(KEY), undefined)
  directory.is_down = true
  const answer = await askOne(owners)
  assert.equal(answer.state, 'stale')
  assert.equal(ownerOf(answer), 'team:a')
  // While it is known to fail, nobody waits for it again.
  assert.equal(owners.peek(KEY)?.state, 'stale')
  directory.is_down = false
  directory.owners.set(KEY.value, 'team:b')
  await clock.advance(1000)
  assert.equal(owners.peek(KEY), undefined)
  assert.equal(ownerOf(await askOne(owners)), 'team:b')
})

test('knowledge of the maximum age never serves', async () => {
  const { owners, directory, shared, clock } = setUp()
  directory.owners.set(KEY.value, 'team:a')
  await askOne(owners)
  directory.is_down = true
  await clock.advance(STALE_MS - 1)
  assert.equal((await askOne(owners)).state, 'stale')
  await clock.advance(1000)
  assert.equal(owners.peek(KEY), undefined)
  assert.equal((await askOne(owners)).state, 'unavailable')
  assert.equal(shared.values.has(KEY.value), true)
})

test('a failure is never remembered as an answer: nobody is blamed, and the key is asked for again', async () => {
  const { owners, directory, clock } = setUp()
  directory.is_down = true
  const answer = await askOne(owners)
  assert.deepEqual(answer, { state: 'unavailable', bindings: [], good_until_ms: clock.now() })
  assert.equal(owners.peek(KEY), undefined)
  directory.is_down = false
  directory.owners.set(KEY.value, 'team:a')
  assert.equal((await askOne(owners)).state, 'unavailable')
  assert.equal(directory.calls.length, 1)
  await clock.advance(1000)
  assert.equal(ownerOf(await askOne(owners)), 'team:a')
})

test('a key that fails alone leaves its neighbours alone', async () => {
  const { owners, directory } = setUp()
  directory.owners.set(KEY.value, 'team:a')
  directory.broken.add(apiKey('broken').value)
  const answers = await owners.lookup([apiKey('broken'), KEY, apiKey('nobody')])
  assert.deepEqual(
    answers.map(({ state }) => state),
    ['unavailable', 'fresh', 'negative'],
  )
})

test('what the directory does not know is remembered for its own, shorter TTL', async () => {
  const { owners, directory, clock } = setUp()
  const answer = await askOne(owners)
  assert.equal(answer.state, 'negative')
  assert.equal(answer.good_until_ms, clock.now() + NEGATIVE_MS)
  directory.owners.set(KEY.value, 'team:a')
  await clock.advance(NEGATIVE_MS - 1)
  assert.equal(owners.peek(KEY)?.state, 'negative')
  await clock.advance(1)
  assert.equal(owners.peek(KEY), undefined)
  assert.equal((await askOne(owners)).state, 'fresh')
})

test('an old "does not know it" never serves while the directory fails', async () => {
  const { owners, directory, clock } = setUp()
  assert.equal((await askOne(owners)).state, 'negative')
  directory.is_down = true
  await clock.advance(NEGATIVE_MS)
  assert.equal((await askOne(owners)).state, 'unavailable')
})

test('the directory may shorten a TTL and never lengthen it', async () => {
  const { owners, directory, clock } = setUp()
  directory.owners.set(KEY.value, 'team:a')
  directory.ttl_ms = 5000
  assert.equal((await askOne(owners)).good_until_ms, clock.now() + 5000)
  directory.ttl_ms = 10 * SOFT_MS
  const other_key = apiKey('k2')
  directory.owners.set(other_key.value, 'team:b')
  assert.equal((await askOne(owners, other_key)).good_until_ms, clock.now() + SOFT_MS)
})

test('jitter shortens TTLs by up to its ratio and never lengthens them', async () => {
  for (const [drawn, share] of [
    [0, 1],
    [0.5, 0.9],
    [0.999_999, 0.8],
  ] as const) {
    const { owners, directory, clock } = setUp({
      cache: { jitter_ratio: 0.2 },
      random: () => drawn,
    })
    directory.owners.set(KEY.value, 'team:a')
    const answer = await askOne(owners)
    assert.equal(answer.good_until_ms - clock.now(), Math.round(SOFT_MS * share))
    const negative = await askOne(owners, apiKey('nobody'))
    assert.equal(negative.good_until_ms - clock.now(), Math.round(NEGATIVE_MS * share))
  }
})

test('memory holds no more identities of a kind than it may', async () => {
  const { owners, directory } = setUp({ cache: { entries_max: 100 } })
  const keys = Array.from({ length: 150 }, (_, index) => apiKey(`k${index}`))
  for (const { value } of keys) directory.owners.set(value, 'team:a')
  await owners.lookup(keys)
  assert.equal(owners.entries, 100)
  assert.equal(owners.peek(apiKey('k0')), undefined)
  assert.equal(owners.peek(apiKey('k149'))?.state, 'fresh')
})

test('made-up identities push out other negatives and never an owner', async () => {
  const { owners, directory, counts } = setUp({ cache: { entries_max: 100 } })
  directory.owners.set(KEY.value, 'team:a')
  await askOne(owners)
  const made_up = Array.from({ length: 500 }, (_, index) => apiKey(`made-up-${index}`))
  await owners.lookup(made_up)
  assert.equal(owners.peek(KEY)?.state, 'fresh')
  assert.equal(owners.entries, 1 + 25)
  assert.equal(counts.limits.owner_cache_entries, 475)
})

test('a key that becomes known leaves its negative behind, and the other way round', async () => {
  const { owners, directory, clock } = setUp()
  await askOne(owners)
  directory.owners.set(KEY.value, 'team:a')
  await clock.advance(NEGATIVE_MS)
  await askOne(owners)
  assert.equal(owners.entries, 1)
  directory.owners.delete(KEY.value)
  await clock.advance(SOFT_MS)
  owners.peek(KEY)
  await owners.idle()
  assert.equal(owners.peek(KEY)?.state, 'negative')
  assert.equal(owners.entries, 1)
})

test('a key that no row can have is not asked for, and does not spoil its batch', async () => {
  const { owners, directory, shared } = setUp()
  directory.owners.set(KEY.value, 'team:a')
  const answers = await owners.lookup([
    apiKey('x'.repeat(5000)),
    KEY,
    apiKey('half a character: \ud800'),
    apiKey('☃'.repeat(4000)),
  ])
  assert.deepEqual(
    answers.map(({ state }) => state),
    ['negative', 'fresh', 'negative', 'negative'],
  )
  const asked = [KEY.value, apiKey('☃'.repeat(4000)).value]
  assert.deepEqual([shared.calls, directory.calls], [[asked], [asked]])
})

test('equal values of two kinds are two keys', async () => {
  const { owners, directory } = setUp()
  const team = { kind: 'team', value: 'x' } as const
  directory.owners.set('x', 'team:x')
  await askOne(owners, team)
  assert.equal(owners.peek({ kind: 'application', value: 'x' }), undefined)
  assert.equal(ownerOf(owners.peek(team)), 'team:x')
})

test('a stopped lookup answers from memory and asks nobody', async () => {
  const { owners, directory, clock } = setUp()
  directory.owners.set(KEY.value, 'team:a')
  await askOne(owners)
  owners.stop()
  assert.equal((await askOne(owners)).state, 'fresh')
  assert.equal((await askOne(owners, apiKey('k2'))).state, 'unavailable')
  await clock.advance(SOFT_MS)
  assert.equal(owners.peek(KEY)?.state, 'stale')
  await owners.idle()
  assert.equal(directory.calls.length, 1)
})

test('a tier that breaks its promise and rejects leaves its keys unavailable, not waiting', async () => {
  const { owners, directory, lines } = setUp()
  directory.ask = () => Promise.reject(new Error('a bug'))
  assert.equal((await askOne(owners)).state, 'unavailable')
  assert.deepEqual(
    lines.map(({ level }) => level),
    ['error'],
  )
})

test('each access counts once, by tier and state, and the meter is told at the scrape', async () => {
  const { owners, directory, clock, meter, counts } = setUp()
  directory.owners.set(KEY.value, 'team:a')
  owners.peek(KEY)
  await owners.lookup([KEY])
  owners.peek(KEY)
  owners.peek(KEY)
  await clock.advance(SOFT_MS)
  owners.peek(KEY)
  await owners.idle()
  const read = (tier: string, state: string) =>
    meter.value('whosecall_lookups_total', { tier, state })
  assert.equal(read('memory', 'fresh'), 0)
  counts.flush()
  assert.equal(read('memory', 'miss'), 1)
  assert.equal(read('memory', 'fresh'), 2)
  assert.equal(read('memory', 'stale'), 1)
  assert.equal(read('redis', 'stale'), 1)
  counts.flush()
  assert.equal(read('memory', 'fresh'), 2)
})
