import type { Source } from '#/core/source.ts'

/**
 * Helicone: the message of its queue. Ids of keys are numbers that may lie beyond 2^53. The user and the properties come
 * from request headers. `authorization` in the envelope is a live secret.
 */
export const helicone = {
  name: 'helicone',
  system: 'helicone',
  encoding: 'json',
  detect: [[{ field: '/log/request', is: 'object' }]],
  needs: [[{ field: '/log/request', is: 'present' }]],
  classes: [],
  otherwise: 'call',
  identities: [
    {
      slot: 'credential',
      by: 'system',
      aliases: [
        {
          first: [
            { field: '/log/request/heliconeProxyKeyId', kind: 'api_key' },
            { field: '/log/request/heliconeApiKeyId', kind: 'api_key' },
          ],
        },
      ],
    },
    {
      slot: 'consumer',
      by: 'caller',
      aliases: [{ first: [{ field: '/log/request/userId', kind: 'user_or_mail' }] }],
    },
  ],
  tag_maps: [{ field: '/log/request/properties', by: 'caller', tags: 'all' }],
  account: [],
  net: [],
  hints: [],
  secrets: [
    { field: '/authorization', holds: 'credential' },
    { field: '/log/request/targetUrl', holds: 'text' },
    { field: '/log/request/path', holds: 'text' },
  ],
  time: [{ field: '/log/request/requestCreatedAt', unit: 'iso' }],
  cost: { first: ['/log/response/cost'], unit: 'whole', currency: 'USD', basis: 'list' },
  call: {
    operation: ['/log/request/path'],
    provider: ['/log/request/provider'],
    request_id: ['/log/request/id'],
    session_id: ['/log/request/properties/Helicone-Session-Id', '/log/request/properties/Session'],
    status: [{ field: '/log/response/status', success: ['2*'], failure: ['4*', '5*', '-*'] }],
  },
} as const satisfies Source
