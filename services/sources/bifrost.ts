import type { Source } from '#/core/source.ts'

/**
 * Bifrost: its log of calls. The virtual key and what the gateway knows about it (user, teams, project, business unit) are
 * its word; customer and app come with the request. Names beside the ids may change and are not read.
 */
export const bifrost = {
  name: 'bifrost',
  system: 'bifrost',
  encoding: 'json',
  detect: ['/virtual_key_id', '/relay_name', '/billable', '/team_ids'].map((field) => [
    { field: '/kind', is: 'present' } as const,
    { field, is: 'present' } as const,
  ]),
  needs: [[{ field: '/kind', is: 'present' }]],
  classes: [
    { when: [{ field: '/kind', matches: ['call'] }], class: 'call' },
    { when: [{ field: '/kind', matches: ['mcp'] }], class: 'tool_call' },
  ],
  otherwise: 'context',
  identities: [
    {
      slot: 'credential',
      by: 'system',
      aliases: [
        { first: [{ field: '/virtual_key_id', kind: 'api_key' }] },
        { first: [{ field: '/user_id', kind: 'user' }] },
      ],
    },
    {
      slot: 'scope',
      by: 'system',
      aliases: [{ first: [{ field: '/team_id', kind: 'scope', type: 'team' }] }],
    },
    {
      slot: 'scope',
      by: 'system',
      each: true,
      aliases: [{ first: [{ field: '/team_ids[]', kind: 'scope', type: 'team' }] }],
    },
    {
      slot: 'scope',
      by: 'system',
      aliases: [{ first: [{ field: '/project_id', kind: 'scope', type: 'project' }] }],
    },
    {
      slot: 'claim',
      by: 'system',
      aliases: [{ first: [{ field: '/business_unit_id', kind: 'tag', tag: 'business_unit' }] }],
    },
    {
      slot: 'consumer',
      by: 'caller',
      aliases: [{ first: [{ field: '/customer_id', kind: 'tag', tag: 'customer' }] }],
    },
    {
      slot: 'claim',
      by: 'caller',
      aliases: [{ first: [{ field: '/app', kind: 'tag', tag: 'application' }] }],
    },
  ],
  tag_maps: [],
  account: [],
  net: ['/remote_addr'],
  hints: [{ first: [{ field: '/user_agent', kind: 'application', transform: 'first_word' }] }],
  time: [{ field: '/timestamp', unit: 'iso' }],
  tokens: [{ input: [['/input_tokens']], cached: 'either', output: [['/output_tokens']] }],
  cost: { first: ['/cost'], unit: 'whole', currency: 'USD', basis: 'list' },
  call: {
    operation: ['/path'],
    requested_model: ['/model'],
    request_id: ['/request_id'],
    user_agent: ['/user_agent'],
    status: [
      { field: '/status', success: ['success'], failure: ['error'] },
      { field: '/status_code', success: ['2*'], failure: ['4*', '5*'] },
    ],
  },
} as const satisfies Source
