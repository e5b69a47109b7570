import assert from 'node:assert/strict'
import test from 'node:test'
import type { Row } from './directory.ts'
import { owned, run } from './scenario.ts'

/** One place of the ladder after the other: what wins there, how sure it is, and what a claimed receiver makes of it. */

interface Place {
  readonly name: string
  readonly event: Readonly<Record<string, unknown>>
  readonly row: Row
  readonly method: string
  readonly level: string
  readonly confidence: string
  readonly evidence: string
}

const PLACES: readonly Place[] = [
  {
    name: 'rung 1, a workload',
    event: { spiffe: 'spiffe://mesh/ns/a' },
    row: owned('spiffe', 'spiffe://mesh/ns/a', 'one'),
    method: 'workload',
    level: 'workload',
    confidence: 'exact',
    evidence: 'spiffe=spiffe://mesh/ns/a',
  },
  {
    name: 'rung 2, a principal',
    event: { sub: 'u-1' },
    row: owned('user', 'gw|u-1', 'two'),
    method: 'principal',
    level: 'prompt',
    confidence: 'exact',
    evidence: 'user=gw|u-1',
  },
  {
    name: 'rung 3, a credential',
    event: { key: 'k1' },
    row: owned('api_key', 'gw/k1', 'three'),
    method: 'credential',
    level: 'prompt',
    confidence: 'high',
    evidence: 'api_key=gw/k1',
  },
  {
    name: 'rung 4, a scope',
    event: { project: 'p1' },
    row: owned('scope', 'gw/project/p1', 'four'),
    method: 'scope',
    level: 'workload',
    confidence: 'high',
    evidence: 'scope=gw/project/p1',
  },
  {
    name: 'rung 6, a tag of the administrator',
    event: { admin: { team: 'Payments' } },
    row: owned('tenant_tag', 'team=payments', 'six'),
    method: 'claim',
    level: 'prompt',
    confidence: 'medium',
    evidence: 'tenant_tag=team=payments',
  },
  {
    name: 'rung 7a, a principal that the caller states',
    event: { said_sub: 'u-2' },
    row: owned('user', 'gw|u-2', 'seven-a'),
    method: 'claim',
    level: 'prompt',
    confidence: 'low',
    evidence: 'user=gw|u-2',
  },
  {
    name: 'rung 7b, a tag of the caller',
    event: { said: { 'x-cost-centre': 'CC-1' } },
    row: owned('cost_center', 'cc-1', 'seven-b'),
    method: 'claim',
    level: 'prompt',
    confidence: 'low',
    evidence: 'cost_center=cc-1',
  },
  {
    name: 'rung 7c, a consumer',
    event: { end_user: 'Ana@Example.com' },
    row: owned('mail', 'ana@example.com', 'seven-c'),
    method: 'claim',
    level: 'prompt',
    confidence: 'low',
    evidence: 'mail=ana@example.com',
  },
  {
    name: 'rung 7c, an agent',
    event: { agent: 'agt-1' },
    row: owned('agent', 'gw/agt-1', 'seven-c'),
    method: 'claim',
    level: 'prompt',
    confidence: 'low',
    evidence: 'agent=gw/agt-1',
  },
]

for (const place of PLACES) {
  test(`${place.name}, attributes with its method, level and confidence`, () => {
    const { record } = run({ event: place.event, rows: [place.row] })
    assert.equal(record.outcome, 'attributed')
    assert.equal(record.owner?.id, place.row.owner?.id)
    assert.equal(record.method, place.method)
    assert.equal(record.level, place.level)
    assert.equal(record.confidence, place.confidence)
    assert.equal(record.evidence, place.evidence)
    assert.equal(record.binding, 'b0')
    assert.equal(record.directory_revision, 'r1')
  })

  test(`${place.name}, is a claim of low confidence from a claimed receiver`, () => {
    const { record } = run({ event: place.event, rows: [place.row], trust: 'claimed' })
    assert.equal(record.method, 'claim')
    assert.equal(record.level, 'prompt')
    assert.equal(record.confidence, 'low')
  })

  test(`${place.name}, is the level of a bill in a usage report`, () => {
    const { record, decided } = run({
      event: { ...place.event, class: 'bucket' },
      rows: [place.row],
    })
    assert.equal(decided.decision.class, 'usage_bucket')
    assert.equal(record.outcome, 'attributed')
    assert.equal(record.level, 'billing')
  })
}

const ALL_EVENTS = Object.assign({}, ...PLACES.slice(0, 8).map((place) => place.event))

for (const [index, place] of PLACES.slice(0, 8).entries()) {
  test(`${place.name}, wins over everything below it`, () => {
    const rows = PLACES.slice(index, 8).map(({ row }) => row)
    const { record } = run({ event: ALL_EVENTS, rows })
    assert.equal(record.owner?.id, place.row.owner?.id)
    const below = PLACES.slice(index + 1, 8).map(({ row }) => row.owner?.id)
    assert.deepEqual(record.conflicts ?? [], below)
  })
}

test('of 7a the four kinds of evidence stand on one place: two owners there are a conflict', () => {
  const { record } = run({
    event: { sub: 'u-1', key: 'k1' },
    rows: [owned('user', 'gw|u-1', 'a'), owned('api_key', 'gw/k1', 'b')],
    trust: 'claimed',
  })
  assert.equal(record.reason, 'conflict')
  assert.deepEqual(record.conflicts, ['a', 'b'])
})

test('a tag of an administrator from a claimed receiver is 7b, below a claimed credential', () => {
  const { record } = run({
    event: { admin: { team: 't' }, key: 'k1' },
    rows: [owned('team', 't', 'tag'), owned('api_key', 'gw/k1', 'key')],
    trust: 'claimed',
  })
  assert.equal(record.owner?.id, 'key')
})

test('a consumer in a map of the administrator is 7c all the same', () => {
  const { record } = run({
    event: { admin: { tenant: 'blue', user: 'u-9' } },
    rows: [owned('tenant_tag', 'tenant=blue', 'blue')],
  })
  assert.equal(record.confidence, 'low')
  assert.equal(record.on_behalf_of, 'user=gw|u-9')
})
