import assert from 'node:assert/strict'
import test from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { parse } from 'yaml'
import { createCallReader } from '#/attribution/index.ts'
import type { Source } from '#/core/source.ts'
import { createFormat } from '#/formats/index.ts'
import { CustomSourceConfig, sourceFromConfig } from '#/sources/index.ts'
import { readBill } from '../../support/bills.ts'
import { LIMITS, scanOne } from '../formats/harness.ts'
import { read, readingOf, rulesOf } from './reading.ts'

/** What a source written in YAML can say beyond single fields: JSON texts, lists, ids of two parts, tokens and cost. */

const validate = new Ajv2020({ useDefaults: true, allErrors: true }).compile<CustomSourceConfig>(
  CustomSourceConfig,
)

function load(text: string): Source {
  const config: unknown = parse(`name: house\n${text}`)
  assert.ok(validate(config), JSON.stringify(validate.errors))
  return sourceFromConfig(config)
}

const YAML = `
texts: [/caller]
fields:
  - { field: '/caller/teams[]/id', each: true, slot: scope, key: scope, scope_type: team, by: system }
  - { field: '/hops[]', slot: workload, key: spiffe, by: system, matches: ['spiffe://*'] }
  - { field: /region, then: { by: '/', field: /cluster/name }, slot: scope, key: scope, scope_type: place, by: system }
tokens:
  input: [/used/in]
  cache_read: [/used/read]
  cache_write: [/used/write]
  cached: beside
  output: [/used/out]
  reasoning: [/used/thoughts]
  reasoned: beside
  or:
    - { input: [/used/chars_in], output: [/used/chars_out], may_be_estimated: true }
cost: { field: /bill/amount, or: [/cents], unit: cents, currency: /bill/money, basis: billed, zero_is_unknown: true }
initiators:
  - { field: /mode, matches: [batch*], initiator: script }
environment: [/stage]
traffic:
  - { field: /audience, matches: [public], traffic_class: customer_facing }
call:
  operation: [/op, /mode]
  provider: [/vendor]
  model: [/model]
  status: [{ field: /code, success: [2*], failure: [4*, 5*] }]
`

const EVENT = {
  caller: JSON.stringify({ teams: [{ id: 't-1' }, { id: 't-2' }] }),
  hops: ['10.0.0.1', 'spiffe://a.example/x', 'spiffe://a.example/y'],
  region: 'eu',
  cluster: { name: 'c1' },
  used: { in: 10, read: 400, out: 5, thoughts: 7 },
  bill: { amount: '12.50', money: 'eur' },
  mode: 'batch-1',
  stage: 'Prod',
  audience: 'public',
}

test('JSON texts, each item of a list, the first that fits, and an id of two parts', () => {
  const reading = read(load(YAML), EVENT)
  assert.deepEqual(reading.keys, [
    '1 spiffe=spiffe://a.example/x',
    '4 scope=house/team/t-1',
    '4 scope=house/team/t-2',
    '4 scope=house/place/eu/c1',
  ])
  assert.deepEqual(read(load(YAML), { region: 'eu' }).keys, [])
})

test('what was called, and how it ended', () => {
  const { fields, read: readCall } = createCallReader({
    sources: [load(YAML)],
    auto: false,
    trust: 'trusted',
    minimum_confidence: 'low',
    detail: 'standard',
  })
  const facts = (event: object) =>
    readCall(
      'house',
      scanOne(createFormat('json', { ...LIMITS, fields }), JSON.stringify(event)).values(0),
    )
  assert.deepEqual(facts({ mode: 'chat', vendor: 'openai', model: 'm-1', code: 429 }), {
    operation: 'chat',
    provider: 'openai',
    model: 'm-1',
    status: 'failure',
  })
  assert.deepEqual(facts({}), {})
})

test('the same from bytes', () => {
  const rules = rulesOf(load(YAML))
  const format = createFormat('json', { ...LIMITS, ...rules })
  const reading = readingOf(rules, scanOne(format, JSON.stringify(EVENT)).values(0))
  assert.deepEqual(reading, read(load(YAML), EVENT))
})

