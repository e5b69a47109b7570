import type { Source } from '#/core/source.ts'

/**
 * Databricks: rows of the usage tables of its AI gateway (the newer and the older one), of inference tables and of external
 * spend. `requester` is verified; tags of services and endpoints are set by who owns them, tags of a request by its caller.
 * An inference table repeats calls of the usage table, and spend is a report by day.
 */
export const databricksAiGateway = {
  name: 'databricks-ai-gateway',
  system: 'databricks',
  encoding: 'json',
  detect: [
    [{ field: '/databricks_request_id', is: 'present' }],
    ...['/requester', '/requester_type', '/destination_type', '/sampling_fraction'].map((field) => [
      { field: '/request_id', is: 'present' } as const,
      { field, is: 'present' } as const,
    ]),
    ...['/usage_date', '/identity_metadata', '/usage_quantity'].map((field) => [
      { field: '/usage_metadata', is: 'present' } as const,
      { field, is: 'present' } as const,
    ]),
  ],
  needs: ['/request_id', '/databricks_request_id', '/usage_metadata'].map((field) => [
    { field, is: 'present' } as const,
  ]),
  classes: [
    { when: [{ field: '/mcp_metadata', is: 'object' }], class: 'tool_call' },
    { when: [{ field: '/mcp_metadata', is: 'named' }], class: 'tool_call' },
    { when: [{ field: '/api_type', matches: ['mcp'] }], class: 'tool_call' },
    { when: [{ field: '/sampling_fraction', is: 'named' }], class: 'repeat' },
    { when: [{ field: '/usage_metadata', is: 'object' }], class: 'usage_bucket' },
    { when: [{ field: '/usage_metadata', is: 'named' }], class: 'usage_bucket' },
  ],
  otherwise: 'call',
  identities: [
    {
      slot: 'principal',
      by: 'system',
      aliases: [
        {
          first: [
            { field: '/requester', kind: 'user_or_mail' },
            { field: '/identity_metadata/run_by', kind: 'user_or_mail' },
          ],
        },
      ],
    },
    {
      slot: 'scope',
      by: 'system',
      aliases: [
        {
          first: [
            { field: '/service_name', kind: 'scope', type: 'service' },
            { field: '/endpoint_name', kind: 'scope', type: 'service' },
          ],
          only_if_known: true,
        },
      ],
    },
  ],
  tag_maps: [
    { field: '/service_tags', by: 'system', tags: 'all' },
    { field: '/endpoint_tags', by: 'system', tags: 'all' },
    { field: '/request_tags', by: 'caller', tags: 'all' },
    { field: '/usage_context', by: 'caller', tags: 'all' },
  ],
  initiators: [
    { when: [{ field: '/requester_type', matches: ['USER'] }], initiator: 'human' },
    { when: [{ field: '/requester_type', matches: ['SERVICE_PRINCIPAL'] }], initiator: 'service' },
  ],
  account: ['/account_id', '/workspace_id'],
  net: ['/ip_address'],
  hints: [{ first: [{ field: '/user_agent', kind: 'application', transform: 'first_word' }] }],
  time: [
    { field: '/event_time', unit: 'iso' },
    { field: '/request_time', unit: 'iso' },
    { field: '/usage_date', unit: 'iso' },
  ],
  tokens: [
    {
      input: [['/input_tokens']],
      cache_read: [['/token_details/cache_read_input_tokens']],
      cache_write: [['/token_details/cache_creation_input_tokens']],
      cached: 'either',
      output: [['/output_tokens']],
      reasoning: [['/token_details/output_reasoning_tokens']],
      reasoned: 'inside',
    },
    {
      // Guessed from characters where the model says nothing.
      input: [['/input_token_count']],
      cached: 'either',
      output: [['/output_token_count']],
      may_be_estimated: true,
    },
  ],
  cost: { first: ['/usage_quantity'], unit: 'whole', currency: 'USD', basis: 'list' },
  call: {
    operation: ['/api_type'],
    provider: ['/destination_name'],
    requested_model: ['/destination_model', '/usage_metadata/model'],
    request_id: ['/request_id', '/databricks_request_id'],
    session_id: ['/client_request_id'],
    user_agent: ['/user_agent'],
    status: [{ field: '/status_code', success: ['2*'], failure: ['4*', '5*'] }],
  },
} as const satisfies Source
