import type { Source } from '#/core/source.ts'

/**
 * Vertex AI: rows of its request-response table. Labels of the request are the only ownership, and the caller's word;
 * neither principal nor address stand in it. Requests and responses may be JSON texts. Answers do not count thoughts.
 */
const USAGE = '/full_response/usage_metadata'

export const gcpVertexRequestResponse = {
  name: 'gcp-vertex-request-response',
  system: 'gcp',
  encoding: 'json',
  texts: ['/full_request', '/full_response'],
  detect: ['/full_request', '/logging_time', '/deployed_model_id'].map((field) => [
    { field: '/api_method', is: 'present' } as const,
    { field, is: 'present' } as const,
  ]),
  needs: [[{ field: '/api_method', is: 'present' }]],
  classes: [],
  otherwise: 'call',
  identities: [
    {
      slot: 'scope',
      by: 'system',
      aliases: [
        { first: [{ field: '/endpoint', kind: 'scope', type: 'endpoint' }], only_if_known: true },
      ],
    },
  ],
  tag_maps: [{ field: '/full_request/labels', by: 'caller', tags: 'all' }],
  account: [
    { field: '/endpoint', transform: 'gcp_project' },
    { field: '/full_request/model', transform: 'gcp_project' },
  ],
  net: [],
  hints: [],
  time: [{ field: '/logging_time', unit: 'iso' }],
  tokens: [
    {
      input: [[`${USAGE}/prompt_token_count`]],
      cache_read: [[`${USAGE}/cached_content_token_count`]],
      cached: 'inside',
      output: [[`${USAGE}/candidates_token_count`]],
      reasoning: [[`${USAGE}/thoughts_token_count`]],
      reasoned: 'beside',
    },
  ],
  call: {
    operation: ['/api_method'],
    only_provider: 'gcp.vertex_ai',
    requested_model: ['/model'],
    model: ['/full_response/model_version'],
    request_id: ['/full_response/response_id', '/request_id'],
  },
} as const satisfies Source
