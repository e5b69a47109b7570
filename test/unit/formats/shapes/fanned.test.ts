/** What SIEMs get of an event, whatever the source: one object each, and nobody in it who is not known. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CallFacts } from '#/core/call.ts'
import { loadShapes, type NamedIdentity, type ShapedEvent } from '#/formats/shapes/index.ts'
import { problemsOf } from '../../../support/siem-schemas.ts'
import { eventId, formatOf, ID_BASE, ID_STAMP, RECORD } from '../harness.ts'

const CALL: ShapedEvent = {
  source: 'litellm',
  class: undefined,
  identities: [],
  time_ms: 1_795_089_600_104,
  record: { ...RECORD, level: 'prompt', evidence: 'api_key=litellm/1' },
  as_of_ms: undefined,
}
const IP_ONLY: ShapedEvent = {
  ...CALL,
  record: { outcome: 'unattributed', reason: 'ip_only', ip_only: true, revision: 0 },
}
const PRINCIPAL: NamedIdentity = {
  slot: 'principal',
  kind: 'user',
  value: 'idp|ana',
  trusted: true,
}

async function shaped(
  to: 'ocsf' | 'ecs',
  events: readonly ShapedEvent[],
  facts: CallFacts = {},
): Promise<readonly Record<string, unknown>[]> {
  const kind = (await loadShapes(to))('json')
  const shape = kind!.create({
    encoding: 'json',
    createFormat: (fields) => formatOf('json', fields),
    calls: { fields: [], read: () => facts },
  })
  assert.ok(shape.fans_out)
  const values = shape.write({
    message: Buffer.from(`[${events.map(() => '{}').join()}]`),
    events,
    id_base: ID_BASE,
    timestamp_ms: Number(ID_STAMP),
  })
  const objects = values!.map((value) => JSON.parse(value.toString()) as Record<string, unknown>)
  for (const object of objects) assert.deepEqual(problemsOf(to, object), [])
  return objects
}

async function one(to: 'ocsf' | 'ecs', event: ShapedEvent, facts: CallFacts = {}) {
  const [object] = await shaped(to, [event], facts)
  return object!
}

for (const encoding of ['ocsf', 'ecs'] as const) {
  test(`${encoding}: each event is an object of its own, with its own id`, async () => {
    const objects = await shaped(encoding, [CALL, CALL, CALL])
    assert.deepEqual(
      objects.map((object) => JSON.stringify(object).includes(eventId(2))),
      [false, false, true],
    )
    assert.deepEqual(await shaped(encoding, []), [])
  })

  test(`${encoding}: an event of which nothing is known is valid, whatever its class`, async () => {
    const classes = [undefined, 'tool_call', 'context', 'repeat', 'admin', 'usage_bucket'] as const
    for (const event_class of classes)
      for (const time_ms of [-1, 0, 1e16])
        await one(encoding, { ...CALL, class: event_class, record: undefined, time_ms })
  })
}

test('ocsf: an address alone is an endpoint, and no actor', async () => {
  const object = await one('ocsf', IP_ONLY, { address: '203.0.113.9', request_id: 'r-1' })
  assert.deepEqual(object['actor'], { session: { uid: 'r-1' } })
  assert.deepEqual(object['src_endpoint'], { ip: '203.0.113.9' })
  const [enrichment] = object['enrichments'] as Record<string, unknown>[]
  assert.equal(enrichment?.['value'], 'ip_only')
  assert.deepEqual(enrichment['data'], {
    outcome: 'unattributed',
    reason: 'ip_only',
    revision: 0,
    ip_only: true,
    event_id: eventId(0),
  })
  assert.deepEqual(object['observables'], [
    { name: 'src_endpoint.ip', type_id: 2, type: 'IP Address', value: '203.0.113.9' },
  ])
})

test('ocsf: a principal is the user, with the mail and the key that go with it', async () => {
  const mail = { ...PRINCIPAL, kind: 'mail', value: 'ana@example.com' } as const
  const key = { slot: 'credential', kind: 'api_key', value: 'litellm/1', trusted: true } as const
  const given_to = { ...key, kind: 'user', value: 'litellm|bob' } as const
  const identities = [PRINCIPAL, mail, given_to, key]
  const { actor } = await one('ocsf', { ...CALL, identities })
  assert.deepEqual(actor, {
    user: {
      type_id: 1,
      type: 'User',
      uid: 'idp|ana',
      email_addr: 'ana@example.com',
      credential_uid: 'litellm/1',
    },
    session: { uid: eventId(0), credential_uid: 'litellm/1' },
  })
})

test('ocsf: a role is a role, a workload a service', async () => {
  const role = { ...PRINCIPAL, kind: 'aws_role', value: 'aws:1:role/app' } as const
  const workload = {
    ...PRINCIPAL,
    slot: 'workload',
    kind: 'spiffe',
    value: 'spiffe://a/b',
  } as const
  const by_role = await one('ocsf', { ...CALL, identities: [role] })
  assert.deepEqual((by_role['actor'] as Record<string, unknown>)['iam_role'], {
    uid: 'aws:1:role/app',
    name: 'app',
  })
  const by_workload = await one('ocsf', { ...CALL, identities: [workload] })
  assert.deepEqual(by_workload['actor'], {
    user: { type_id: 4, type: 'Service', uid: 'spiffe://a/b' },
    app_uid: 'spiffe://a/b',
    session: { uid: eventId(0) },
  })
})

test('nobody is made a user by a claim, and a consumer is nobody else', async () => {
  const identities: readonly NamedIdentity[] = [
    { ...PRINCIPAL, trusted: false },
    { slot: 'consumer', kind: 'user', value: 'idp|end', trusted: false },
  ]
  const ocsf = await one('ocsf', { ...CALL, identities })
  assert.deepEqual(ocsf['actor'], { session: { uid: eventId(0) } })
  assert.deepEqual(ocsf['unmapped'], {
    consumer: 'user=idp|end',
    claimed_identity: 'user=idp|ana',
  })
  const ecs = await one('ecs', { ...CALL, identities })
  assert.equal(ecs['user'], undefined)
  assert.equal(ecs['related'], undefined)
  const labels = ecs['labels'] as Record<string, unknown>
  assert.equal(labels['claimed_identity'], 'user=idp|ana')
  assert.equal(labels['consumer'], 'user=idp|end')
})

test('ocsf: the model of an agent stands with the agent, and tokens are added up', async () => {
  const facts = { provider: 'openai', model: 'm-1', requested_model: 'm', input_tokens: 3 }
  const direct = await one('ocsf', CALL, facts)
  assert.deepEqual(direct['ai_model'], { ai_provider: 'openai', name: 'm-1' })
  assert.deepEqual(direct['unmapped'], { requested_model: 'm' })
  const agent = await one('ocsf', CALL, { ...facts, agent_id: 'a', output_tokens: 4 })
  assert.equal(agent['ai_model'], undefined)
  assert.deepEqual(agent['ai_agent'], {
    uid: 'a',
    type_id: 0,
    ai_model: { ai_provider: 'openai', name: 'm-1' },
  })
  assert.equal((agent['message_context'] as Record<string, unknown>)['total_tokens'], 7)
})

test('ecs: attribution is labels, which are texts', async () => {
  const object = await one(
    'ecs',
    { ...CALL, as_of_ms: CALL.time_ms },
    { address: '2001:db8::1', status: 'failure', trace_id: 't', span_id: 's' },
  )
  assert.deepEqual(object['labels'], {
    attribution_outcome: 'attributed',
    attribution_owner_id: 'team:payments',
    attribution_owner_team: 'payments',
    attribution_owner_cost_center: 'CC-1',
    attribution_revision: '0',
    attribution_method: 'credential',
    attribution_level: 'prompt',
    attribution_confidence: 'high',
    attribution_evidence: 'api_key=litellm/1',
    attribution_chain: ['api_key=litellm/1', 'team=payments'],
    attribution_as_of: '2026-11-19T12:00:00.104Z',
  })
  assert.deepEqual(object['source'], { ip: '2001:db8::1' })
  assert.deepEqual(object['related'], { ip: ['2001:db8::1'] })
  assert.equal((object['event'] as Record<string, unknown>)['outcome'], 'failure')
  const ip_only = await one('ecs', IP_ONLY)
  assert.equal((ip_only['labels'] as Record<string, unknown>)['attribution_ip_only'], 'true')
})
