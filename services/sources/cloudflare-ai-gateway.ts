import type { Source } from '#/core/source.ts'

/**
 * Cloudflare AI Gateway: log records of its API, and of Logpush. In the API's metadata `cf.user_id` is the subject that
 * Access verified (keys with `cf.` from callers are removed); the rest is the caller's word. Logpush encrypts metadata, so
 * the gateway, which is an account, is all that it says.
 */
export const cloudflareAiGateway = {
  name: 'cloudflare-ai-gateway',
  system: 'cloudflare',
  encoding: 'json',
  texts: ['/metadata'],
  detect: [
    ...['/tokens_in', '/request_type', '/step', '/custom_cost'].map((field) => [
      { field: '/provider', is: 'present' } as const,
      { field, is: 'present' } as const,
    ]),
    ...['/Provider', '/Model', '/Endpoint'].map((field) => [
      { field: '/Gateway', is: 'present' } as const,
      { field, is: 'present' } as const,
    ]),
  ],
  needs: [[{ field: '/provider', is: 'present' }], [{ field: '/Gateway', is: 'present' }]],
  classes: [],
  otherwise: 'call',
  identities: [
    {
      slot: 'principal',
      by: 'system',
      aliases: [{ first: [{ field: '/metadata/cf.user_id', kind: 'user' }] }],
    },
  ],
  tag_maps: [{ field: '/metadata', by: 'caller', tags: 'all' }],
  // A service token has no subject.
  initiators: [{ when: [{ field: '/metadata/cf.user_id', is: 'named' }], initiator: 'human' }],
  account: ['/Gateway'],
  net: [],
  hints: [],
  time: [{ field: '/created_at', unit: 'iso' }],
  tokens: [{ input: [['/tokens_in']], cached: 'either', output: [['/tokens_out']] }],
  cost: { first: ['/cost'], unit: 'whole', currency: 'USD', basis: 'list' },
  call: {
    operation: ['/path', '/Endpoint'],
    provider: ['/provider', '/Provider'],
    requested_model: ['/model', '/Model'],
    request_id: ['/id'],
    status: [
      { field: '/status_code', success: ['2*'], failure: ['4*', '5*'] },
      { field: '/StatusCode', success: ['2*'], failure: ['4*', '5*'] },
    ],
  },
} as const satisfies Source
