import assert from 'node:assert/strict'
import { test } from 'node:test'

import { OWNER_FIELDS, OWNERSHIPS } from '#/core/owners.ts'
import { KEY_KINDS } from '#/core/words.ts'
import { KEY_LENGTH_MAX } from '#/owners/http/contract.ts'
import { isRow, schemaProblems } from '#/owners/row-schema.ts'

import schema from '../../../schemas/owner-bindings.schema.json' with { type: 'json' }

const { binding, owner } = schema.$defs

test('the published schema has the kinds, fields and words of the core', () => {
  assert.deepEqual(binding.properties.kind.enum, KEY_KINDS)
  assert.deepEqual(binding.properties.ownership.enum, OWNERSHIPS)
  assert.deepEqual(Object.keys(owner.properties), ['id', ...OWNER_FIELDS])
  assert.equal(binding.properties.key.maxLength, KEY_LENGTH_MAX)
})

test('an owner is required exactly where the row is owned', () => {
  const row = { kind: 'mail', key: 'a@example.com' }
  const with_owner = { ...row, owner: { id: 'team:a' } }
  assert.equal(isRow(with_owner), true)
  assert.equal(isRow({ ...with_owner, ownership: 'owned' }), true)
  assert.equal(isRow({ ...row, ownership: 'shared' }), true)
  assert.equal(isRow({ ...row, ownership: 'unowned' }), true)
  assert.equal(isRow(row), false)
  assert.equal(isRow({ ...row, ownership: 'owned' }), false)
  assert.equal(isRow({ ...with_owner, ownership: 'shared' }), false)
})

test('problems name the member and quote what was found, shortened', () => {
  const row = { kind: 'x'.repeat(200), key: '', owner: { id: ' ', name: 'A' }, valid_form: 'now' }
  assert.equal(isRow(row), false)
  const problems = schemaProblems(isRow.errors).map(({ path, message }) => [
    path.join('.'),
    message,
  ])
  const messages = new Map(problems.map(([path = '', message = '']) => [path, message]))
  assert.match(messages.get('kind') ?? '', /found "x{50,60}…$/)
  assert.match(messages.get('valid_form') ?? '', /^unknown member "valid_form"; expected id, kind/)
  assert.match(messages.get('owner.name') ?? '', /^unknown member "name"; expected id, team/)
  assert.equal(messages.get('owner.id'), 'expected a text that is not blank')
  assert.ok(messages.has('key'))
})
