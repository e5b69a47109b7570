import type { Source } from '#/core/source.ts'

/**
 * Google Cloud audit log of Vertex AI. Of a delegation the first federated subject is the workload, and the service accounts
 * on the way to the one that called are hops. There are no token counts; the address may be a word.
 */
const WHO = '/protoPayload/authenticationInfo'
const METHOD = '/protoPayload/methodName'

export const gcpVertexAudit = {
  name: 'gcp-vertex-audit',
  system: 'gcp',
  encoding: 'json',
  detect: [[{ field: '/protoPayload', is: 'object' }]],
  needs: [[{ field: '/protoPayload', is: 'present' }]],
  classes: [
    {
      when: [
        { field: '/operation/last', is: 'true' },
        { field: '/operation/first', is: 'not_true' },
      ],
      class: 'repeat',
    },
    {
      when: [
        {
          field: METHOD,
          matches: [
            '*GenerateContent',
            '*Predict',
            'EmbedContent',
            '*.EmbedContent',
            'ChatCompletions',
            '*.ChatCompletions',
          ],
        },
      ],
      class: 'call',
    },
  ],
  otherwise: 'admin',
  identities: [
    {
      slot: 'workload',
      by: 'system',
      aliases: [
        {
          first: [
            { field: `${WHO}/principalSubject`, kind: 'federated', transform: 'federated_subject' },
            {
              field: `${WHO}/serviceAccountDelegationInfo[]/principalSubject`,
              kind: 'federated',
              transform: 'federated_subject',
            },
          ],
        },
      ],
    },
    {
      slot: 'principal',
      by: 'system',
      aliases: [
        {
          first: [`${WHO}/principalEmail`, `${WHO}/principalSubject`].flatMap((field) => [
            { field, kind: 'gcp_sa', transform: 'gcp_service_account' } as const,
            { field, kind: 'mail', transform: 'gcp_person' } as const,
          ]),
        },
      ],
    },
    {
      slot: 'credential',
      by: 'system',
      aliases: [
        {
          first: [
            { field: `${WHO}/serviceAccountKeyName`, kind: 'api_key', transform: 'last_segment' },
          ],
          only_if_known: true,
        },
      ],
    },
  ],
  tag_maps: [],
  shared: Object.fromEntries(
    [`${WHO}/principalEmail`, `${WHO}/principalSubject`].map((field) => [
      field,
      ['<digits>-compute@developer.gserviceaccount.com', '*@appspot.gserviceaccount.com'],
    ]),
  ),
  initiators: [
    // Who delegated to a service account may be a person.
    {
      when: [{ field: `${WHO}/serviceAccountDelegationInfo`, is: 'present' }],
      initiator: 'unknown',
    },
    {
      when: [{ field: `${WHO}/principalEmail`, matches: ['*'], transform: 'gcp_person' }],
      initiator: 'human',
    },
    { when: [{ field: `${WHO}/principalSubject`, matches: ['user:*'] }], initiator: 'human' },
  ],
  account: [
    '/resource/labels/project_id',
    { field: '/protoPayload/resourceName', transform: 'gcp_project' },
    { field: '/logName', transform: 'gcp_project' },
  ],
  net: ['/protoPayload/requestMetadata/callerIp'],
  hops: [
    {
      field: `${WHO}/serviceAccountDelegationInfo[]/principalSubject`,
      kind: 'gcp_sa',
      transform: 'gcp_service_account',
    },
    {
      field: `${WHO}/serviceAccountDelegationInfo[]/firstPartyPrincipal/principalEmail`,
      kind: 'gcp_sa',
      transform: 'gcp_service_account',
    },
    { field: `${WHO}/principalEmail`, kind: 'gcp_sa', transform: 'gcp_service_account' },
  ],
  hints: [
    {
      first: [
        {
          field: '/protoPayload/requestMetadata/callerSuppliedUserAgent',
          kind: 'application',
          transform: 'first_word',
        },
      ],
    },
  ],
  time: [{ field: '/timestamp', unit: 'iso' }],
  call: {
    operation: [METHOD],
    only_provider: 'gcp.vertex_ai',
    requested_model: ['/protoPayload/resourceName', '/protoPayload/request/model'],
    request_id: ['/insertId'],
    session_id: ['/operation/id'],
    user_agent: ['/protoPayload/requestMetadata/callerSuppliedUserAgent'],
    status: [
      { field: '/protoPayload/status/code', success: ['0'], failure: ['*'], absent: 'success' },
    ],
  },
} as const satisfies Source
