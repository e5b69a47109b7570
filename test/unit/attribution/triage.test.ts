import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createRules } from '#/attribution/index.ts'
import { parseExactly, valuesOf } from './event-values.ts'
import { customSource, field } from './scenario.ts'

/** What is read of an event that nobody owns is remembered by its text: equal texts, equal triage. */

const rules = createRules({
  sources: [
    customSource({
      fields: [
        field('/sub', 'principal', 'user'),
        field('/adapter', 'hint', 'application'),
        field('/host', 'hint', 'application'),
      ],
      net: ['/client', '/peer'],
      tags: [{ field: '/tags', by: 'caller', tags: 'all' }],
    }),
  ],
  auto: false,
  trust: 'trusted',
  minimum_confidence: 'low',
  detail: 'full',
})

function read(event: object) {
  const values = valuesOf(parseExactly(JSON.stringify(event)), rules.fields)
  const evidence = rules.evidence(values)
  return { text: rules.triageText(values, evidence), triage: rules.triage(values, evidence) }
}

/** Few texts, of which some hold what separates texts, so that equal and nearly equal events are frequent. */
const text = fc.constantFrom(
  '',
  '-',
  ';',
  ';1:',
  '1:a',
  'a',
  '10.1.1.1',
  '10.1.1.1;8:10.1.1.2',
  '10.1.1.2',
)
const value = fc.option(fc.oneof(text, fc.constant(null), fc.constant([])), { nil: undefined })
const tags = fc.dictionary(fc.constantFrom('client_ip', 'ip', 'team', 'x'), text, { maxKeys: 2 })
const event = fc.record({
  client: value,
  peer: value,
  adapter: value,
  host: value,
  tags: fc.oneof(
    tags,
    tags.map((map) => Object.entries(map).map(([name, one]) => `${name}:${one}`)),
  ),
})

test('events whose texts are equal come to the same triage', () => {
  const seen = new Map<string, { readonly event: object; readonly triage: object }>()
  let repeats = 0
  fc.assert(
    fc.property(event, (one) => {
      // A user and tags that decide are part of the identity of an event, not of this text.
      const { text: name, triage } = read(one)
      const decided = JSON.stringify(one.tags)
      const known = seen.get(decided + name)
      if (known === undefined) seen.set(decided + name, { event: one, triage })
      else {
        repeats += 1
        assert.deepEqual(triage, known.triage, JSON.stringify([one, known.event]))
      }
    }),
    { numRuns: 3_000 },
  )
  assert.ok(repeats > 100, String(repeats))
})

test('what separates texts cannot be forged by what stands in them', () => {
  const one = read({ client: 'x;3:abc' })
  const other = read({ client: 'x', peer: 'abc' })
  assert.notEqual(one.text, other.text)
  assert.notEqual(read({ client: undefined, peer: 'x' }).text, read({ client: 'x' }).text)
})

test('what decides is not in the text, and what is read of the rest is', () => {
  assert.equal(read({ sub: 'ada', peer: 'x' }).text, read({ sub: 'bob', peer: 'x' }).text)
  for (const name of ['client', 'peer', 'adapter', 'host'])
    assert.notEqual(read({ [name]: 'a' }).text, read({ [name]: 'b' }).text, name)
  assert.notEqual(read({ tags: { ip: '10.1.1.1' } }).text, read({ tags: { ip: '10.1.1.2' } }).text)
})
