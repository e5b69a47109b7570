import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { createRedisKeyOf, decodeValue, encodeValue } from '#/owners/redis/value.ts'
import type { Stored } from '#/owners/tier.ts'

import { apiKey, bindingOf } from '../../../support/owners.ts'

const SECRET = '0123456789abcdef'
const KEY = apiKey('k1')

test('a key is a keyed fingerprint of the normal form under its kind', () => {
  const keyOf = createRedisKeyOf(SECRET, undefined)
  assert.match(keyOf(KEY), /^wc:v1:api_key:[\w-]{43}$/)
  assert.equal(keyOf(KEY), createRedisKeyOf(SECRET, undefined)(KEY))
  assert.equal(keyOf(KEY).includes('k1'), false)
})

test('another value, kind, secret or tenant is another key', () => {
  const keyOf = createRedisKeyOf(SECRET, undefined)
  const keys = [
    keyOf(KEY),
    keyOf(apiKey('k2')),
    keyOf({ kind: 'agent', value: KEY.value }),
    createRedisKeyOf(`${SECRET}x`, undefined)(KEY),
    createRedisKeyOf(SECRET, 'acme')(KEY),
    createRedisKeyOf(SECRET, 'other')(KEY),
  ]
  assert.equal(new Set(keys).size, keys.length)
})

test('a value that is written is read back the same', () => {
  const stored: Stored = {
    fetched_at_ms: 1_767_225_600_123,
    revision: 'r7',
    ttl_ms: 5000,
    bindings: [
      bindingOf(KEY, 'team:a', { valid_to_ms: 5 }),
      bindingOf(KEY, 'team:b', {
        owner: { id: 'team:b', team: 'b', cost_center: '0815' },
        valid_from_ms: 5,
      }),
      { id: 's', key: KEY, ownership: 'shared', valid_from_ms: -1, valid_to_ms: 1 },
      { id: 'u', key: KEY, ownership: 'unowned', valid_from_ms: -Infinity, valid_to_ms: Infinity },
    ],
  }
  assert.deepEqual(decodeValue(KEY, encodeValue(KEY, stored)), stored)
})

test('a value does not repeat the identity, but names a network that holds it', () => {
  const address = { kind: 'ip', value: '10.1.2.3' } as const
  const network = { kind: 'ip', value: '10.0.0.0/8' } as const
  const row = bindingOf(network, 'team:a', { id: 'n' })
  const text = encodeValue(address, { fetched_at_ms: 1, bindings: [row] })
  assert.equal(decodeValue(address, text)?.bindings[0]?.key.value, '10.0.0.0/8')
  const own = encodeValue(KEY, { fetched_at_ms: 1, bindings: [bindingOf(KEY, 'a', { id: 'i' })] })
  assert.equal(own.includes(KEY.value), false)
})

test('whatever else is found there is a miss and never throws', () => {
  const row = '{"i":"x","s":"owned","o":{"id":"a"},"v":[null,null]}'
  assert.notEqual(decodeValue(KEY, `{"f":1,"b":[${row}]}`), undefined)
  const foreign = [
    '',
    'hello',
    'null',
    '7',
    '[]',
    '{}',
    '{"f":1,"b":[]}',
    `{"f":"1","b":[${row}]}`,
    `{"f":null,"b":[${row}]}`,
    `{"b":[${row}]}`,
    `{"f":1,"b":[${row}],"x":1}`,
    '{"f":1,"b":[{"i":"x","s":"owned","v":[null,null]}]}',
    '{"f":1,"b":[{"i":"x","s":"shared","o":{"id":"a"},"v":[null,null]}]}',
    '{"f":1,"b":[{"i":"x","s":"else","v":[null,null]}]}',
    '{"f":1,"b":[{"i":"x","s":"unowned","v":[null]}]}',
    '{"f":1,"b":[{"i":"x","s":"owned","o":{"id":""},"v":[null,null]}]}',
    `{"f":1,"b":[${row}]`,
    `{"f":1,"b":[${row}]}${' '.repeat(300_000)}`,
  ]
  for (const text of foreign) assert.equal(decodeValue(KEY, text), undefined, text.slice(0, 80))
})

test('no text makes the reader throw', () => {
  const value = fc.record({ f: fc.anything(), b: fc.anything(), r: fc.anything() })
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        value.map((v) => JSON.stringify(v)),
      ),
      (text) => {
        const stored = decodeValue(KEY, text)
        return stored === undefined || stored.bindings.length > 0
      },
    ),
    { numRuns: 300 },
  )
})
