import type { KeyRule, Source } from '#/core/source.ts'

/**
 * Azure API Management: gateway log and LLM log, as Event Hub and as Log Analytics write them, so each name has two
 * spellings and may stand in `properties`. The gateway log is the call; rows of the LLM log hold its tokens in pieces.
 * `TenantId` is a workspace of Log Analytics, and the master subscription opens everything.
 */
const fields = (name: string): readonly string[] => {
  const other = name[0]?.toLowerCase() + name.slice(1)
  return [`/properties/${other}`, `/${name}`, `/${other}`, `/properties/${name}`]
}
const rules = (name: string, rule: Omit<KeyRule, 'field'>): readonly KeyRule[] =>
  fields(name).map((field) => ({ ...rule, field }))

export const azureApimLlm = {
  name: 'azure-apim-llm',
  system: 'apim',
  encoding: 'json',
  wrappers: ['/records'],
  texts: ['/properties'],
  detect: [
    [{ field: '/category', matches: ['GatewayLogs', 'GatewayLlmLogs'] }],
    [
      {
        field: '/Type',
        matches: ['ApiManagementGatewayLogs', 'ApiManagementGatewayLlmLog'],
      },
    ],
  ],
  needs: [[{ field: '/category', is: 'present' }], [{ field: '/Type', is: 'present' }]],
  classes: [
    {
      when: [
        { field: ['/category', '/Type'], matches: ['GatewayLogs', 'ApiManagementGatewayLogs'] },
      ],
      class: 'call',
    },
    {
      when: [
        {
          field: ['/category', '/Type'],
          matches: ['GatewayLlmLogs', 'GatewayLlmLog', 'ApiManagementGatewayLlmLog'],
        },
      ],
      class: 'repeat',
    },
  ],
  otherwise: 'context',
  identities: [
    {
      slot: 'credential',
      by: 'system',
      aliases: [
        {
          first: rules('ApimSubscriptionId', { kind: 'api_key' }),
          shared: [
            ...fields('ApimSubscriptionId').map((field) => [
              { field, matches: ['master'] } as const,
            ]),
            ...fields('IsMasterTrace').map((field) => [{ field, is: 'true' } as const]),
          ],
        },
        { first: rules('UserId', { kind: 'user', nobody: ['1'] }) },
      ],
    },
    {
      slot: 'scope',
      by: 'system',
      aliases: [
        {
          first: rules('ProductId', {
            kind: 'scope',
            type: 'product',
            nobody: ['unlimited', 'starter'],
          }),
          only_if_known: true,
        },
      ],
    },
  ],
  tag_maps: [],
  account: ['/resourceId', '/_ResourceId', '/TenantId'],
  net: fields('CallerIpAddress'),
  hints: [],
  secrets: [
    ...['RequestHeaders', 'BackendRequestHeaders', 'ResponseHeaders'].flatMap((name) =>
      fields(name).map((field) => ({ field, holds: 'headers' }) as const),
    ),
    ...['Url', 'BackendUrl'].flatMap((name) =>
      fields(name).map((field) => ({ field, holds: 'text' }) as const),
    ),
  ],
  time: [
    { field: '/time', unit: 'iso' },
    { field: '/TimeGenerated', unit: 'iso' },
  ],
  tokens: [
    {
      input: [fields('PromptTokens')],
      cached: 'inside',
      output: [fields('CompletionTokens')],
    },
  ],
  call: {
    operation: [...fields('OperationId'), ...fields('OperationName')],
    requested_model: fields('DeploymentName'),
    model: fields('ModelName'),
    request_id: fields('CorrelationId'),
    status: [
      { field: '/properties/responseCode', success: ['2*'], failure: ['4*', '5*'] },
      { field: '/ResponseCode', success: ['2*'], failure: ['4*', '5*'] },
    ],
    region_called: ['/location', '/Region'],
  },
} as const satisfies Source
