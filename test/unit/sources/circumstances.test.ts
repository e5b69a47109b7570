import assert from 'node:assert/strict'
import test from 'node:test'
import { sourceNamed } from '#/sources/index.ts'
import { customSource, field } from '../attribution/scenario.ts'
import { otlp, read, type Reading, type ReadingOptions } from './reading.ts'

/** What records say about how their calls came about, and that nothing is said where they do not. */

type Expected = Partial<Pick<Reading, 'initiator' | 'environment' | 'traffic_class'>>

const trail = (identity: object, more: object = {}) => ({
  eventName: 'Converse',
  userIdentity: identity,
  ...more,
})
const role = (name: string, session: string) =>
  `arn:aws:sts::111122223333:assumed-role/${name}/${session}`
const audit = (who: object) => ({
  protoPayload: { methodName: 'GenerateContent', authenticationInfo: who },
})
const span = (spanAttributes: object) => ({
  spanAttributes: { 'tfy.span_type': 'Model', ...spanAttributes },
})
const CHAT = { 'gen_ai.operation.name': 'chat' }
const GENAI_EVENT = { eventName: 'gen_ai.client.inference.operation.details' }
const genai = (record: Record<string, unknown>, resource: Record<string, unknown> = {}) =>
  otlp({ ...CHAT, ...record }, resource, GENAI_EVENT)

