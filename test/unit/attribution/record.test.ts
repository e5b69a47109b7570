import assert from 'node:assert/strict'
import test from 'node:test'
import { ENGINE, toRecord } from '#/attribution/index.ts'
import type { Decision } from '#/core/decision.ts'

const ATTRIBUTED: Decision = {
  outcome: 'attributed',
  owner: { id: 'team:a', team: 'a', cost_center: 'CC-1' },
  method: 'credential',
  level: 'prompt',
  confidence: 'high',
  evidence: { kind: 'api_key', value: 'gw/k1' },
  chain: ['api_key=gw/k1', 'owner=team:a'],
  on_behalf_of: { kind: 'user', value: 'gw|u-1' },
  conflicts: ['b'],
  binding: 'b0',
  directory_revision: 'r1',
}

test('minimal holds outcome, owner id and revision', () => {
  assert.deepEqual(toRecord(ATTRIBUTED, 'minimal'), {
    outcome: 'attributed',
    owner: { id: 'team:a' },
    revision: 0,
  })
  assert.deepEqual(toRecord({ outcome: 'unattributed', reason: 'ip_only' }, 'minimal'), {
    outcome: 'unattributed',
    reason: 'ip_only',
    revision: 0,
    ip_only: true,
  })
})

test('standard adds how that is known', () => {
  assert.deepEqual(toRecord(ATTRIBUTED, 'standard'), {
    outcome: 'attributed',
    owner: { id: 'team:a', team: 'a', cost_center: 'CC-1' },
    revision: 0,
    method: 'credential',
    level: 'prompt',
    confidence: 'high',
    evidence: 'api_key=gw/k1',
    chain: ['api_key=gw/k1', 'owner=team:a'],
    on_behalf_of: 'user=gw|u-1',
    conflicts: ['b'],
  })
})

test('full adds from where', () => {
  assert.deepEqual(toRecord(ATTRIBUTED, 'full'), {
    ...toRecord(ATTRIBUTED, 'standard'),
    binding: 'b0',
    directory_revision: 'r1',
    engine: ENGINE,
  })
})

test('a decision without outcome has no record', () => {
  assert.throws(() => toRecord({ class: 'context' }, 'full'), TypeError)
})
