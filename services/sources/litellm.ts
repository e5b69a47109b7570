import type { Source } from '#/core/source.ts'

/**
 * LiteLLM proxy: `StandardLoggingPayload`, as its callbacks send it. The user behind a key was looked up from the key, so
 * it is another name of the credential; `end_user` and everything the requester sent is the caller's word.
 */
export const litellm = {
  name: 'litellm',
  system: 'litellm',
  encoding: 'json',
  detect: [
    [{ field: '/litellm_call_id', is: 'present' }],
    [{ field: '/call_type', is: 'present' }],
  ],
  needs: [[{ field: '/call_type', is: 'present' }]],
  classes: [
    { when: [{ field: '/call_type', matches: ['*mcp*'] }], class: 'tool_call' },
    {
      when: [{ field: '/metadata/mcp_tool_call_metadata', is: 'object' }],
      class: 'tool_call',
    },
    { when: [{ field: '/mcp_tool_call_metadata', is: 'object' }], class: 'tool_call' },
    {
      when: [
        { field: '/call_type', matches: ['*list*', '*retrieve*', '*file*', '*count_tokens*'] },
      ],
      class: 'admin',
    },
  ],
  otherwise: 'call',
  identities: [
    {
      slot: 'credential',
      by: 'system',
      aliases: [
        {
          first: [
            { field: '/metadata/user_api_key_hash', kind: 'api_key' },
            { field: '/metadata/user_api_key_alias', kind: 'api_key', prefix: 'alias/' },
          ],
          shared: [
            [{ field: '/metadata/user_api_key_hash', matches: ['litellm_proxy_master_key'] }],
            [{ field: '/metadata/user_api_key_alias', matches: ['litellm_proxy_master_key'] }],
          ],
        },
        { first: [{ field: '/metadata/user_api_key_user_id', kind: 'user' }] },
        { first: [{ field: '/metadata/user_api_key_user_email', kind: 'mail' }] },
      ],
    },
    {
      slot: 'scope',
      by: 'system',
      aliases: [
        { first: [{ field: '/metadata/user_api_key_team_id', kind: 'scope', type: 'team' }] },
      ],
    },
    {
      slot: 'scope',
      by: 'system',
      aliases: [
        { first: [{ field: '/metadata/user_api_key_project_id', kind: 'scope', type: 'project' }] },
      ],
    },
    {
      slot: 'consumer',
      by: 'caller',
      aliases: [
        {
          first: [
            { field: '/end_user', kind: 'user_or_mail' },
            { field: '/metadata/user_api_key_end_user_id', kind: 'user_or_mail' },
          ],
        },
      ],
    },
  ],
  tag_maps: [
    { field: '/metadata/user_api_key_auth_metadata', by: 'system', tags: 'all' },
    { field: '/metadata/spend_logs_metadata', by: 'caller', tags: 'all' },
    { field: '/metadata/requester_metadata', by: 'caller', tags: 'all' },
    { field: '/metadata/requester_custom_headers', by: 'caller', tags: 'all' },
    { field: '/request_tags', by: 'caller', tags: 'all' },
  ],
  shared: { '/metadata/user_api_key_user_id': ['default_user_id'] },
  account: ['/metadata/user_api_key_org_id'],
  net: ['/requester_ip_address', '/metadata/requester_ip_address'],
  secrets: [
    { field: '/metadata/requester_custom_headers', holds: 'headers' },
    { field: '/model_parameters/extra_headers', holds: 'headers' },
    { field: '/model_parameters/api_key', holds: 'credential' },
  ],
  hints: [
    {
      first: [
        { field: '/user_agent', kind: 'application', transform: 'first_word' },
        { field: '/metadata/user_agent', kind: 'application', transform: 'first_word' },
      ],
    },
  ],
  time: [{ field: '/startTime', unit: 's' }],
  tokens: [
    {
      input: [['/prompt_tokens']],
      cache_read: [
        [
          '/metadata/usage_object/prompt_tokens_details/cached_tokens',
          '/metadata/usage_object/cache_read_input_tokens',
        ],
      ],
      cache_write: [['/metadata/usage_object/cache_creation_input_tokens']],
      cached: 'inside',
      output: [['/completion_tokens']],
      reasoning: [['/metadata/usage_object/completion_tokens_details/reasoning_tokens']],
      reasoned: 'inside',
    },
  ],
  cost: {
    first: ['/response_cost'],
    unit: 'whole',
    currency: 'USD',
    basis: 'list',
    unknown_when: [[{ field: '/response_cost_failure_debug_info', is: 'object' }]],
  },
  call: {
    operation: ['/call_type'],
    provider: ['/custom_llm_provider'],
    requested_model: ['/model_group', '/model'],
    model: ['/model'],
    request_id: ['/id', '/litellm_call_id'],
    session_id: ['/session_id'],
    trace_id: ['/trace_id'],
    user_agent: ['/user_agent', '/metadata/user_agent'],
    status: [{ field: '/status', success: ['success'], failure: ['failure'] }],
  },
} as const satisfies Source
