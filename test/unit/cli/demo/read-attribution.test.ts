import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readAttribution } from '#/cli/demo/read-attribution.ts'

const read = (value: unknown): unknown => readAttribution(Buffer.from(JSON.stringify(value)))

test('the attribution member of a JSON event is read', () => {
  const attribution = {
    outcome: 'attributed',
    owner: { id: 'team:a', team: 'a' },
    method: 'credential',
    confidence: 'high',
    evidence: 'api_key=litellm/1',
    event_id: 'x',
  }
  assert.deepEqual(read({ model: 'm', attribution }), {
    outcome: 'attributed',
    owner_id: 'team:a',
    method: 'credential',
    confidence: 'high',
    evidence: 'api_key=litellm/1',
  })
})

test('the attribution attributes of an OTLP/JSON log record are read', () => {
  const attribute = (key: string, stringValue: string): object => ({ key, value: { stringValue } })
  const attributes = [
    attribute('gen_ai.request.model', 'm'),
    attribute('attribution.outcome', 'unattributed'),
    attribute('attribution.reason', 'ip_only'),
    attribute('attribution.suggested_owner', 'team:b'),
    { key: 'attribution.ip_only', value: { boolValue: true } },
  ]
  assert.deepEqual(read({ resourceLogs: [{ scopeLogs: [{ logRecords: [{ attributes }] }] }] }), {
    outcome: 'unattributed',
    reason: 'ip_only',
    suggested_owner: 'team:b',
  })
})

test('an event without attribution has none', () => {
  assert.equal(read({ model: 'm' }), undefined)
  assert.equal(read({ resourceLogs: [] }), undefined)
  assert.equal(read([1]), undefined)
})
