import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Answer, Key, Owners } from '#/core/owners.ts'
import { lookUp } from '#/registry/lookup.ts'

import { bindingOf } from '../../support/owners.ts'

const MAIL: Key = { kind: 'mail', value: 'ana@example.com' }
const JULY_MS = Date.UTC(2026, 6, 1)

function ownersOf(answer: Partial<Answer>): Owners {
  const whole: Answer = { state: 'negative', bindings: [], good_until_ms: Infinity, ...answer }
  const peek = (key: Key): Answer =>
    key.value === MAIL.value ? whole : { state: 'negative', bindings: [], good_until_ms: Infinity }
  return { peek, lookup: (keys) => Promise.resolve(keys.map(peek)), epoch: 1 }
}

const MOVED = ownersOf({
  state: 'fresh',
  revision: 'r7',
  bindings: [
    bindingOf(MAIL, 'team:old', { valid_to_ms: JULY_MS }),
    bindingOf(MAIL, 'team:new', { valid_from_ms: JULY_MS, valid_to_ms: JULY_MS + 1000 }),
  ],
})

function ownersAt(as_of: string): (string | undefined)[] {
  return (lookUp(MOVED, { ...MAIL, as_of }, {}).versions ?? []).map(({ owner }) => owner?.id)
}

test('a key is found by its normal form, with all its rows and the revision', () => {
  const result = lookUp(MOVED, { kind: 'mail', value: ' Ana@Example.com' }, { ttl_s: 60 })
  assert.equal(result.status, 'found')
  assert.equal(result.rev, 'r7')
  assert.equal(result.ttl_s, 60)
  assert.deepEqual(
    result.versions?.map(({ owner, valid_from, valid_to }) => [owner?.id, valid_from, valid_to]),
    [
      ['team:old', undefined, '2026-07-01T00:00:00.000Z'],
      ['team:new', '2026-07-01T00:00:00.000Z', '2026-07-01T00:00:01.000Z'],
    ],
  )
})

test('as_of leaves the rows that hold at that instant; intervals are half-open', () => {
  assert.deepEqual(ownersAt('2026-06-30T23:59:59.999Z'), ['team:old'])
  assert.deepEqual(ownersAt('2026-07-01T00:00:00Z'), ['team:new'])
  assert.deepEqual(ownersAt('2026-07-01T00:00:01Z'), [])
  assert.equal(lookUp(MOVED, { ...MAIL, as_of: '2030-01-01' }, {}).status, 'not_found')
})

test('a key without a row is not found, with its own TTL', () => {
  const unknown = { kind: 'mail', value: 'nobody@example.com' }
  assert.deepEqual(lookUp(MOVED, unknown, { ttl_s: 60, negative_ttl_s: 5 }), {
    status: 'not_found',
    negative_ttl_s: 5,
  })
  assert.equal(lookUp(MOVED, { kind: 'mail', value: 'no mail' }, {}).status, 'not_found')
})

test('what cannot be looked up is an error, never not found', () => {
  assert.equal(lookUp(MOVED, { kind: 'horoscope', value: 'leo' }, {}).status, 'error')
  assert.equal(lookUp(MOVED, { ...MAIL, as_of: 'yesterday' }, {}).status, 'error')
  const down = ownersOf({ state: 'unavailable' })
  assert.equal(lookUp(down, MAIL, {}).status, 'error')
})
