import type { Source } from '#/core/source.ts'

/**
 * vLLM: lines of the server's own log, as a log shipper wraps them. Nothing in them names a caller. The engine's line and
 * the access line of one call share no id, so ship one of them. Labels of the pod name the server's team and only suggest.
 */
export const vllm = {
  name: 'vllm',
  system: 'vllm',
  encoding: 'json',
  detect: ['/kubernetes', '/stream'].map((field) => [
    { field: '/log', is: 'named' } as const,
    { field, is: 'present' } as const,
  ]),
  needs: [[{ field: '/log', is: 'present' }]],
  classes: [
    {
      when: [{ field: '/log', transform: 'vllm_line', matches: ['request', 'call'] }],
      class: 'call',
    },
    { when: [{ field: '/log', transform: 'vllm_line', matches: ['access'] }], class: 'admin' },
  ],
  otherwise: 'context',
  identities: [],
  tag_maps: [],
  account: [],
  net: [{ field: '/log', transform: 'vllm_address' }],
  hints: [
    { first: [{ field: '/log', kind: 'application', transform: 'vllm_adapter' }] },
    { tag_map: '/kubernetes/labels' },
  ],
  time: [{ field: '/@timestamp', unit: 'iso' }],
  call: { only_provider: 'vllm' },
} as const satisfies Source
