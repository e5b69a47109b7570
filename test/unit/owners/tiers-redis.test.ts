import assert from 'node:assert/strict'
import { test } from 'node:test'

import { apiKey, bindingOf } from '../../support/owners.ts'
import {
  askOne,
  HARD_MS,
  KEY,
  ownerOf,
  setUp,
  SOFT_MS,
  STALE_MS,
} from '../../support/tiered-owners.ts'

test('a miss in Redis and a Redis that is down are never negative', async () => {
  const { owners, directory, shared, clock } = setUp()
  directory.is_down = true
  assert.equal((await askOne(owners)).state, 'unavailable')
  shared.is_down = true
  await clock.advance(1000)
  assert.equal((await askOne(owners)).state, 'unavailable')
  assert.equal(shared.calls.length, 2)
})

test('what the directory does not know is not written to Redis', async () => {
  const { owners, shared } = setUp()
  assert.equal((await askOne(owners)).state, 'negative')
  assert.equal(shared.values.size, 0)
})

test('a second worker finds in Redis what the first one asked for, and it is no younger there', async () => {
  const { owners, other, directory, shared, clock } = setUp()
  directory.owners.set(KEY.value, 'team:a')
  await askOne(owners)
  assert.equal(shared.ttls_ms.get(KEY.value), STALE_MS)
  const asked_ms = clock.now()
  await clock.advance(SOFT_MS - 10)
  const answer = await askOne(other)
  assert.equal(answer.state, 'fresh')
  assert.equal(answer.good_until_ms, asked_ms + SOFT_MS)
  assert.equal(directory.calls.length, 1)
})

test('an old value in Redis serves as stale and is refreshed behind', async () => {
  const { owners, other, directory, clock } = setUp()
  directory.owners.set(KEY.value, 'team:a')
  await askOne(owners)
  directory.owners.set(KEY.value, 'team:b')
  await clock.advance(SOFT_MS)
  const answer = await askOne(other)
  assert.equal(answer.state, 'stale')
  assert.equal(ownerOf(answer), 'team:a')
  await other.idle()
  assert.equal(ownerOf(other.peek(KEY)), 'team:b')
})

test('a value in Redis beyond the hard TTL serves only if the directory fails', async () => {
  const { owners, other, directory, clock } = setUp()
  directory.owners.set(KEY.value, 'team:a')
  await askOne(owners)
  await clock.advance(HARD_MS)
  directory.is_down = true
  const answer = await askOne(other)
  assert.equal(answer.state, 'stale')
  assert.equal(ownerOf(answer), 'team:a')
  directory.is_down = false
  directory.owners.set(KEY.value, 'team:b')
  await clock.advance(1000)
  assert.equal(ownerOf(await askOne(other)), 'team:b')
})

test('a refresh takes what another worker has already refreshed', async () => {
  const { owners, other, directory, clock } = setUp()
  directory.owners.set(KEY.value, 'team:a')
  await owners.lookup([KEY])
  await other.lookup([KEY])
  await clock.advance(SOFT_MS)
  owners.peek(KEY)
  await owners.idle()
  other.peek(KEY)
  await other.idle()
  assert.equal(directory.calls.length, 2)
  assert.equal(other.peek(KEY)?.state, 'fresh')
})

test('a key that the directory no longer knows leaves Redis, too', async () => {
  const { owners, other, directory, shared, clock } = setUp()
  directory.owners.set(KEY.value, 'team:a')
  await askOne(owners)
  directory.owners.delete(KEY.value)
  await clock.advance(SOFT_MS)
  owners.peek(KEY)
  await owners.idle()
  assert.equal(owners.peek(KEY)?.state, 'negative')
  assert.deepEqual(shared.removed, [KEY.value])
  assert.equal((await askOne(other)).state, 'negative')
})

test('the same directory answers give the same bindings through every tier', async () => {
  const { owners, other, directory } = setUp()
  directory.owners.set(KEY.value, 'team:a')
  const first = await askOne(owners)
  const through_redis = await askOne(other)
  assert.deepEqual(first.bindings, [bindingOf(KEY, 'team:a')])
  assert.deepEqual(through_redis.bindings, first.bindings)
})

test('whoever asks for it is told which tier answered', async () => {
  const { owners, other, directory, answered } = setUp()
  const [k2, k3] = [apiKey('k2'), apiKey('k3')]
  directory.owners.set(KEY.value, 'team:a')
  directory.owners.set(k2.value, 'team:b')
  await other.lookup([KEY])
  await owners.lookup([KEY, k2])
  await owners.lookup([KEY])
  directory.is_down = true
  await owners.lookup([k3])
  assert.deepEqual(answered, [
    `${KEY.value} from redis`,
    `${k2.value} from directory`,
    `${k3.value} from none`,
  ])
})
