import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Binding } from '#/core/owners.ts'
import { createOwnerTable } from '#/owners/file/table.ts'

import { apiKey, bindingOf } from '../../../support/owners.ts'

function network(value: string, owner: string, rest: Partial<Binding> = {}): Binding {
  return bindingOf({ kind: 'ip', value }, owner, rest)
}

function ownersAt(
  bindings: readonly Binding[],
  address: string,
  at_ms = 0,
): (string | undefined)[] {
  const { bindings: found } = createOwnerTable(bindings, 'r').find({ kind: 'ip', value: address })
  return found
    .filter(({ valid_from_ms, valid_to_ms }) => valid_from_ms <= at_ms && at_ms < valid_to_ms)
    .map(({ owner }) => owner?.id)
}

test('an answer carries all bindings of a key and holds until the table is replaced', () => {
  const key = apiKey('k1')
  const rows = [bindingOf(key, 'a', { valid_to_ms: 5 }), bindingOf(key, 'b', { valid_from_ms: 5 })]
  const table = createOwnerTable([...rows, bindingOf(apiKey('k2'), 'c')], 'r7')
  assert.deepEqual(table.find(key), {
    state: 'fresh',
    bindings: rows,
    good_until_ms: Infinity,
    revision: 'r7',
  })
  assert.equal(table.find(key), table.find(key))
  assert.equal(table.bindings_count, 3)
})

test('what is not in the table does not exist', () => {
  const table = createOwnerTable([bindingOf(apiKey('k1'), 'a')], 'r7')
  for (const key of [apiKey('k2'), { kind: 'agent', value: 'litellm/k1' } as const]) {
    const answer = table.find(key)
    assert.equal(answer.state, 'negative')
    assert.equal(answer.revision, 'r7')
    assert.equal(answer.good_until_ms, Infinity)
  }
})

test('the longest prefix that holds an address wins', () => {
  const rows = [
    network('10.0.0.0/8', 'wide'),
    network('10.1.0.0/16', 'narrow'),
    network('10.1.2.3', 'exact'),
    network('2001:db8::/32', 'six'),
  ]
  assert.deepEqual(ownersAt(rows, '10.1.2.3'), ['exact'])
  assert.deepEqual(ownersAt(rows, '10.1.2.4'), ['narrow'])
  assert.deepEqual(ownersAt(rows, '10.2.0.1'), ['wide'])
  assert.deepEqual(ownersAt(rows, '11.0.0.1'), [])
  assert.deepEqual(ownersAt(rows, '2001:db8:1::5'), ['six'])
  assert.deepEqual(ownersAt(rows, '2001:db9::5'), [])
})

test('a narrow row hides a wide one only while it holds', () => {
  const rows = [
    network('10.0.0.0/8', 'wide'),
    network('10.1.0.0/16', 'narrow', { valid_from_ms: 100, valid_to_ms: 200 }),
    network('10.1.2.0/24', 'narrower', { valid_from_ms: 150, valid_to_ms: 250 }),
  ]
  const seen = [99, 100, 149, 150, 199, 200, 249, 250].map((at) => ownersAt(rows, '10.1.2.3', at))
  assert.deepEqual(seen, [
    ['wide'],
    ['narrow'],
    ['narrow'],
    ['narrower'],
    ['narrower'],
    ['narrower'],
    ['narrower'],
    ['wide'],
  ])
})

test('two rows of one network at once are both in the answer, so it is ambiguous', () => {
  const rows = [network('10.0.0.0/8', 'a'), network('10.0.0.0/8', 'b'), network('0.0.0.0/0', 'c')]
  assert.deepEqual(ownersAt(rows, '10.1.2.3'), ['a', 'b'])
})
