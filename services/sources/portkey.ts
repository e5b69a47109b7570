import type { Source } from '#/core/source.ts'

/**
 * Portkey: log export. The virtual key and its workspace are the gateway's word; everything in `metadata` is the caller's,
 * and an address can only stand there. Cost is in cents; times may be dates as a browser writes them.
 */
export const portkey = {
  name: 'portkey',
  system: 'portkey',
  encoding: 'json',
  detect: ['/ai_org', '/virtual_key', '/workspace_slug', '/req_units', '/is_success'].map(
    (field) => [{ field: '/ai_model', is: 'present' } as const, { field, is: 'present' } as const],
  ),
  needs: [[{ field: '/ai_model', is: 'present' }]],
  classes: [],
  otherwise: 'call',
  identities: [
    {
      slot: 'credential',
      by: 'system',
      aliases: [{ first: [{ field: '/virtual_key', kind: 'api_key' }] }],
    },
    {
      slot: 'scope',
      by: 'system',
      aliases: [{ first: [{ field: '/workspace_slug', kind: 'scope', type: 'workspace' }] }],
    },
  ],
  tag_maps: [{ field: '/metadata', by: 'caller', tags: 'all' }],
  account: [],
  net: [],
  hints: [],
  time: [
    { field: '/created_at', unit: 'iso' },
    { field: '/created_at', unit: 'date' },
  ],
  tokens: [{ input: [['/req_units']], cached: 'either', output: [['/res_units']] }],
  cost: { first: ['/cost'], unit: 'cents', currency: '/cost_currency', basis: 'list' },
  call: {
    operation: ['/request_url'],
    provider: ['/ai_org'],
    requested_model: ['/ai_model'],
    model: ['/ai_model'],
    request_id: ['/id'],
    trace_id: ['/trace_id'],
    status: [
      { field: '/response_status_code', success: ['2*'], failure: ['4*', '5*'] },
      { field: '/is_success', success: ['1'], failure: ['0'] },
    ],
  },
} as const satisfies Source
