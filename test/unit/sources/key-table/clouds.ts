import { session, type Row } from './row.ts'

/** Rows of the logs of clouds. */

const PROFILE = 'arn:aws:bedrock:eu-1:111122223333:application-inference-profile/p1'

const PROVISIONED = 'arn:aws:bedrock:eu-1:111122223333:provisioned-model/m1'

const AZURE = '/SUBSCRIPTIONS/S/PROVIDERS/MICROSOFT.COGNITIVESERVICES/ACCOUNTS/A'

const POOL = 'principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p'

const audit = (authenticationInfo: object, more: object = {}) => ({
  protoPayload: { methodName: 'GenerateContent', authenticationInfo, ...more },
})

export const CLOUDS: readonly Row[] = [
  [
    'aws-bedrock-invocation',
    'everything',
    {
      schemaType: 'ModelInvocationLog',
      accountId: '111122223333',
      identity: { arn: session('u-9') },
      modelId: PROFILE,
      requestMetadata: { project: 'x' },
    },
    {
      keys: [
        '2 aws_role=aws:111122223333:role/app',
        `4 scope=aws/inference-profile/${PROFILE}`,
        '7b tenant_tag=project=x',
        '7c user=aws|u-9',
      ],
      account: true,
      address: 'none',
    },
  ],
  [
    'aws-bedrock-invocation',
    'a user, a provisioned model',
    {
      schemaType: 'ModelInvocationLog',
      identity: { arn: 'arn:aws-cn:iam::111122223333:user/path/bot' },
      modelId: PROVISIONED,
    },
    {
      keys: [
        '2 aws_user=aws-cn:111122223333:user/bot',
        `4 scope=aws/provisioned-model/${PROVISIONED}?`,
      ],
      account: false,
    },
  ],
  ...['botocore-session-1700000000', 'i-0abc12', 'aws-sdk-js-1'].map((name): Row => [
    'aws-bedrock-invocation',
    `a session that a tool named, ${name}`,
    { schemaType: 'ModelInvocationLog', identity: { arn: session(name) }, modelId: 'm' },
    { keys: ['2 aws_role=aws:111122223333:role/app'] },
  ]),
  [
    'aws-cloudtrail-bedrock',
    'everything',
    {
      eventName: 'Converse',
      sourceIPAddress: '192.0.2.1',
      userAgent: 'Boto3/1.40 md/x',
      requestParameters: { modelId: PROFILE },
      recipientAccountId: '111122223333',
      userIdentity: {
        arn: session('ana@example.com'),
        accessKeyId: 'AKIAEXAMPLE',
        sessionContext: {
          sessionIssuer: {
            arn: 'arn:aws:iam::111122223333:role/path/app',
            principalId: 'AROAEXAMPLE',
          },
        },
        onBehalfOf: { userId: 'u-9', identityStoreArn: 'arn:aws:identitystore::1:store/d' },
      },
    },
    {
      keys: [
        '2 aws_role=aws:111122223333:role/app',
        '2 aws_role_id=AROAEXAMPLE',
        '3 api_key=aws/AKIAEXAMPLE?',
        `4 scope=aws/inference-profile/${PROFILE}`,
        '7c mail=ana@example.com',
        '7c user=arn:aws:identitystore::1:store/d|u-9',
      ],
      account: true,
      hints: ['application=Boto3', 'ip=192.0.2.1'].map((hint) => hint.toLowerCase()),
    },
  ],
  [
    'aws-cloudtrail-bedrock',
    'nobody at all',
    {
      eventName: 'InvokeModel',
      sourceIPAddress: 'bedrock.amazonaws.com',
      userIdentity: { accountId: 'anonymous', accessKeyId: 'ASIAEXAMPLE' },
    },
    { keys: [], account: false, address: 'none' },
  ],
  [
    'azure-openai-diagnostic',
    'everything',
    {
      category: 'RequestResponse',
      resourceId: AZURE,
      callerIpAddress: '192.0.2.***',
      properties: JSON.stringify({ objectId: 'ABC-1', modelDeploymentName: 'GPT' }),
    },
    {
      keys: [
        '2 azure_sp=azure/abc-1',
        `4 scope=azure/deployment/${AZURE.slice(1).toLowerCase()}/gpt?`,
      ],
      account: true,
      address: 'masked',
      hints: [],
    },
  ],
  [
    'azure-openai-diagnostic',
    'authentication by key',
    { category: 'RequestResponse', properties: { objectId: '' } },
    { keys: [], shared: true, account: false },
  ],
  ...['flat', 'flat_lower', 'inside', 'inside_upper'].map((spelling): Row => {
    const fields: Record<string, unknown> = {
      ApimSubscriptionId: 's1',
      UserId: 'u-1',
      ProductId: 'p1',
      CallerIpAddress: '192.0.2.1',
    }
    const is_lower = spelling === 'flat_lower' || spelling === 'inside'
    const named = Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [
        is_lower ? name[0]!.toLowerCase() + name.slice(1) : name,
        value,
      ]),
    )
    return [
      'azure-apim-llm',
      `everything, ${spelling}`,
      {
        category: 'GatewayLogs',
        resourceId: '/S',
        ...(spelling.startsWith('flat') ? named : { properties: JSON.stringify(named) }),
      },
      {
        keys: ['3 api_key=apim/s1', '3 user=apim|u-1', '4 scope=apim/product/p1?'],
        account: true,
        hints: ['ip=192.0.2.1'],
      },
    ]
  }),
  ...['_ResourceId', 'TenantId'].map((name): Row => [
    'azure-apim-llm',
    `the account is ${name}`,
    { Type: 'ApiManagementGatewayLogs', [name]: 'x' },
    { keys: [], account: true },
  ]),
  [
    'azure-apim-llm',
    'the master subscription, the administrator, a product for all',
    {
      category: 'GatewayLogs',
      ApimSubscriptionId: 'master',
      UserId: '1',
      ProductId: 'unlimited',
    },
    { keys: [], shared: true, account: false },
  ],
  ...[true, 'True'].map((flag): Row => [
    'azure-apim-llm',
    `a master trace, ${typeof flag}`,
    { category: 'GatewayLogs', properties: { isMasterTrace: flag, apimSubscriptionId: 's1' } },
    { keys: [], shared: true },
  ]),
  [
    'gcp-vertex-audit',
    'everything',
    audit(
      {
        principalEmail: 'A@P.iam.gserviceaccount.com',
        serviceAccountKeyName: '//iam.googleapis.com/projects/p/serviceAccounts/a/keys/k1',
        serviceAccountDelegationInfo: [
          { principalSubject: 'serviceAccount:mid@p.iam.gserviceaccount.com' },
          { principalSubject: `${POOL}/subject/ns/a/sa/b` },
        ],
      },
      {
        resourceName: 'projects/p/locations/eu/endpoints/1',
        requestMetadata: { callerIp: '192.0.2.1', callerSuppliedUserAgent: 'sdk/1' },
      },
    ),
    {
      keys: [
        `1 federated=${POOL}/subject/ns/a/sa/b`,
        '2 gcp_sa=a@p.iam.gserviceaccount.com',
        '3 api_key=gcp/k1?',
      ],
      hops: ['gcp_sa=mid@p.iam.gserviceaccount.com', 'gcp_sa=a@p.iam.gserviceaccount.com'],
      account: true,
      hints: ['application=sdk', 'ip=192.0.2.1'],
    },
  ],
  [
    'gcp-vertex-audit',
    'a person',
    audit({ principalSubject: 'user:Ana@Example.com' }),
    { keys: ['2 mail=ana@example.com'], account: false },
  ],
  [
    'gcp-vertex-audit',
    'a service account as a subject',
    audit({ principalSubject: 'serviceAccount:a@p.iam.gserviceaccount.com' }),
    { keys: ['2 gcp_sa=a@p.iam.gserviceaccount.com'] },
  ],
  [
    'gcp-vertex-audit',
    'a pool is nobody',
    audit({ principalSubject: 'principalSet://iam.googleapis.com/x' }),
    { keys: [] },
  ],
  ...['123456-compute@developer.gserviceaccount.com', 'p@appspot.gserviceaccount.com'].map(
    (mail): Row => [
      'gcp-vertex-audit',
      `a default account, ${mail}`,
      { ...audit({ principalEmail: mail }), logName: 'projects/p/logs/x' },
      { keys: [], shared: true, account: true },
    ],
  ),
  [
    'gcp-vertex-request-response',
    'everything',
    {
      api_method: 'GenerateContent',
      endpoint: 'projects/p/locations/eu/endpoints/7',
      full_request: '{"labels":{"team":"claims","user":"u-9"}}',
    },
    {
      keys: [
        '4 scope=gcp/endpoint/projects/p/locations/eu/endpoints/7?',
        '7b tenant_tag=team=claims',
        '7b team=claims',
        '7c user=gcp|u-9',
      ],
      account: true,
      address: 'none',
    },
  ],
  [
    'gcp-vertex-request-response',
    'the project in the model',
    { api_method: 'GenerateContent', full_request: { model: 'projects/p/locations/eu/models/1' } },
    { keys: [], account: true },
  ],
]
