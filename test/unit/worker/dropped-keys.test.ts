import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AttributionRecord } from '#/core/decision.ts'
import { sourceNamed } from '#/sources/index.ts'
import { droppedPrefixes, maskKeys } from '#/worker/processors/redaction/dropped-keys.ts'

function prefixes(source: string, ...drop: readonly string[]): readonly string[] {
  return [...droppedPrefixes(drop, [sourceNamed(source)!])].sort()
}

test('fields that build no key leave the decision as it is', () => {
  assert.deepEqual(prefixes('litellm', '/messages', '/response', '/metadata/x', '/end_use'), [])
  assert.deepEqual(prefixes('otel-genai-logs', '/attributes/gen_ai.input.messages', '/body'), [])
})

test('a dropped field takes the sorts of keys with it that can be built of it', () => {
  assert.deepEqual(prefixes('litellm', '/end_user'), ['mail=', 'user='])
  assert.deepEqual(prefixes('litellm', '/metadata/user_api_key_hash'), ['api_key='])
  assert.deepEqual(prefixes('litellm', '/metadata/user_api_key_team_id'), ['scope='])
  assert.deepEqual(prefixes('otel-genai-logs', '/attributes/user.email').includes('mail='), true)
  assert.deepEqual(prefixes('aws-bedrock-invocation', '/identity'), [
    'aws_role=',
    'aws_user=',
    'mail=',
    'user=',
  ])
})

test('a part of a key counts as the key: its issuer', () => {
  assert.ok(prefixes('envoy-ai-gateway', '/jwt.iss').includes('user='))
})

test('of a map of tags a member takes its own tag along, and the map all of them', () => {
  const map = '/metadata/requester_metadata'
  assert.deepEqual(prefixes('litellm', `${map}/userId`), ['mail=', 'user='])
  assert.deepEqual(prefixes('litellm', `${map}/x-tenant-id`), ['tenant_tag=tenant='])
  assert.deepEqual(prefixes('litellm', `${map}/team`), ['team=', 'tenant_tag=team='])
  assert.deepEqual(prefixes('litellm', `${map}/prompt`), [])
  const all = prefixes('litellm', map)
  for (const prefix of ['user=', 'agent=', 'tenant_tag=customer=', 'team='])
    assert.ok(all.includes(prefix), prefix)
  assert.ok(!all.includes('api_key='))
})

test('a mask stands in evidence, chain and on_behalf_of, and nothing else changes', () => {
  const record: AttributionRecord = {
    outcome: 'attributed',
    owner: { id: 'team:a', cost_center: 'CC-1' },
    revision: 0,
    evidence: 'cost_center=CC-9',
    chain: [
      'user=litellm|ana',
      'user=litellm|bo',
      'cost_center=CC-9',
      'owner=team:a',
      'cost_center=CC-1',
    ],
    on_behalf_of: 'user=litellm|ana',
  }
  assert.deepEqual(maskKeys(record, ['user=', 'cost_center=']), {
    outcome: 'attributed',
    owner: { id: 'team:a', cost_center: 'CC-1' },
    revision: 0,
    evidence: 'cost_center=redacted',
    chain: ['user=redacted', 'cost_center=redacted', 'owner=team:a', 'cost_center=CC-1'],
    on_behalf_of: 'user=redacted',
  })
  assert.deepEqual(maskKeys(record, ['mail=']), record)
  const { evidence: _, chain: __, on_behalf_of: ___, ...minimal } = record
  assert.deepEqual(maskKeys(minimal, ['user=']), minimal)
})
