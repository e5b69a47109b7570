import assert from 'node:assert/strict'
import test from 'node:test'
import { SOURCES, sourceNamed } from '#/sources/index.ts'
import { REPORTS_AND_AGENTS } from './key-table/agents.ts'
import { CLOUDS } from './key-table/clouds.ts'
import { GATEWAYS } from './key-table/gateways.ts'
import { HOSTED } from './key-table/hosted.ts'
import { genai, session } from './key-table/row.ts'
import { read, type Reading, type ReadingOptions } from './reading.ts'

/**
 * Which field becomes which key, source by source: a record with everything that names somebody, the fields that stand in
 * when the first is absent, what is shared, where the log lies and where addresses are. Each row is read from a trusted and
 * from a claimed topic: on the latter nothing is verified, and nothing else changes.
 */

const ROWS = [...GATEWAYS, ...HOSTED, ...CLOUDS, ...REPORTS_AND_AGENTS]

function readAs(name: string, event: unknown, options: ReadingOptions = {}): Reading {
  const source = sourceNamed(name)
  assert.ok(source)
  return read(source, event, options)
}

const CLAIMED: Readonly<Record<string, string>> = { 1: '7a', 2: '7a', 3: '7a', 4: '7a', 6: '7b' }

/** The same keys, each at the place where a claim stands; the order within a place is kept. */
function claimed(keys: readonly string[]): string[] {
  const moved = keys.map((key) => {
    const [step = '', ...rest] = key.split(' ')
    return [CLAIMED[step] ?? step, ...rest].join(' ')
  })
  return ['7a', '7b', '7c'].flatMap((step) => moved.filter((key) => key.startsWith(step)))
}

for (const [name, title, event, expected] of ROWS)
  test(`keys of ${name}: ${title}`, () => {
    const reading = readAs(name, event)
    for (const member of Object.keys(expected) as (keyof Reading)[])
      assert.deepEqual(reading[member], expected[member], member)
    assert.equal(reading.lost, 0)
    const other = readAs(name, event, { trust: 'claimed' })
    assert.deepEqual({ ...other, keys: [] }, { ...reading, keys: [] })
    assert.deepEqual(other.keys, claimed(expected.keys ?? []))
  })

test('each source has rows; spans are read as logs are', () => {
  const named = new Set(ROWS.map(([name]) => name))
  assert.deepEqual(
    SOURCES.map(({ name }) => name).filter((name) => !named.has(name)),
    ['otel-genai-spans'],
  )
  const [logs, spans] = ['otel-genai-logs', 'otel-genai-spans'].map((name) => sourceNamed(name))
  for (const part of ['identities', 'tag_maps', 'account', 'net', 'hints', 'nobody'] as const)
    assert.deepEqual(spans?.[part], logs?.[part], part)
})

test('a service and its pod are verified when the platform stamps all that they are made of', () => {
  const event = genai(
    {},
    { 'service.name': 'web', 'service.namespace': 'shop', 'k8s.pod.uid': 'abc' },
  )
  const stamped = (...patterns: readonly string[]) =>
    readAs('otel-genai-logs', event, { trusted_resource_attributes: patterns }).keys
  assert.deepEqual(stamped('service.*', 'k8s.*'), ['1 service=shop/web/', '1 k8s_pod=abc?'])
  assert.deepEqual(stamped('service.name', 'k8s.*'), ['1 k8s_pod=abc?', '7a service=shop/web/'])
})

test('a session of a trusted broker is the principal, and its role a hop', () => {
  const event = { schemaType: 'ModelInvocationLog', identity: { arn: session('u-9') } }
  const reading = readAs('aws-bedrock-invocation', event, { trusted_brokers: ['app'] })
  assert.deepEqual(reading.keys, ['2 user=aws|u-9'])
  assert.deepEqual(reading.hops, ['aws_role=aws:111122223333:role/app'])
})

test('what a record lacks of a key is filled from the options of its receiver', () => {
  const options = { issuer: 'https://idp', cluster: 'eu-1', tenant: 'T-1' }
  const keysOf = (name: string, event: unknown) => readAs(name, event, options).keys
  assert.deepEqual(keysOf('envoy-ai-gateway', { start_time: 'x', 'jwt.sub': 'u' }), [
    '2 user=https://idp|u',
  ])
  assert.deepEqual(
    keysOf('agentgateway', { protocol: 'llm', 'jwt.sub': 'system:serviceaccount:a:b' }),
    ['1 k8s_sa=eu-1/a/b'],
  )
  assert.deepEqual(
    keysOf('azure-openai-diagnostic', {
      category: 'RequestResponse',
      properties: { objectId: 'O-1' },
    }),
    ['2 azure_sp=t-1/o-1'],
  )
})
