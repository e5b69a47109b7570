import assert from 'node:assert/strict'
import test from 'node:test'
import { claudeCodeOtel } from '#/sources/claude-code-otel.ts'
import { otelGenaiLogs } from '#/sources/otel-genai-logs.ts'
import { otlp, read, type ReadingOptions } from './reading.ts'

const DETAILS = {
  'event.name': 'gen_ai.client.inference.operation.details',
  'gen_ai.operation.name': 'chat',
}
const genai = (record: object, resource: object = {}, options: ReadingOptions = {}) =>
  read(otelGenaiLogs, otlp({ ...DETAILS, ...record }, { ...resource }), options)

const RESOURCE = {
  'service.name': 'Claims-Summarizer',
  'service.namespace': 'claims',
  'deployment.environment.name': 'prod',
  'k8s.cluster.name': 'eu-1',
  'k8s.namespace.name': 'claims',
  'k8s.deployment.name': 'summarizer',
  'k8s.pod.uid': 'B39FB442',
}
const SERVICE = 'service=claims/claims-summarizer/prod'
const WORKLOAD = 'k8s_workload=eu-1/claims/deployment/summarizer?'
const POD = 'k8s_pod=b39fb442?'

test('the resource is the workload by three names, all of them claims', () => {
  assert.deepEqual(genai({}, RESOURCE).keys, [`7a ${SERVICE}`, `7a ${WORKLOAD}`, `7a ${POD}`])
})

test('a name all of whose parts the platform stamps is trusted', () => {
  const trusted_resource_attributes = ['k8s.*']
  assert.deepEqual(genai({}, RESOURCE, { trusted_resource_attributes }).keys, [
    `1 ${WORKLOAD}`,
    `1 ${POD}`,
    `7a ${SERVICE}`,
  ])
  const all = { trusted_resource_attributes: ['k8s.*', 'service.*', 'deployment.environment.name'] }
  assert.deepEqual(genai({}, RESOURCE, all).keys, [`1 ${SERVICE}`, `1 ${WORKLOAD}`, `1 ${POD}`])
  const part = { trusted_resource_attributes: ['service.*'] }
  assert.equal(genai({}, RESOURCE, part).keys[0], `7a ${SERVICE}`)
  assert.deepEqual(genai({}, { 'service.name': 'a' }, part).keys, ['1 service=/a/'])
})

test('a claimed receiver trusts no resource attribute', () => {
  const options = { trusted_resource_attributes: ['*'], trust: 'claimed' } as const
  assert.equal(genai({}, RESOURCE, options).keys[0], `7a ${SERVICE}`)
})

test('an attribute that stands twice is claimed, whatever wrote it', () => {
  const options = {
    trusted_resource_attributes: ['k8s.*'],
    occurrences: { '/resource/k8s.namespace.name': 2 },
  }
  assert.deepEqual(genai({}, RESOURCE, options).keys, [
    `1 ${POD}`,
    `7a ${SERVICE}`,
    `7a ${WORKLOAD}`,
  ])
})

test('the workload is the first of the kinds that is there, and needs a namespace', () => {
  const resource = { 'k8s.namespace.name': 'n', 'k8s.job.name': 'j', 'k8s.cronjob.name': 'c' }
  assert.deepEqual(genai({}, resource).keys, ['7a k8s_workload=otel/n/cronjob/c?'])
  assert.deepEqual(genai({}, resource, { cluster: 'x' }).keys, ['7a k8s_workload=x/n/cronjob/c?'])
  assert.deepEqual(genai({}, { 'k8s.deployment.name': 'd' }).keys, [])
})

test('the old name of the environment counts when the new one is absent', () => {
  const resource = { 'service.name': 'a', 'deployment.environment': 'Prod' }
  assert.deepEqual(genai({}, resource).keys, ['7a service=/a/prod'])
})

test('an unknown service is nobody', () => {
  for (const name of ['unknown_service', 'unknown_service:node', 'Unknown_Service', 'unknown']) {
    assert.deepEqual(genai({}, { 'service.name': name }).keys, [], name)
  }
})

