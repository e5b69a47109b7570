import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { createRules, type RulesOptions } from '#/attribution/index.ts'
import { keyText } from '#/core/keys.ts'
import type { Source } from '#/core/source.ts'
import { sourceNamed } from '#/sources/index.ts'
import { customSource, field } from './scenario.ts'
import { eventsOf, parseExactly, valuesOf } from './event-values.ts'

const FINGERPRINT_KEY = Buffer.from('a fingerprint key')
const KEY = 'sk-proj-abcdefgh12345678'
const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl'
const print = (secret: string) =>
  `fp:${createHmac('sha256', FINGERPRINT_KEY).update(secret).digest('base64url')}`

const GATEWAY = customSource({
  fields: [field('/key', 'credential', 'api_key'), field('/user', 'consumer', 'user')],
  secrets: [
    { field: '/headers', holds: 'headers' },
    { field: '/authorization', holds: 'credential' },
    { field: '/url', holds: 'text' },
  ],
})

/** What the rules make of an event: candidates of its evidence, and secrets found in it. */
function read(event: object, more: Partial<RulesOptions> = {}, source: Source = GATEWAY) {
  const rules = createRules({
    sources: [source],
    auto: false,
    trust: 'trusted',
    minimum_confidence: 'low',
    detail: 'standard',
    ...more,
  })
  const [first] = eventsOf(parseExactly(JSON.stringify(event)), rules.wrappers)
  const values = valuesOf(first, rules.fields)
  const evidence = rules.evidence(values)
  const found: string[] = [...evidence.secrets]
  rules.secretsOf(evidence)?.(values, (name, kind) => found.push(`${name} ${kind}`))
  const keys = evidence.candidates.map((candidate) => {
    const key = evidence.keys[candidate.key]!
    return `${candidate.step} ${candidate.slot} ${keyText(key)}${candidate.only_if_known ? '?' : ''}`
  })
  return { keys, found, fields: rules.fields, shared: evidence.shared }
}

const with_key = { fingerprint_key: FINGERPRINT_KEY }
/** Rung 7a. */
const CLAIMED = 5

test('secrets are found in headers, credentials and texts, whoever reads them', () => {
  const event = {
    headers: {
      host: KEY,
      'X-Api-Key': 'opaque',
      accept: 'x',
      'x-note': `see ${KEY}`,
      cookie: 'a=b',
    },
    authorization: `Bearer ${JWT}`,
    url: `https://llm.example.com/v1?key=AIza${'a'.repeat(35)}`,
  }
  assert.deepEqual(read(event).found, ['gw other', 'gw openai', 'gw cookie', 'gw jwt', 'gw google'])
  assert.deepEqual(read({ headers: `x-api-key: opaque-value` }).found, ['gw other'])
  assert.deepEqual(read({ headers: { 'x-api-key': ['opaque-value'] } }).found, ['gw other'])
  assert.deepEqual(read({ headers: { authorization: 'REDACTED' }, authorization: null }).found, [])
})

test('what a caller sent is a claimed credential by its fingerprint, if the directory knows it', () => {
  const event = { headers: { 'x-api-key': KEY, 'x-note': 'sk-proj-another-key-12345' } }
  const claimed = `${CLAIMED} credential api_key=gw/${print(KEY)}?`
  assert.deepEqual(read(event, with_key).keys, [claimed])
  assert.deepEqual(read({ authorization: `Bearer ${KEY}` }, with_key).keys, [claimed])
  assert.deepEqual(read(event).keys, [], 'no key for fingerprints, no evidence')
})

test('what passes with a session, and what stands in a text, is no evidence', () => {
  const event = {
    headers: { authorization: `Bearer ${JWT}`, cookie: 'a=b' },
    authorization: 'Basic dXNlcjpwYXNz',
    url: `/v1?key=AIza${'a'.repeat(35)}`,
  }
  assert.deepEqual(read(event, with_key).keys, [])
})

test('other headers do not decide, so they make no identity of their own', () => {
  const deciding = read({}, with_key).fields.filter(({ use }) => use === 'decides')
  const headers = deciding.find(({ path }) => path === '/headers')
  assert.deepEqual(
    ['x-api-key', 'x-request-id', 'cookie', 'user-agent'].map((name) => headers?.tag?.(name)),
    ['authorization', undefined, undefined, undefined],
  )
  assert.ok(!deciding.some(({ path }) => path === '/url'))
  const without = read({}).fields.filter(({ use }) => use === 'decides')
  assert.ok(!without.some(({ path }) => path === '/headers' || path === '/authorization'))
})

test('a record brings no more keys than can be looked up', () => {
  const names = Array.from({ length: 50 }, (_, n) => [`x-${n}-api-key`, `opaque-value-${n}`])
  const { keys, found } = read({ headers: Object.fromEntries(names) }, with_key)
  assert.equal(keys.length, 8)
  assert.equal(found.length, 50)
})

test('a raw key where its id should stand is found, and is evidence without the scheme before it', () => {
  for (const key of [KEY, `Bearer ${KEY}`]) {
    const { keys, found } = read({ key }, with_key)
    assert.deepEqual(found, ['openai'])
    assert.deepEqual(keys, [`2 credential api_key=gw/${print(KEY)}`])
  }
  assert.deepEqual(read({ key: 'Bearer ***' }, with_key).keys, [])
  assert.deepEqual(read({ key: 'key-1' }, with_key).found, [])
})

test('the id of an AWS key is no secret', () => {
  const source = sourceNamed('aws-cloudtrail-bedrock')!
  const event = { eventName: 'Converse', userIdentity: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE' } }
  const { found, keys } = read(event, with_key, source)
  assert.deepEqual(found, [])
  assert.deepEqual(keys, ['2 credential api_key=aws/AKIAIOSFODNN7EXAMPLE?'])
})

test('a source without such fields is not looked at', () => {
  const rules = createRules({
    sources: [sourceNamed('vllm')!],
    auto: false,
    trust: 'trusted',
    minimum_confidence: 'low',
    detail: 'standard',
  })
  const evidence = rules.evidence(valuesOf({ log: '' }, rules.fields))
  assert.equal(rules.secretsOf(evidence), undefined)
})
