import type { Source } from '#/core/source.ts'

/**
 * Envoy AI Gateway: JSON access log. Operators choose its keys; these are the documented ones, with `jwt.*` for verified
 * claims. Every other key is a plain header or metadata that a caller can set.
 */
export const envoyAiGateway = {
  name: 'envoy-ai-gateway',
  system: 'envoy',
  encoding: 'json',
  detect: [
    '/response_flags',
    '/response_code_details',
    '/upstream_cluster',
    '/upstream_host',
    '/downstream_remote_address',
    '/:authority',
    '/route_name',
    '/x-envoy-origin-path',
    '/x-envoy-upstream-service-time',
    '/jwt.sub',
    '/gen_ai.request.model',
    '/gen_ai.provider.name',
    '/mcp.method.name',
    '/llm_input_token',
  ].map((field) => [
    { field: '/start_time', is: 'present' } as const,
    { field, is: 'present' } as const,
  ]),
  needs: [[{ field: '/start_time', is: 'present' }]],
  classes: [
    { when: [{ names: '', matches: ['mcp*'] }], class: 'tool_call' },
    {
      when: [
        {
          field: ['/x-envoy-origin-path', '/x-envoy-original-path', '/:path', '/path'],
          matches: ['/v1/models', '/v1/models/*', '/v1/models?*'],
        },
      ],
      class: 'admin',
    },
  ],
  otherwise: 'call',
  identities: [
    {
      slot: 'workload',
      by: 'system',
      aliases: [
        { first: [{ field: '/jwt.sub', kind: 'k8s_sa', transform: 'kubernetes_service_account' }] },
      ],
    },
    {
      slot: 'principal',
      by: 'system',
      when: [{ field: '/jwt.sub', unless: ['system:serviceaccount:*:*'] }],
      aliases: [
        {
          first: [
            { field: '/jwt.sub', kind: 'user', issuer: '/jwt.iss' },
            { field: '/jwt.client_id', kind: 'oauth_client', issuer: '/jwt.iss' },
            { field: '/jwt.azp', kind: 'oauth_client', issuer: '/jwt.iss' },
          ],
        },
      ],
    },
  ],
  tag_maps: [{ field: '', by: 'caller', tags: 'all' }],
  account: [],
  net: ['/x-forwarded-for', '/downstream_remote_address'],
  secrets: [
    ...['authorization', 'x-api-key', 'api-key', 'x-goog-api-key', 'cookie'].map(
      (name) => ({ field: `/${name}`, holds: 'credential' }) as const,
    ),
    ...['x-envoy-origin-path', 'x-envoy-original-path', ':path', 'path'].map(
      (name) => ({ field: `/${name}`, holds: 'text' }) as const,
    ),
  ],
  hints: [{ first: [{ field: '/user-agent', kind: 'application', transform: 'first_word' }] }],
  time: [{ field: '/start_time', unit: 'iso' }],
  tokens: [
    {
      input: [['/gen_ai.usage.input_tokens', '/llm_input_token']],
      cache_read: [['/gen_ai.usage.cache_read.input_tokens', '/llm_cached_input_token']],
      cached: 'inside',
      output: [['/gen_ai.usage.output_tokens', '/llm_output_token']],
    },
  ],
  call: {
    operation: ['/x-envoy-origin-path', '/path', '/:path'],
    provider: ['/gen_ai.provider.name', '/backend_name'],
    requested_model: ['/gen_ai.request.model', '/request_model'],
    model: ['/gen_ai.response.model', '/response_model'],
    request_id: ['/x-request-id'],
    session_id: ['/session.id'],
    user_agent: ['/user-agent'],
    status: [{ field: '/response_code', success: ['2*'], failure: ['0', '4*', '5*'] }],
  },
} as const satisfies Source