test('the consumer is the first user attribute and the mail', () => {
  assert.deepEqual(
    genai({ 'enduser.id': 'u-2', 'gen_ai.user': 'u-3', 'user.email': 'A@b.c' }).keys,
    ['7c user=otel|u-2', '7c mail=a@b.c'],
  )
  assert.deepEqual(genai({ 'user.id': 'a@b.c', 'enduser.id': 'u-2' }).keys, ['7c mail=a@b.c'])
  assert.deepEqual(genai({ 'llm.user': 'u-4' }).keys, ['7c user=otel|u-4'])
})

test('the agent is unique within its namespace, else within the system', () => {
  const record = { 'gen_ai.agent.name': 'triage', 'agent.name': 'x' }
  assert.deepEqual(genai(record).keys, ['7c agent=otel/triage'])
  const keys = genai(record, { 'service.namespace': 'claims' }).keys
  assert.deepEqual(keys, ['7c agent=claims/triage'])
})

test('other attributes of the record are tags, those that are read otherwise are not', () => {
  const record = {
    'user.id': 'u-1',
    'app.name': 'Search',
    metadata: '{"team":"Support","user_id":"u-9"}',
    'traceloop.association.properties.tenant_id': 'Blue',
    'agent.id': 'agt-2',
  }
  assert.deepEqual(genai(record).keys, [
    '7b tenant_tag=application=search',
    '7b application=search',
    '7b tenant_tag=team=support',
    '7b team=support',
    '7c user=otel|u-1',
    '7c agent=otel/agt-2',
    '7c tenant_tag=tenant=blue',
    '7c user=otel|u-9',
  ])
})

test('owner tags of the resource are claims, of rung 6 where the platform stamps them', () => {
  const resource = { 'team.id': 'Pay', user: 'u-1', 'agent.id': 'x' }
  assert.deepEqual(genai({}, resource).keys, ['7b tenant_tag=team=pay', '7b team=pay'])
  const options = { trusted_resource_attributes: ['team.*'] }
  assert.deepEqual(genai({}, resource, options).keys, ['6 tenant_tag=team=pay', '6 team=pay'])
})

test('addresses, account and the project of OpenInference keep their rungs', () => {
  const reading = genai(
    { 'client.address': '203.0.113.77', 'network.peer.address': '198.51.100.10' },
    { 'cloud.account.id': '1111', 'openinference.project.name': 'Search' },
  )
  assert.deepEqual(reading.keys, [])
  assert.equal(reading.account, true)
  assert.deepEqual(reading.hints, ['tenant_tag=project=search', 'ip=203.0.113.77'])
})

test('only the event with the details of an inference is a call', () => {
  const classOf = (record: object, rest: object = {}) =>
    read(otelGenaiLogs, otlp({ ...record }, {}, { ...rest })).class
  const event = { 'event.name': DETAILS['event.name'] }
  assert.equal(classOf({ ...event, 'gen_ai.request.model': 'm' }), undefined)
  assert.equal(
    classOf({ 'gen_ai.request.model': 'm' }, { eventName: DETAILS['event.name'] }),
    undefined,
  )
  assert.equal(classOf({ ...event, 'gen_ai.operation.name': 'embeddings' }), undefined)
  assert.equal(classOf({ ...event, 'gen_ai.operation.name': 'execute_tool' }), 'tool_call')
  assert.equal(classOf({ ...event, 'gen_ai.operation.name': 'invoke_agent' }), 'repeat')
  assert.equal(classOf({ ...event, 'gen_ai.operation.name': 'create_agent' }), 'context')
  assert.equal(classOf({ ...event, 'openinference.span.kind': 'LLM' }), undefined)
  assert.equal(classOf({ ...event, 'openinference.span.kind': 'CHAIN' }), 'repeat')
  assert.equal(classOf({ ...event, 'traceloop.span.kind': 'tool' }), 'tool_call')
  assert.equal(classOf({ ...event, 'traceloop.span.kind': 'workflow' }), 'repeat')
  assert.equal(classOf({ ...event, 'llm.request.type': 'chat' }), undefined)
  assert.equal(classOf(event), 'context')
  assert.equal(classOf({ 'event.name': 'gen_ai.choice', 'gen_ai.request.model': 'm' }), 'context')
  assert.equal(classOf({ 'gen_ai.operation.name': 'chat' }), 'context')
})