test('tokens in one meaning, in the first way that states them', () => {
  const source = load(YAML)
  assert.deepEqual(read(source, EVENT).tokens, { input: 10, cache_read: 400, output: 12 })
  assert.deepEqual(read(source, { used: { chars_in: 3, chars_out: 0 } }).tokens, {
    input: 3,
    output: 0,
    is_estimated: true,
  })
  assert.deepEqual(read(source, { used: { read: 3 } }).tokens, {})
})

test('cost in whole units of the currency that the record names, unless nobody knows it', () => {
  const rules = rulesOf(load(YAML))
  const cost = (event: object) => {
    const values = scanOne(
      createFormat('json', { ...LIMITS, ...rules }),
      JSON.stringify(event),
    ).values(0)
    return readBill(rules, rules.evidence(values), values).cost
  }
  assert.deepEqual(cost(EVENT), { amount: '0.125', currency: 'EUR', basis: 'billed' })
  assert.deepEqual(cost({ cents: 1 }), { amount: '0.01', currency: 'USD', basis: 'billed' })
  assert.equal(cost({ cents: 0 }), undefined)
  assert.equal(cost({ bill: { money: 'EUR' } }), undefined)
})

test('what started a call, its environment and for whom it was', () => {
  const { initiator, environment, traffic_class } = read(load(YAML), { ...EVENT, hops: [] })
  assert.deepEqual([initiator, environment, traffic_class], ['script', 'prod', 'customer_facing'])
})

const FIELD = 'slot: scope, key: scope, scope_type: x, by: system'
const PROBLEMS: readonly (readonly [yaml: string, problem: RegExp])[] = [
  [`fields: [{ field: '/a[]/b[]', each: true, ${FIELD} }]`, /goes through two lists/],
  [`fields: [{ field: /a, each: true, ${FIELD} }]`, /is no list: a list is written \/a\[\]/],
  [`fields: [{ field: '/a[]', or: [/b], each: true, ${FIELD} }]`, /\/b has each and is no list/],
  [`fields: [{ field: '/a[]', then: { by: '/', field: /b }, ${FIELD} }]`, /single value/],
  [`fields: [{ field: /a, then: { by: '/', field: '/b[]' }, ${FIELD} }]`, /goes on in a list/],
  [`fields: [{ field: '/a[]', each: true, identity: i, ${FIELD} }]`, /each and identity/],
  [
    `fields: [{ field: '/a[]', each: true, slot: hint, key: user, by: caller }]`,
    /each and is a hint/,
  ],
  [
    `encoding: otlp_json\nfields: [{ field: '/attributes/a[]/b', ${FIELD} }]`,
    /which only JSON has/,
  ],
  ['encoding: otlp_json\ntexts: [/attributes/a]', /texts are read in JSON/],
  ['texts: [/a, /a/b]', /\/a\/b lies in the text \/a/],
  ['tokens: { cache_read: [/a] }', /need a field for input or for output/],
  ['tokens: { input: [/a], cache_read: [/a] }', /count \/a twice/],
  ['tokens: { output: [/a], reasoned: beside }', /no field is for reasoning/],
  ['tokens: { input: [/a], cached: beside }', /no field is for the cached ones/],
  ['tokens: { input: [/a], or: [{ cached: either }] }', /need a field for input or for output/],
  [`tokens: { input: ['/a[]'] }`, /\/a\[\] is a list/],
  [
    `tokens: { input: [${Array.from({ length: 32 }, (_, n) => `/n${n}`).join()}] }\ncost: { field: /c }`,
    /name 33 fields; at most 32/,
  ],
]

for (const [yaml, problem] of PROBLEMS)
  test(`it is said what is wrong with ${yaml.replaceAll('\n', ', ').slice(0, 90)}`, () => {
    assert.throws(() => load(yaml), { code: 'config_invalid', message: problem })
  })

test('the schema refuses bases, currencies and words that do not exist', () => {
  for (const text of [
    'cost: { field: /c, basis: guessed }',
    'cost: { field: /c, currency: dollars }',
    'tokens: { input: [/a], cached: sometimes }',
    'initiators: [{ field: /a, matches: [x], initiator: robot }]',
    'traffic: [{ field: /a, matches: [x], traffic_class: vip }]',
    'fields: [{ field: /a, then: /b, slot: claim, tag: team, by: system }]',
  ])
    assert.ok(!validate(parse(`name: x\n${text}`)), text)
})
