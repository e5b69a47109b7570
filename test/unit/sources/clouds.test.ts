import { testRows, type Row } from './rows.ts'

/** Clouds and provider reports: one row is one event and what must be read of it. */

const ROLE = {
  type: 'AssumedRole',
  arn: 'arn:aws:sts::111122223333:assumed-role/app/ana@example.com',
  sessionContext: {
    sessionIssuer: { arn: 'arn:aws:iam::111122223333:role/team/app', principalId: 'AROAX1' },
  },
}
const SUBJECT = 'principal://iam.googleapis.com/projects/1/subject/ns/claims/sa/bot'
const audit = (authenticationInfo: object, more: object = {}): object => ({
  protoPayload: { methodName: 'x.PredictionService.Predict', authenticationInfo, ...more },
})
const apim = (properties: unknown, more: object = {}): object => ({
  category: 'GatewayLogs',
  properties,
  ...more,
})
const bucket = (result: object): object => ({
  object: 'page',
  data: [{ start_time: 1795046400, starting_at: '2026-11-19T00:00:00Z', results: [result] }],
})

const ROWS: readonly Row[] = [
  [
    'cloudtrail: the role by name and by id, its session the consumer',
    'aws-cloudtrail-bedrock',
    { eventName: 'ConverseStream', userIdentity: ROLE, sourceIPAddress: 'AWS Internal' },
    {
      class: undefined,
      keys: [
        '2 aws_role=aws:111122223333:role/app',
        '2 aws_role_id=AROAX1',
        '7c mail=ana@example.com',
      ],
      address: 'none',
    },
  ],
  [
    'cloudtrail: a trusted broker is a hop and its session the principal',
    'aws-cloudtrail-bedrock',
    { eventName: 'Converse', userIdentity: { ...ROLE, sessionContext: {} } },
    { keys: ['2 mail=ana@example.com'], hops: ['aws_role=aws:111122223333:role/app'] },
    { trusted_brokers: ['app'] },
  ],
  [
    'cloudtrail: the other name of a trusted broker is a hop as well, and never the principal',
    'aws-cloudtrail-bedrock',
    { eventName: 'Converse', userIdentity: ROLE },
    {
      keys: ['2 mail=ana@example.com'],
      hops: ['aws_role=aws:111122223333:role/app', 'aws_role_id=AROAX1'],
    },
    { trusted_brokers: ['app'] },
  ],
  [
    'cloudtrail: on whose behalf, with the store that knows the user; a long-term key if known',
    'aws-cloudtrail-bedrock',
    {
      eventName: 'InvokeModel',
      userIdentity: {
        arn: 'arn:aws:iam::111122223333:user/path/bot',
        accessKeyId: 'AKIAEXAMPLE',
        onBehalfOf: {
          userId: 'u-1',
          identityStoreArn: 'arn:aws:identitystore::1:identitystore/d-1',
        },
      },
    },
    {
      keys: [
        '2 aws_user=aws:111122223333:user/bot',
        '3 api_key=aws/AKIAEXAMPLE?',
        '7c user=arn:aws:identitystore::1:identitystore/d-1|u-1',
      ],
    },
  ],
  [
    'cloudtrail: an agent repeats its calls',
    'aws-cloudtrail-bedrock',
    { eventName: 'InvokeAgent' },
    { class: 'repeat' },
  ],
  [
    'cloudtrail: an agent runtime is a tool',
    'aws-cloudtrail-bedrock',
    { eventName: 'InvokeAgentRuntime' },
    { class: 'tool_call' },
  ],
  [
    'cloudtrail: all else is administration',
    'aws-cloudtrail-bedrock',
    { eventName: 'ListFoundationModels' },
    { class: 'admin' },
  ],
  [
    'cloudtrail: a record without event is not of this source',
    'aws-cloudtrail-bedrock',
    { userIdentity: ROLE },
    { failure: 'wrong_shape' },
  ],
  [
    'azure: object ids are of the tenant that the receiver names, in lower case',
    'azure-openai-diagnostic',
    {
      category: 'RequestResponse',
      operationName: 'ChatCompletions_Create',
      properties:
        '{"objectId":"270260D5-A","modelDeploymentName":"GPT-prod","requestTime":639306870614139450}',
      resourceId: '/SUBSCRIPTIONS/A/ACCOUNTS/B',
      time: '2026-11-19T12:11:02.4359999Z',
    },
    {
      keys: [
        '2 azure_sp=contoso/270260d5-a',
        '4 scope=azure/deployment/subscriptions/a/accounts/b/gpt-prod?',
      ],
      account: true,
      lost: 0,
      time: Date.parse('2026-11-19T12:11:02.435Z'),
    },
    { tenant: 'Contoso' },
  ],
  [
    'azure: an empty object id means a shared key, a missing one nothing',
    'azure-openai-diagnostic',
    { category: 'RequestResponse', properties: { objectId: '' } },
    { shared: true, keys: [] },
  ],
  [
    'azure: no object id is no shared key',
    'azure-openai-diagnostic',
    { category: 'RequestResponse', properties: {} },
    { shared: false },
  ],
  [
    'azure: properties that do not parse are lost',
    'azure-openai-diagnostic',
    { category: 'RequestResponse', properties: '{"objectId":""' },
    { lost: 1, shared: false },
  ],
  [
    'azure: reading files is administration',
    'azure-openai-diagnostic',
    { category: 'RequestResponse', operationName: 'Files_List' },
    { class: 'admin' },
  ],
  [
    'apim: either spelling, flat or in properties',
    'azure-apim-llm',
    {
      Type: 'ApiManagementGatewayLogs',
      ApimSubscriptionId: 'sub',
      UserId: 'u',
      ProductId: 'p',
      TimeGenerated: '2026-11-19T12:00:00Z',
    },
    {
      class: undefined,
      keys: ['3 api_key=apim/sub', '3 user=apim|u', '4 scope=apim/product/p?'],
      time: Date.parse('2026-11-19T12:00:00Z'),
    },
  ],
  [
    'apim: properties may be a text',
    'azure-apim-llm',
    apim('{"apimSubscriptionId":"sub","userId":"1","productId":"starter"}'),
    { keys: ['3 api_key=apim/sub'] },
  ],
  [
    'apim: a master trace shares whatever subscription it names',
    'azure-apim-llm',
    apim({ apimSubscriptionId: 'sub', isMasterTrace: true }),
    { shared: true, keys: [] },
  ],
  [
    'apim: a trace that is none of the master shares nothing',
    'azure-apim-llm',
    apim({ apimSubscriptionId: 'sub', isMasterTrace: false }),
    { shared: false, keys: ['3 api_key=apim/sub'] },
  ],
  [
    'apim: rows of the LLM log repeat',
    'azure-apim-llm',
    { category: 'GatewayLlmLogs' },
    { class: 'repeat' },
  ],
  [
    'apim: another log is context',
    'azure-apim-llm',
    { category: 'WebSocketConnectionLogs' },
    { class: 'context' },
  ],
  [
    'vertex audit: the first federated subject is the workload, accounts are hops',
    'gcp-vertex-audit',
    audit({
      principalEmail: 'c@p.iam.gserviceaccount.com',
      serviceAccountDelegationInfo: [
        { principalSubject: 'serviceAccount:a@p.iam.gserviceaccount.com' },
        { principalSubject: SUBJECT },
        { principalSubject: 'principal://later' },
      ],
      serviceAccountKeyName: '//iam.googleapis.com/projects/p/serviceAccounts/c/keys/k1',
    }),
    {
      keys: [`1 federated=${SUBJECT}`, '2 gcp_sa=c@p.iam.gserviceaccount.com', '3 api_key=gcp/k1?'],
      hops: ['gcp_sa=a@p.iam.gserviceaccount.com', 'gcp_sa=c@p.iam.gserviceaccount.com'],
    },
  ],
  [
    'vertex audit: without mail the subject says who, a federated one is a workload',
    'gcp-vertex-audit',
    audit({ principalSubject: 'user:Ana@example.com' }),
    { keys: ['2 mail=ana@example.com'] },
  ],
  [
    'vertex audit: a federated caller',
    'gcp-vertex-audit',
    audit({ principalSubject: SUBJECT }),
    { keys: [`1 federated=${SUBJECT}`] },
  ],
  [
    'vertex audit: default accounts are shared',
    'gcp-vertex-audit',
    audit({ principalEmail: '123-compute@developer.gserviceaccount.com' }),
    { shared: true, keys: [] },
  ],
  [
    'vertex audit: the last record of an operation repeats the first',
    'gcp-vertex-audit',
    { ...audit({}), operation: { last: true } },
    { class: 'repeat' },
  ],
  [
    'vertex audit: one that is both is the call',
    'gcp-vertex-audit',
    { ...audit({}), operation: { first: true, last: true } },
    { class: undefined },
  ],
  [
    'vertex audit: counting tokens is no call',
    'gcp-vertex-audit',
    audit({}, { methodName: 'a.b.CountTokens' }),
    { class: 'admin' },
  ],
  [
    'vertex audit: embeddings are calls',
    'gcp-vertex-audit',
    audit({}, { methodName: 'a.b.EmbedContent' }),
    { class: undefined },
  ],
  [
    'vertex table: labels in a JSON text, thoughts beside the answer',
    'gcp-vertex-request-response',
    {
      api_method: 'GenerateContent',
      endpoint: 'projects/p/locations/eu/endpoints/7',
      full_request: '{"labels":{"team":"claims"},"contents":[{"labels":{"team":"no"}}]}',
      full_response:
        '{"usage_metadata":{"prompt_token_count":10,"candidates_token_count":2,"thoughts_token_count":5}}',
      logging_time: '2026-11-19 12:13:02.248000 UTC',
    },
    {
      keys: [
        '4 scope=gcp/endpoint/projects/p/locations/eu/endpoints/7?',
        '7b tenant_tag=team=claims',
        '7b team=claims',
      ],
      account: true,
      tokens: { input: 10, output: 7 },
      time: Date.parse('2026-11-19T12:13:02.248Z'),
    },
  ],
  [
    'vertex table: an answer that is all thoughts is no unknown one',
    'gcp-vertex-request-response',
    {
      api_method: 'GenerateContent',
      full_response: { usage_metadata: { prompt_token_count: 10, thoughts_token_count: 500 } },
    },
    { tokens: { input: 10, output: 500 } },
  ],
  [
    'vertex table: a model without a project lies in no account we know',
    'gcp-vertex-request-response',
    { api_method: 'GenerateContent', full_request: { model: 'gemini-2.5-pro' } },
    { account: false },
  ],
  [
    'openai: a result has the time of its bucket',
    'openai-org',
    bucket({ api_key_id: 'k', user_id: 'u', project_id: 'p', input_tokens: 9 }),
    {
      class: 'usage_bucket',
      keys: ['3 api_key=openai/k', '3 user=openai|u', '4 scope=openai/project/p'],
      time: 1795046400000,
      tokens: { input: 9 },
      account: true,
    },
  ],
  [
    'openai: what is no report is not of this source',
    'openai-org',
    { object: 'chat.completion' },
    { failure: 'wrong_shape' },
  ],
  [
    'anthropic: a result without workspace is of the shared one',
    'anthropic-org',
    bucket({
      account_id: 'a',
      service_account_id: 's',
      uncached_input_tokens: 1,
      cache_creation: { ephemeral_5m_input_tokens: 2, ephemeral_1h_input_tokens: 4 },
    }),
    {
      class: 'usage_bucket',
      shared: true,
      keys: ['2 user=anthropic|a', '2 user=anthropic|s'],
      tokens: { input: 1, cache_write: 6 },
      time: Date.parse('2026-11-19T00:00:00Z'),
    },
  ],
]

testRows(ROWS)
