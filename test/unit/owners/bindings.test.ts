import assert from 'node:assert/strict'
import { test } from 'node:test'

import { createOwnerIntern, readInstant, readRow, writeRow } from '#/owners/bindings.ts'
import type { Row } from '#/owners/bindings.ts'

const ROW: Row = { kind: 'api_key', key: 'litellm/k1', owner: { id: 'team:a' } }

function bindingOf(row: Row) {
  const read = readRow(row, createOwnerIntern())
  assert.ok(read.ok)
  return read.binding
}
function problemsOf(row: Row) {
  const read = readRow(row, createOwnerIntern())
  return read.ok ? [] : read.problems.map(({ member }) => member)
}

test('instants are read as RFC 3339, as YAML timestamps and as dates, always with a zone or as UTC days', () => {
  const cases: readonly (readonly [text: string, iso: string])[] = [
    ['2026-01-31', '2026-01-31T00:00:00.000Z'],
    ['2026-01-31T08:00:00Z', '2026-01-31T08:00:00.000Z'],
    ['2026-01-31t08:00:00z', '2026-01-31T08:00:00.000Z'],
    ['2026-01-31T08:00:00+01:00', '2026-01-31T07:00:00.000Z'],
    ['2026-01-31 08:00:00 -5', ''],
    ['2026-01-31 08:00:00 -05', '2026-01-31T13:00:00.000Z'],
    ['2026-01-31T08:00:00.1234Z', '2026-01-31T08:00:00.123Z'],
    ['2026-01-31T08:00:00.9999Z', '2026-01-31T08:00:00.999Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['2026-02-29', ''],
    ['2026-02-30T00:00:00Z', ''],
    ['2026-13-01', ''],
    ['2026-01-31T08:00:00', ''],
    ['2026-01-31T25:00:00Z', ''],
    ['31.01.2026', ''],
    ['1769846400', ''],
    ['', ''],
  ]
  for (const [text, iso] of cases) {
    const ms = readInstant(text)
    assert.equal(ms === undefined ? '' : new Date(ms).toISOString(), iso, text)
  }
})

test('a row becomes a binding with its key in normal form and its interval in milliseconds', () => {
  const binding = bindingOf({
    kind: 'mail',
    key: ' Ana@Example.com ',
    owner: { id: 'team:a', team: 'a' },
    valid_from: '2026-01-01T00:00:00Z',
    valid_to: '2026-07-01T00:00:00Z',
  })
  assert.deepEqual(binding.key, { kind: 'mail', value: 'ana@example.com' })
  assert.equal(binding.ownership, 'owned')
  assert.deepEqual(binding.owner, { id: 'team:a', team: 'a' })
  assert.equal(binding.valid_from_ms, Date.UTC(2026, 0, 1))
  assert.equal(binding.valid_to_ms, Date.UTC(2026, 6, 1))
})

test('a row without dates holds always', () => {
  const { valid_from_ms, valid_to_ms } = bindingOf({ ...ROW, valid_from: null })
  assert.deepEqual([valid_from_ms, valid_to_ms], [-Infinity, Infinity])
})

test('all problems of a row are told at once', () => {
  assert.deepEqual(problemsOf({ ...ROW, key: 'no-system', valid_from: 'soon', valid_to: '2026' }), [
    'key',
    'valid_from',
    'valid_to',
  ])
  const empty = { valid_from: '2026-01-01', valid_to: '2026-01-01' }
  assert.deepEqual(problemsOf({ ...ROW, ...empty }), ['valid_to'])
})

test('a key that nothing can ask for is a warning and still a binding', () => {
  const read = readRow({ ...ROW, kind: 'team', key: 'Unknown' }, createOwnerIntern())
  assert.ok(read.ok)
  assert.equal(read.warning?.member, 'key')
})

test('the id of a binding depends on kind, key, start and owner, and on nothing else', () => {
  const { id } = bindingOf(ROW)
  assert.match(id, /^[\w-]{16}$/)
  assert.equal(bindingOf({ ...ROW, key: ' litellm/k1 ' }).id, id)
  assert.equal(bindingOf({ ...ROW, valid_to: '2030-01-01' }).id, id)
  assert.equal(bindingOf({ ...ROW, owner: { id: 'team:a', team: 'a' } }).id, id)
  const others = [
    bindingOf({ ...ROW, key: 'litellm/k2' }),
    bindingOf({ ...ROW, valid_from: '2026-01-01' }),
    bindingOf({ ...ROW, owner: { id: 'team:b' } }),
    bindingOf({ kind: 'agent', key: 'litellm/k1', owner: { id: 'team:a' } }),
    bindingOf({ kind: 'api_key', key: 'litellm/k1', ownership: 'shared' }),
    bindingOf({ kind: 'api_key', key: 'litellm/k1', ownership: 'unowned' }),
  ]
  assert.equal(new Set([id, ...others.map((binding) => binding.id)]).size, 7)
  assert.equal(bindingOf({ ...ROW, id: 'row-7' }).id, 'row-7')
})

test('equal owners are one object, in whatever order their fields were written', () => {
  const intern = createOwnerIntern()
  const first = intern({ id: 'team:a', team: 'a', tenant: 't' })
  assert.equal(intern({ tenant: 't', team: 'a', id: 'team:a' }), first)
  assert.notEqual(intern({ id: 'team:a', team: 'a' }), first)
})

test('a binding that is written as a row and read again is the same', () => {
  const rows: Row[] = [
    ROW,
    { ...ROW, valid_from: '2026-01-01', valid_to: '2026-01-01T00:00:00.001Z' },
    { kind: 'ip', key: '10.0.0.0/8', ownership: 'shared' },
  ]
  for (const row of rows) {
    const binding = bindingOf(row)
    assert.deepEqual(bindingOf(writeRow(binding)), binding)
  }
})
