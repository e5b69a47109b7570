import type { Source } from '#/core/source.ts'

/**
 * agentgateway: request log. The peer's certificate names the workload, the token who authenticated. `agentgateway.user` is
 * one of several things by default, most often the name of an API key, so the specific fields stand above it.
 */
export const agentgateway = {
  name: 'agentgateway',
  system: 'agentgateway',
  encoding: 'json',
  detect: ['/src.addr', '/src.identity', '/gateway', '/listener', '/agentgateway.user'].map(
    (field) => [{ field: '/protocol', is: 'present' } as const, { field, is: 'present' } as const],
  ),
  needs: [[{ field: '/protocol', is: 'present' }]],
  classes: [
    { when: [{ field: '/protocol', matches: ['llm'] }], class: 'call' },
    { when: [{ field: '/protocol', matches: ['mcp', 'a2a'] }], class: 'tool_call' },
  ],
  otherwise: 'context',
  identities: [
    {
      slot: 'workload',
      by: 'system',
      aliases: [{ first: [{ field: '/src.identity', kind: 'spiffe' }] }],
    },
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
    {
      slot: 'credential',
      by: 'system',
      aliases: [{ first: [{ field: '/agentgateway.user', kind: 'api_key' }] }],
    },
    {
      slot: 'claim',
      by: 'system',
      aliases: [{ first: [{ field: '/agentgateway.group', kind: 'tag', tag: 'team' }] }],
    },
  ],
  tag_maps: [],
  account: [],
  // Who acts for the subject of the token, outermost first.
  hops: [
    { field: '/jwt.act/sub', kind: 'user', issuer: '/jwt.iss' },
    { field: '/jwt.act/client_id', kind: 'oauth_client', issuer: '/jwt.iss' },
    { field: '/jwt.act/act/sub', kind: 'user', issuer: '/jwt.iss' },
  ],
  net: ['/src.addr'],
  hints: [],
  secrets: [{ field: '/http.path', holds: 'text' }],
  time: [{ field: '/time', unit: 'iso' }],
  tokens: [
    {
      input: [['/gen_ai.usage.input_tokens']],
      cache_read: [['/gen_ai.usage.cache_read.input_tokens']],
      cache_write: [
        ['/gen_ai.usage.cache_creation.input_tokens', '/gen_ai.usage.cache_write.input_tokens'],
      ],
      cached: 'inside',
      output: [['/gen_ai.usage.output_tokens']],
      reasoning: [['/gen_ai.usage.reasoning_tokens']],
      reasoned: 'inside',
    },
  ],
  cost: { first: ['/agw.ai.usage.cost.total'], unit: 'whole', currency: 'USD', basis: 'list' },
  call: {
    operation: ['/gen_ai.operation.name', '/http.path'],
    provider: ['/gen_ai.provider.name'],
    requested_model: ['/gen_ai.request.model'],
    model: ['/gen_ai.response.model'],
    trace_id: ['/trace.id'],
    span_id: ['/span.id'],
    status: [{ field: '/http.status', success: ['2*'], failure: ['4*', '5*'] }],
  },
} as const satisfies Source
