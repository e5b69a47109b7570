import type { Source } from '#/core/source.ts'

/**
 * Langfuse: ingestion events. Traces carry the user, generations the tokens; a generation names nobody unless its own body
 * does. The project is known only from the key that sent the event, which is not in it.
 */
export const langfuse = {
  name: 'langfuse',
  system: 'langfuse',
  encoding: 'json',
  wrappers: ['/batch'],
  detect: [
    [
      { field: '/type', matches: ['*-create', '*-update', 'sdk-log'] },
      { field: '/body', is: 'object' },
    ],
  ],
  needs: [
    [
      { field: '/type', is: 'present' },
      { field: '/body', is: 'present' },
    ],
  ],
  classes: [
    {
      when: [{ field: '/type', matches: ['generation-create', 'embedding-create'] }],
      class: 'call',
    },
    { when: [{ field: '/type', matches: ['generation-update'] }], class: 'repeat' },
  ],
  otherwise: 'context',
  identities: [
    {
      slot: 'consumer',
      by: 'caller',
      aliases: [{ first: [{ field: '/body/userId', kind: 'user_or_mail' }] }],
    },
  ],
  tag_maps: [{ field: '/body/metadata', by: 'caller', tags: 'all' }],
  environment: ['/body/environment'],
  nobody: { '/body/environment': ['default'] },
  account: [],
  net: [],
  hints: [],
  time: [{ field: '/body/startTime', unit: 'iso' }],
  tokens: [
    {
      input: [['/body/usageDetails/input']],
      cache_read: [
        ['/body/usageDetails/cache_read_input_tokens', '/body/usageDetails/input_cached_tokens'],
      ],
      cache_write: [['/body/usageDetails/cache_creation_input_tokens']],
      cached: 'beside',
      output: [['/body/usageDetails/output']],
      reasoning: [['/body/usageDetails/output_reasoning_tokens']],
      reasoned: 'beside',
    },
    {
      input: [
        ['/body/usageDetails/prompt_tokens', '/body/usage/promptTokens', '/body/usage/input'],
      ],
      cache_read: [['/body/usageDetails/prompt_tokens_details/cached_tokens']],
      cached: 'inside',
      output: [
        [
          '/body/usageDetails/completion_tokens',
          '/body/usage/completionTokens',
          '/body/usage/output',
        ],
      ],
      reasoning: [['/body/usageDetails/completion_tokens_details/reasoning_tokens']],
      reasoned: 'inside',
    },
  ],
  cost: {
    first: ['/body/costDetails/total', '/body/usage/totalCost'],
    unit: 'whole',
    currency: 'USD',
    basis: 'list',
  },
  call: {
    operation: ['/type'],
    requested_model: ['/body/model'],
    model: ['/body/model'],
    request_id: ['/body/id'],
    session_id: ['/body/sessionId'],
    trace_id: ['/body/traceId'],
    workflow_id: ['/body/name'],
    status: [{ field: '/body/level', failure: ['ERROR'] }],
  },
} as const satisfies Source
