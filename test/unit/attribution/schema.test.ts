import assert from 'node:assert/strict'
import test from 'node:test'
import { problemsOf } from './schema.ts'

/** The published schema refuses what the rules never write. */

const EVENT = { event_id: 'c/raw/0/41/3@1795089600104', revision: 0 }
const ATTRIBUTED = {
  ...EVENT,
  outcome: 'attributed',
  owner: { id: 'team:a' },
  method: 'credential',
  level: 'prompt',
  confidence: 'high',
  evidence: 'api_key=gw/k1',
  chain: ['api_key=gw/k1', 'owner=team:a'],
}

const LEGAL: readonly (readonly [string, object])[] = [
  ['an attributed event', ATTRIBUTED],
  ['a minimal one', { ...EVENT, outcome: 'attributed', owner: { id: 'a' } }],
  ['an ip_only one', { ...EVENT, outcome: 'unattributed', reason: 'ip_only', ip_only: true }],
  [
    'a shared one',
    { ...EVENT, outcome: 'unattributed', reason: 'shared_account', level: 'billing' },
  ],
  ['an unresolved one', { ...EVENT, outcome: 'unresolved', reason: 'lookup_unavailable' }],
  ['a conflict', { ...EVENT, outcome: 'unattributed', reason: 'conflict', conflicts: ['a', 'b'] }],
]

const ILLEGAL: readonly (readonly [string, object])[] = [
  ['no event id', { ...ATTRIBUTED, event_id: undefined }],
  ['an event id of another shape', { ...ATTRIBUTED, event_id: 'abc' }],
  ['no revision', { ...ATTRIBUTED, revision: undefined }],
  ['an unknown member', { ...ATTRIBUTED, colour: 'red' }],
  ['an unknown member of the owner', { ...ATTRIBUTED, owner: { id: 'a', colour: 'red' } }],
  ['an owner without id', { ...ATTRIBUTED, owner: { team: 'a' } }],
  ['an empty value', { ...ATTRIBUTED, owner: { id: '' } }],
  ['attributed without owner', { ...EVENT, outcome: 'attributed' }],
  ['attributed with a reason', { ...ATTRIBUTED, reason: 'unowned' }],
  ['attributed with a suggestion', { ...ATTRIBUTED, suggested_owner: 'b' }],
  ['unattributed without reason', { ...EVENT, outcome: 'unattributed' }],
  [
    'unattributed with an owner',
    { ...EVENT, outcome: 'unattributed', reason: 'unowned', owner: { id: 'a' } },
  ],
  [
    'unattributed for an outage',
    { ...EVENT, outcome: 'unattributed', reason: 'lookup_unavailable' },
  ],
  ['unresolved for another reason', { ...EVENT, outcome: 'unresolved', reason: 'unowned' }],
  ['ip_only without its flag', { ...EVENT, outcome: 'unattributed', reason: 'ip_only' }],
  [
    'the flag with another reason',
    { ...EVENT, outcome: 'unattributed', reason: 'unowned', ip_only: true },
  ],
  ['a false flag', { ...EVENT, outcome: 'unattributed', reason: 'ip_only', ip_only: false }],
  [
    'a level without owner',
    { ...EVENT, outcome: 'unattributed', reason: 'conflict', level: 'prompt' },
  ],
  ['a method without its confidence', { ...ATTRIBUTED, confidence: undefined }],
  ['a confidence that the method cannot have', { ...ATTRIBUTED, confidence: 'low' }],
  ['evidence without a kind', { ...ATTRIBUTED, evidence: 'gw/k1' }],
  ['an empty list', { ...ATTRIBUTED, conflicts: [] }],
  ['a word that no list has', { ...ATTRIBUTED, method: 'guess' }],
]

for (const [name, record] of LEGAL) {
  test(`the schema takes ${name}`, () => assert.deepEqual(problemsOf(plain(record)), []))
}
for (const [name, record] of ILLEGAL) {
  test(`the schema refuses ${name}`, () => assert.notDeepEqual(problemsOf(plain(record)), []))
}

function plain(record: object): unknown {
  return JSON.parse(JSON.stringify(record))
}