const ROWS: readonly (readonly [
  title: string,
  source: string,
  event: unknown,
  expected: Expected,
])[] = [
  [
    'databricks: a user',
    'databricks-ai-gateway',
    { request_id: 'r', requester: 'a@example.com', requester_type: 'USER' },
    { initiator: 'human' },
  ],
  [
    'databricks: a service principal, and the environment of its service',
    'databricks-ai-gateway',
    {
      request_id: 'r',
      requester_type: 'SERVICE_PRINCIPAL',
      service_tags: { env: 'Prod' },
      request_tags: { env: 'test' },
    },
    { initiator: 'service', environment: 'prod', traffic_class: undefined },
  ],
  [
    'databricks: a requester of no stated type',
    'databricks-ai-gateway',
    { request_id: 'r', requester: 'a@example.com' },
    { initiator: 'unknown' },
  ],
  [
    'truefoundry: a user',
    'truefoundry',
    span({ 'tfy.request.created_by_subject': 'user:a@example.com' }),
    { initiator: 'human' },
  ],
  [
    'truefoundry: a virtual account',
    'truefoundry',
    { ...span({}), createdBySubject: { subjectType: 'virtualaccount', subjectSlug: 'x' } },
    { initiator: 'service' },
  ],
  [
    'vertex: a person',
    'gcp-vertex-audit',
    audit({ principalEmail: 'Ana@example.com' }),
    { initiator: 'human' },
  ],
  [
    'vertex: a subject that is a person',
    'gcp-vertex-audit',
    audit({ principalSubject: 'user:ana@example.com' }),
    { initiator: 'human' },
  ],
  [
    'vertex: a service account',
    'gcp-vertex-audit',
    audit({ principalEmail: 'a@p.iam.gserviceaccount.com' }),
    { initiator: 'service' },
  ],
  [
    'vertex: a service account that somebody stands behind',
    'gcp-vertex-audit',
    audit({
      principalEmail: 'a@p.iam.gserviceaccount.com',
      serviceAccountDelegationInfo: [{ principalSubject: 'user:ana@example.com' }],
    }),
    { initiator: 'unknown' },
  ],
  [
    'vertex: a workload that delegates',
    'gcp-vertex-audit',
    audit({
      principalEmail: 'a@p.iam.gserviceaccount.com',
      serviceAccountDelegationInfo: [
        {
          principalSubject:
            'principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/subject/ns/a/sa/b',
        },
      ],
    }),
    { initiator: 'service' },
  ],
  [
    'vertex: somebody of a workforce',
    'gcp-vertex-audit',
    audit({
      principalSubject:
        'principal://iam.googleapis.com/locations/global/workforcePools/p/subject/ana',
    }),
    { initiator: 'human' },
  ],
  [
    'cloudtrail: somebody typed a code',
    'aws-cloudtrail-bedrock',
    trail({
      arn: 'arn:aws:iam::111122223333:user/ana',
      sessionContext: { attributes: { mfaAuthenticated: 'true' } },
    }),
    { initiator: 'human' },
  ],
  [
    'cloudtrail: without a code nothing is known',
    'aws-cloudtrail-bedrock',
    trail({
      arn: 'arn:aws:iam::111122223333:user/ana',
      sessionContext: { attributes: { mfaAuthenticated: 'false' } },
    }),
    { initiator: 'unknown' },
  ],
  [
    'cloudtrail: a console',
    'aws-cloudtrail-bedrock',
    trail({ arn: role('dev', 'ana') }, { sessionCredentialFromConsole: 'true' }),
    { initiator: 'human' },
  ],
  [
    'cloudtrail: an instance',
    'aws-cloudtrail-bedrock',
    trail({ arn: role('app', 'x'), sessionContext: { ec2RoleDelivery: '2.0' } }),
    { initiator: 'service' },
  ],
  [
    'cloudtrail: a service of AWS',
    'aws-cloudtrail-bedrock',
    trail({ type: 'AWSService', invokedBy: 'bedrock.amazonaws.com' }),
    { initiator: 'service' },
  ],
  [
    'cloudtrail: a user of Identity Center',
    'aws-cloudtrail-bedrock',
    trail({ type: 'IdentityCenterUser' }),
    { initiator: 'human' },
  ],
  [
    'bedrock: a role of Identity Center',
    'aws-bedrock-invocation',
    {
      schemaType: 'ModelInvocationLog',
      identity: { arn: role('AWSReservedSSO_Dev_0123456789abcdef', 'ana@example.com') },
    },
    { initiator: 'human' },
  ],
  [
    'bedrock: the role of an instance',
    'aws-bedrock-invocation',
    { schemaType: 'ModelInvocationLog', identity: { arn: role('app', 'i-0abc123def') } },
    { initiator: 'service' },
  ],
  [
    'bedrock: any other role',
    'aws-bedrock-invocation',
    { schemaType: 'ModelInvocationLog', identity: { arn: role('app', 'session') } },
    { initiator: 'unknown' },
  ],
  [
    'cloudflare: the subject of Access',
    'cloudflare-ai-gateway',
    { provider: 'openai', metadata: '{"cf.user_id":"s-1","environment":"Staging"}' },
    { initiator: 'human', environment: 'staging', traffic_class: 'test' },
  ],
  [
    'envoy: a token without a subject stands for its client',
    'envoy-ai-gateway',
    { start_time: 'x', 'jwt.client_id': 'ci', 'jwt.iss': 'https://idp' },
    { initiator: 'service' },
  ],
  [
    'envoy: a token with a subject may be anybody\u2019s',
    'envoy-ai-gateway',
    { start_time: 'x', 'jwt.sub': 'u-1' },
    { initiator: 'unknown' },
  ],
  [
    'agentgateway: a workload with a certificate, whoever authenticated to it',
    'agentgateway',
    { protocol: 'llm', 'src.identity': 'spiffe://a.example/ns/x/sa/y', 'jwt.sub': 'u-1' },
    { initiator: 'service' },
  ],
  [
    'claude code: its own calls',
    'claude-code-otel',
    otlp({ 'event.name': 'api_request', 'user.email': 'a@example.com' }),
    { initiator: 'agent' },
  ],
  [
    'otel: a service, where it runs, for a customer',
    'otel-genai-logs',
    genai(
      { 'customer.id': 'c-1' },
      { 'service.name': 'web', 'deployment.environment.name': 'Production' },
    ),
    { initiator: 'service', environment: 'production', traffic_class: 'customer_facing' },
  ],
  [
    'otel: the old name of the environment, and one for trying things',
    'otel-genai-logs',
    genai({ 'customer.id': 'c-1' }, { 'deployment.environment': 'test' }),
    { initiator: 'unknown', environment: 'test', traffic_class: 'test' },
  ],
  [
    'otel: an agent in a service',
    'otel-genai-logs',
    genai({ 'gen_ai.agent.id': 'agt-1' }, { 'service.name': 'web' }),
    { initiator: 'agent' },
  ],
  [
    'otel: a job',
    'otel-genai-logs',
    genai({}, { 'service.name': 'n', 'k8s.namespace.name': 'a', 'k8s.cronjob.name': 'nightly' }),
    { initiator: 'script' },
  ],
  [
    'otel: synthetic traffic',
    'otel-genai-logs',
    genai({ 'user_agent.synthetic.type': 'test' }, { 'deployment.environment.name': 'production' }),
    { environment: 'production', traffic_class: 'test' },
  ],
  [
    'otel: a bot may be anybody\u2019s',
    'otel-genai-logs',
    genai({ 'user_agent.synthetic.type': 'bot' }),
    { traffic_class: undefined },
  ],
  [
    'langfuse: the environment of a trace, but for the one that is always there',
    'langfuse',
    { type: 'generation-create', body: { environment: 'default', metadata: { env: 'qa' } } },
    { initiator: 'unknown', environment: 'qa', traffic_class: 'test' },
  ],
  [
    'litellm: tags say it in so many words',
    'litellm',
    {
      call_type: 'acompletion',
      request_tags: ['env:prod', 'traffic-class:Internal'],
      metadata: { user_api_key_auth_metadata: { customer: 'c-1' } },
    },
    { initiator: 'unknown', environment: 'prod', traffic_class: 'internal' },
  ],
  [
    'portkey: a word that means nothing is none',
    'portkey',
    { ai_model: 'm', metadata: { traffic_class: 'premium', environment: 'x'.repeat(65) } },
    { environment: undefined, traffic_class: undefined },
  ],
  [
    'openai: a report is many calls',
    'openai-org',
    { object: 'page', data: [{ object: 'bucket', results: [{ api_key_id: 'k' }] }] },
    { initiator: undefined, environment: undefined },
  ],
]

for (const [title, name, event, expected] of ROWS)
  test(`what started a call of ${title}`, () => {
    const source = sourceNamed(name)
    assert.ok(source)
    const reading: Partial<Record<string, unknown>> = { ...read(source, event) }
    for (const [member, value] of Object.entries(expected)) assert.equal(reading[member], value)
  })

test('what an administrator says of an environment comes before what a caller says', () => {
  const source = customSource({
    fields: [field('/key', 'credential', 'api_key')],
    tags: [
      { field: '/said', by: 'caller', tags: 'all' },
      { field: '/set', by: 'system', tags: 'owner' },
    ],
  })
  const environment = (event: object, options: ReadingOptions = {}) =>
    read(source, event, options).environment
  const both = { said: { env: 'a' }, set: { deployment_environment: 'B' } }
  assert.equal(environment(both), 'b')
  assert.equal(environment(both, { trust: 'claimed' }), 'a')
  assert.equal(environment({ said: { env: 'none' } }), undefined)
})

test('an environment builds no key', () => {
  const source = customSource({ tags: [{ field: '/said', by: 'caller', tags: 'all' }] })
  const reading = read(source, { said: { env: 'prod', traffic_class: 'internal' } })
  assert.deepEqual(reading.keys, [])
  assert.equal(reading.traffic_class, 'internal')
})
