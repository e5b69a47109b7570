import type { Source } from '#/core/source.ts'

/**
 * Apache APISIX with ai-proxy, as its logger plugins write it. The consumer was looked up from a key; the end user and all
 * request headers are the caller's word, so none is read; they stand there unmasked, with the keys in them. Counts may be texts. An operator's own
 * log format may leave out all but what it names.
 */
export const apisixAiProxy = {
  name: 'apisix-ai-proxy',
  system: 'apisix',
  encoding: 'json',
  detect: [
    [{ field: '/llm_summary', is: 'object' }],
    ...['/apisix_latency', '/upstream', '/service_id', '/server/hostname'].map((field) => [
      { field: '/route_id', is: 'present' } as const,
      { field, is: 'present' } as const,
    ]),
  ],
  needs: [[{ field: '/route_id', is: 'present' }], [{ field: '/llm_summary', is: 'present' }]],
  classes: [{ when: [{ field: '/llm_summary', is: 'object' }], class: 'call' }],
  otherwise: 'context',
  identities: [
    {
      slot: 'credential',
      by: 'system',
      aliases: [{ first: [{ field: '/consumer/username', kind: 'api_key' }] }],
    },
    {
      slot: 'scope',
      by: 'system',
      aliases: [{ first: [{ field: '/consumer/group_id', kind: 'scope', type: 'group' }] }],
    },
    {
      slot: 'consumer',
      by: 'caller',
      aliases: [{ first: [{ field: '/llm_summary/end_user_id', kind: 'user_or_mail' }] }],
    },
  ],
  tag_maps: [],
  account: [],
  net: ['/client_ip', '/remote_addr', '/client'],
  hints: [],
  secrets: [
    { field: '/request/headers', holds: 'headers' },
    { field: '/request/querystring', holds: 'headers' },
    { field: '/request/url', holds: 'text' },
    { field: '/request/uri', holds: 'text' },
    { field: '/response/headers', holds: 'headers' },
  ],
  time: [{ field: '/start_time', unit: 'ms' }],
  tokens: [
    {
      input: [['/llm_summary/prompt_tokens']],
      cache_read: [['/llm_summary/cache_read_input_tokens']],
      cache_write: [['/llm_summary/cache_creation_input_tokens']],
      cached: 'either',
      output: [['/llm_summary/completion_tokens']],
      reasoning: [['/llm_summary/reasoning_tokens']],
      reasoned: 'inside',
    },
  ],
  call: {
    operation: ['/request/uri'],
    requested_model: ['/llm_summary/request_model'],
    model: ['/llm_summary/model'],
    status: [{ field: '/response/status', success: ['2*'], failure: ['4*', '5*'] }],
    guardrail_verdict: ['/llm_summary/content_risk_level'],
  },
} as const satisfies Source
