import type { Source } from '#/core/source.ts'

/**
 * Kong AI Gateway: what its log plugins serialise. The consumer was looked up from a credential, so it names the
 * credential; of the request's headers only the forwarded address is read. Only `authorization` is masked, so other headers
 * and the URL may hold raw keys.
 */
const AI_PLUGINS = ['proxy', 'ai-proxy', 'ai-proxy-advanced'] as const
/** Usage is passed on as the provider counts it. */
const PROVIDER = AI_PLUGINS.map((plugin) => `/ai/${plugin}/meta/provider_name` as const)

export const kongAiProxy = {
  name: 'kong-ai-proxy',
  system: 'kong',
  encoding: 'json',
  detect: [
    '/latencies',
    '/tries',
    '/upstream_uri',
    '/consumer',
    '/authenticated_entity',
    '/ai',
    '/workspace',
  ].map((field) => [
    { field: '/started_at', is: 'present' } as const,
    { field, is: 'present' } as const,
  ]),
  needs: [[{ field: '/started_at', is: 'present' }]],
  classes: [
    { when: [{ names: '/ai', other_than: ['mcp', 'a2a'] }], class: 'call' },
    { when: [{ names: '/ai', matches: ['mcp', 'a2a'] }], class: 'tool_call' },
  ],
  otherwise: 'context',
  identities: [
    {
      slot: 'credential',
      by: 'system',
      aliases: [
        {
          first: [
            { field: '/consumer/id', kind: 'api_key' },
            { field: '/authenticated_entity/consumer_id', kind: 'api_key' },
            { field: '/consumer/username', kind: 'api_key' },
          ],
          shared: [[{ field: '/consumer/username', matches: ['anonymous'] }]],
        },
      ],
    },
  ],
  tag_maps: [{ field: '/consumer/tags', by: 'system', tags: 'all' }],
  account: ['/workspace', '/service/ws_id'],
  net: ['/client_ip', '/request/headers/x-forwarded-for', '/request/headers/x-real-ip'],
  hints: [],
  secrets: [
    { field: '/request/headers', holds: 'headers' },
    { field: '/request/querystring', holds: 'headers' },
    { field: '/request/url', holds: 'text' },
    { field: '/request/uri', holds: 'text' },
    { field: '/upstream_uri', holds: 'text' },
    { field: '/response/headers', holds: 'headers' },
  ],
  time: [{ field: '/started_at', unit: 'ms' }],
  tokens: [
    {
      input: [usage('prompt_tokens', 'prompt_token')],
      cache_read: [usage('prompt_tokens_details/cached_tokens')],
      cached: 'either',
      beside_when: [{ field: PROVIDER, matches: ['anthropic', 'bedrock'] }],
      output: [usage('completion_tokens', 'completion_token')],
      reasoning: [usage('completion_tokens_details/reasoning_tokens')],
      reasoned: 'inside',
    },
  ],
  cost: { first: usage('cost'), unit: 'whole', currency: 'USD', basis: 'configured' },
  call: {
    operation: ['/upstream_uri', '/request/uri'],
    provider: PROVIDER,
    requested_model: AI_PLUGINS.map((plugin) => `/ai/${plugin}/meta/request_model`),
    model: AI_PLUGINS.map((plugin) => `/ai/${plugin}/meta/response_model`),
    request_id: ['/request/id', '/correlation_id'],
    trace_id: ['/trace_id/w3c'],
    user_agent: ['/request/headers/user-agent'],
    status: [{ field: '/response/status', success: ['2*'], failure: ['4*', '5*'] }],
  },
} as const satisfies Source

/** The same names under each plugin; older versions write the counts in the singular. */
function usage(...names: readonly string[]): string[] {
  return AI_PLUGINS.flatMap((plugin) => names.map((name) => `/ai/${plugin}/usage/${name}`))
}