test('the time is the record’s, else when it was observed, zero being absent', () => {
  const time = (rest: object) => read(otelGenaiLogs, otlp(DETAILS, {}, { ...rest })).time
  assert.equal(time({ timeUnixNano: '1795089601000999999' }), 1795089601000)
  assert.equal(
    time({ timeUnixNano: '0', observedTimeUnixNano: '1795089607120000000' }),
    1795089607120,
  )
  assert.equal(time({ timeUnixNano: 'x', observedTimeUnixNano: 1795089607 }), 1795)
  assert.equal(time({ timeUnixNano: '0', observedTimeUnixNano: '0' }), undefined)
})

test('new and old names of token counts', () => {
  assert.deepEqual(
    genai({ 'gen_ai.usage.input_tokens': 5210, 'gen_ai.usage.output_tokens': 388 }).tokens,
    { input: 5210, output: 388 },
  )
  assert.deepEqual(
    genai({ 'gen_ai.usage.prompt_tokens': 812, 'gen_ai.usage.completion_tokens': '95' }).tokens,
    { input: 812, output: 95 },
  )
})

const claude = (record: object, resource: object = {}, options: ReadingOptions = {}) =>
  read(claudeCodeOtel, otlp({ 'event.name': 'api_request', ...record }, { ...resource }), options)

test('claude code: a session signed in through the gateway is a principal', () => {
  const record = {
    'identity.source': 'gateway-oidc',
    'user.id': '00u1',
    'user.email': 'Dev@example.com',
    'user.account_uuid': 'x',
  }
  assert.deepEqual(claude(record).keys, ['2 user=claude-code|00u1', '2 mail=dev@example.com'])
  const twice = { occurrences: { '/attributes/identity.source': 2 } }
  assert.deepEqual(claude(record, {}, twice).keys, [
    '7a user=claude-code|00u1',
    '7a mail=dev@example.com',
  ])
})

test('claude code: any other session is a claim, its user id a hint', () => {
  const record = {
    'user.id': '7d41',
    'user.account_id': 'user_01',
    'user.email': 'Dev@example.com',
  }
  const reading = claude(record, { 'service.name': 'claude-code' })
  assert.deepEqual(reading.keys, ['7a user=claude-code|user_01', '7a mail=dev@example.com'])
  assert.deepEqual(reading.hints, ['user=claude-code|7d41', 'service=/claude-code/'])
  const both = claude({ ...record, 'user.account_uuid': '0acc' }).keys
  assert.equal(both[0], '7a user=claude-code|0acc')
})

test('claude code: owner tags of record and resource, without users and agents', () => {
  const record = { 'team.id': 'Platform', 'agent.id': 'x', end_user: 'u-1' }
  const keys = claude(record, { cost_center: 'eng-1', tenant: 'blue', user: 'u-2' }).keys
  assert.deepEqual(keys, [
    '7b tenant_tag=team=platform',
    '7b team=platform',
    '7b tenant_tag=cost_center=eng-1',
    '7b cost_center=eng-1',
    '7c tenant_tag=tenant=blue',
  ])
})

test('claude code: requests and errors are calls, tools are tool calls, the rest is context', () => {
  const classOf = (name: string) => claude({ 'event.name': name }).class
  assert.equal(classOf('api_request'), undefined)
  assert.equal(classOf('api_error'), undefined)
  assert.equal(classOf('tool_result'), 'tool_call')
  assert.equal(classOf('tool_decision'), 'tool_call')
  assert.equal(classOf('user_prompt'), 'context')
})

test('claude code: account, address and tokens', () => {
  const reading = claude({
    'organization.id': 'o',
    'client.address': '198.51.100.33',
    input_tokens: '602',
    output_tokens: 1090,
    cache_read_tokens: '36864',
    cache_creation_tokens: 2654,
  })
  assert.equal(reading.account, true)
  assert.equal(reading.address, 'present')
  assert.deepEqual(reading.tokens, {
    input: 602,
    cache_read: 36864,
    cache_write: 2654,
    output: 1090,
  })
})
