import type { Source } from '#/core/source.ts'

/**
 * OpenAI organisation data: pages of usage and cost buckets, and lists such as the audit log. A result is a sum over calls
 * and never one call; its time is that of the bucket it lies in. All of it lies in one organisation.
 */
export const openaiOrg = {
  name: 'openai-org',
  system: 'openai',
  encoding: 'json',
  wrappers: ['/data[]/results', '/data'],
  detect: [[{ field: '$/object', matches: ['page', 'list'] }]],
  needs: [
    [
      { field: '$/object', is: 'present' },
      { field: '$/data', is: 'present' },
    ],
    [
      { field: '/object', is: 'present' },
      { field: '/data', is: 'present' },
    ],
  ],
  classes: [{ when: [{ field: ['$/object', '/object'], matches: ['list'] }], class: 'admin' }],
  otherwise: 'usage_bucket',
  identities: [
    {
      slot: 'credential',
      by: 'system',
      aliases: [
        { first: [{ field: '/api_key_id', kind: 'api_key' }] },
        { first: [{ field: '/user_id', kind: 'user' }] },
      ],
    },
    {
      slot: 'scope',
      by: 'system',
      aliases: [{ first: [{ field: '/project_id', kind: 'scope', type: 'project' }] }],
    },
  ],
  tag_maps: [],
  account: 'always',
  net: [],
  hints: [],
  time: [{ field: '$/data[]/start_time', unit: 's' }],
  tokens: [
    {
      input: [['/input_tokens']],
      cache_read: [['/input_cached_tokens']],
      cached: 'inside',
      output: [['/output_tokens']],
    },
  ],
  cost: {
    first: ['/amount/value'],
    unit: 'whole',
    currency: '/amount/currency',
    basis: 'billed',
  },
  call: {
    operation: ['/object'],
    only_provider: 'openai',
    requested_model: ['/model'],
    model: ['/model'],
  },
} as const satisfies Source
