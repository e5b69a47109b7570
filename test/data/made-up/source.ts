import type { Source } from '#/core/source.ts'

/** A gateway that does not exist, written as a new source would be: one data file, nothing else. */
export const fernGateway = {
  name: 'fern-gateway',
  system: 'fern',
  encoding: 'json',
  wrappers: ['/pages[]/entries'],
  texts: ['/caller'],
  detect: [[{ field: '/fern_version', is: 'present' }]],
  needs: [[{ field: '/fern_version', is: 'present' }]],
  classes: [{ when: [{ field: '/kind', matches: ['tool'] }], class: 'tool_call' }],
  otherwise: 'call',
  identities: [
    {
      slot: 'credential',
      by: 'system',
      aliases: [{ first: [{ field: '/caller/key_id', kind: 'api_key' }] }],
    },
    {
      slot: 'scope',
      by: 'system',
      each: true,
      aliases: [{ first: [{ field: '/caller/teams[]/id', kind: 'scope', type: 'team' }] }],
    },
  ],
  tag_maps: [{ field: '/labels', by: 'caller', tags: 'all' }],
  shared: { '/caller/key_id': ['root'] },
  account: ['$/region'],
  net: ['/peer'],
  hints: [],
  time: [{ field: '$/pages[]/from', unit: 's' }],
  tokens: [
    {
      input: [['/used/in']],
      cache_read: [['/used/cached']],
      cached: 'inside',
      output: [['/used/out']],
    },
  ],
  cost: { first: ['/cents'], unit: 'cents', currency: 'EUR', basis: 'configured' },
} as const satisfies Source
