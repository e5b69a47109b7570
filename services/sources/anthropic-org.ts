import type { Source } from '#/core/source.ts'

/**
 * Anthropic organisation data: usage and cost reports. A result is a sum over calls of its bucket. Without a workspace it
 * belongs to the default one, which everybody shares. Amounts are cents; there is no address.
 */
export const anthropicOrg = {
  name: 'anthropic-org',
  system: 'anthropic',
  encoding: 'json',
  wrappers: ['/data[]/results'],
  detect: [[{ field: '$/data[]/starting_at', is: 'present' }]],
  needs: [[{ field: '$/data', is: 'present' }], [{ field: '/data', is: 'present' }]],
  classes: [],
  otherwise: 'usage_bucket',
  identities: [
    {
      slot: 'principal',
      by: 'system',
      aliases: [{ first: [{ field: '/account_id', kind: 'user' }] }],
    },
    {
      slot: 'principal',
      by: 'system',
      aliases: [{ first: [{ field: '/service_account_id', kind: 'user' }] }],
    },
    {
      slot: 'credential',
      by: 'system',
      aliases: [{ first: [{ field: '/api_key_id', kind: 'api_key' }] }],
    },
    {
      slot: 'scope',
      by: 'system',
      aliases: [{ first: [{ field: '/workspace_id', kind: 'scope', type: 'workspace' }] }],
    },
  ],
  tag_maps: [],
  shared_when: [[{ field: '/workspace_id', is: 'absent' }]],
  account: 'always',
  net: [],
  hints: [],
  time: [{ field: '$/data[]/starting_at', unit: 'iso' }],
  tokens: [
    {
      input: [['/uncached_input_tokens']],
      cache_read: [['/cache_read_input_tokens']],
      cache_write: [
        ['/cache_creation/ephemeral_5m_input_tokens', '/cache_creation_5m_input_tokens'],
        ['/cache_creation/ephemeral_1h_input_tokens', '/cache_creation_1h_input_tokens'],
      ],
      cached: 'beside',
      output: [['/output_tokens']],
    },
  ],
  cost: { first: ['/amount'], unit: 'cents', currency: '/currency', basis: 'billed' },
  call: {
    operation: ['/cost_type'],
    only_provider: 'anthropic',
    requested_model: ['/model'],
    model: ['/model'],
    region_served: ['/inference_geo'],
  },
} as const satisfies Source
