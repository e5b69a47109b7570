import assert from 'node:assert/strict'
import test from 'node:test'
import { createRules } from '#/attribution/index.ts'
import { SOURCES, sourceNamed, sourcesOf } from '#/sources/index.ts'
import { eventsOf, parseExactly, valuesOf } from '../attribution/event-values.ts'
import { otlp } from './reading.ts'

function recognised(event: unknown, encoding: 'json' | 'otlp_json'): string {
  const rules = createRules({
    sources: sourcesOf(encoding),
    auto: true,
    trust: 'trusted',
    minimum_confidence: 'low',
    detail: 'standard',
  })
  const first = eventsOf(parseExactly(JSON.stringify(event)))[0]
  const evidence = rules.evidence(valuesOf(first, rules.fields))
  return evidence.failure ?? evidence.source?.name ?? ''
}

test('names of sources are unique and found', () => {
  assert.equal(new Set(SOURCES.map(({ name }) => name)).size, SOURCES.length)
  for (const source of SOURCES) assert.equal(sourceNamed(source.name), source)
  assert.equal(sourceNamed('nothing'), undefined)
})

test('each encoding has its own candidates', () => {
  assert.equal(sourcesOf('otlp_proto').length, sourcesOf('otlp_json').length)
  assert.equal(sourcesOf('json').length + sourcesOf('otlp_proto').length, SOURCES.length)
})

test('every field that decides a class or a key is a pointer', () => {
  for (const source of SOURCES) {
    const rules = createRules({
      sources: [source],
      auto: true,
      trust: 'trusted',
      minimum_confidence: 'low',
      detail: 'standard',
    })
    for (const { path } of rules.fields) assert.match(path, /^(?:\$(?:\/[^/]*\[\])?)?(?:\/[^/]*)*$/)
  }
})

test('auto recognises a message by its discriminating fields', () => {
  const lines = [
    [{ schemaType: 'ModelInvocationLog' }, 'aws-bedrock-invocation'],
    [{ call_type: 'acompletion', metadata: {} }, 'litellm'],
    [{ started_at: 1, latencies: {} }, 'kong-ai-proxy'],
    [{ start_time: '2026-11-19T12:00:00Z', 'jwt.sub': 'x' }, 'envoy-ai-gateway'],
  ] as const
  for (const [event, name] of lines) assert.equal(recognised(event, 'json'), name)
})

test('auto takes nothing for what it does not know', () => {
  for (const event of [
    {},
    { start_time: '2026-11-19T12:00:00Z' },
    { started_at: 1 },
    { schemaType: 'Other' },
    { start_time: 1, llm_summary: null, route_id: '1' },
    { type: 'message', body: 'x' },
    { log: {}, stream: 'stdout' },
    { request_id: 'r', model: 'm' },
    {
      category: 'AuditEvent',
      resourceId: '/SUBSCRIPTIONS/A/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/V',
    },
    { object: 'page', data: [] },
    [7],
  ]) {
    assert.equal(recognised(event, 'json'), 'unknown_source', JSON.stringify(event))
  }
})

test('auto tells Claude Code from other OTLP records, which are all GenAI logs or their context', () => {
  assert.equal(
    recognised(otlp({}, { 'service.name': 'claude-code' }), 'otlp_json'),
    'claude-code-otel',
  )
  assert.equal(
    recognised(otlp({ 'gen_ai.operation.name': 'chat' }), 'otlp_json'),
    'otel-genai-logs',
  )
  assert.equal(recognised(otlp({ anything: 'x' }), 'otlp_json'), 'otel-genai-logs')
})
