import type { KeyRule, Source } from '#/core/source.ts'

/**
 * TrueFoundry: spans of its gateway. The subject is a user who signed in, or a virtual account, which is a key; teams are
 * those of the subject. Only spans of type `Model` are calls; the span above each repeats it.
 */
const SUBJECTS = [
  {
    field: '/createdBySubject/subjectType',
    then: { by: ':', field: '/createdBySubject/subjectSlug' },
  },
  { field: '/spanAttributes/tfy.request.created_by_subject' },
] as const satisfies readonly Pick<KeyRule, 'field' | 'then'>[]
/** A virtual account is that of an application. */
const SUBJECT_TYPES = [
  { field: '/createdBySubject/subjectType', user: 'user', account: 'virtualaccount' },
  {
    field: '/spanAttributes/tfy.request.created_by_subject',
    user: 'user:*',
    account: 'virtualaccount:*',
  },
] as const
const SPAN_TYPE = '/spanAttributes/tfy.span_type'

export const truefoundry = {
  name: 'truefoundry',
  system: 'truefoundry',
  encoding: 'json',
  detect: [
    [{ field: SPAN_TYPE, is: 'present' }],
    [
      { field: '/spanAttributes', is: 'present' },
      { field: '/createdBySubject', is: 'present' },
    ],
  ],
  needs: [[{ field: '/spanAttributes', is: 'present' }]],
  classes: [
    { when: [{ field: SPAN_TYPE, matches: ['Model'] }], class: 'call' },
    { when: [{ field: SPAN_TYPE, matches: ['ChatCompletion'] }], class: 'repeat' },
    { when: [{ field: SPAN_TYPE, matches: ['MCP', 'Tool'] }], class: 'tool_call' },
  ],
  otherwise: 'context',
  identities: [
    {
      slot: 'principal',
      by: 'system',
      aliases: SUBJECTS.map((subject) => ({
        first: [{ ...subject, kind: 'user_or_mail', transform: 'subject_user' }],
      })),
    },
    {
      slot: 'credential',
      by: 'system',
      aliases: SUBJECTS.map((subject) => ({
        first: [{ ...subject, kind: 'api_key', transform: 'subject_credential' }],
      })),
    },
    {
      slot: 'scope',
      by: 'system',
      each: true,
      aliases: [
        {
          first: [
            {
              field: '/spanAttributes/tfy.request.created_by_subject_teams[]',
              kind: 'scope',
              type: 'team',
              nobody: ['everyone'],
            },
          ],
        },
      ],
    },
  ],
  tag_maps: [{ field: '/spanAttributes/tfy.request.metadata', by: 'caller', tags: 'all' }],
  initiators: SUBJECT_TYPES.flatMap(({ field, user, account }) => [
    { when: [{ field, matches: [user] }], initiator: 'human' } as const,
    { when: [{ field, matches: [account] }], initiator: 'service' } as const,
  ]),
  account: [],
  net: [],
  hints: [],
  time: [{ field: '/timestamp', unit: 'iso' }],
  tokens: [
    {
      input: [['/spanAttributes/gen_ai.usage.input_tokens']],
      cache_read: [['/spanAttributes/gen_ai.usage.cache_read.input_tokens']],
      cached: 'inside',
      output: [['/spanAttributes/gen_ai.usage.output_tokens']],
    },
  ],
  call: {
    operation: ['/spanName'],
    requested_model: ['/spanAttributes/tfy.request.model_name'],
    model: ['/spanAttributes/tfy.model.name'],
    session_id: ['/spanAttributes/tfy.request.conversation_id'],
    trace_id: ['/traceId'],
    span_id: ['/spanId'],
    status: [{ field: '/spanAttributes/tfy.error_message', failure: ['*'], absent: 'success' }],
    guardrail: ['/spanAttributes/tfy.triggered_guardrail_fqns'],
  },
} as const satisfies Source
