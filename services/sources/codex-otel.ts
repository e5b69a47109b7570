import type { Source } from '#/core/source.ts'
import { AGENT_TAG_MAPS, CODING_AGENT, RECORD_TIME, TOOL_HINT } from './coding-agents.ts'
import { ENVIRONMENT, SYNTHETIC } from './otel-circumstances.ts'

/**
 * Codex CLI: OTLP log records from a developer's machine. The end of a response is the call; the request before it and the
 * other events of its stream repeat it. Counts are partly texts. How somebody signed in names nobody.
 */
const EVENT_NAME = ['/eventName', '/attributes/event.name'] as const

export const codexOtel = {
  name: 'codex-otel',
  system: 'codex',
  encoding: 'otlp_json',
  detect: [
    [{ field: '/scope/name', matches: ['codex_otel', 'codex_otel.*'] }],
    [
      {
        field: '/resource/service.name',
        matches: ['codex', 'codex_*', 'codex-cli', 'codex-cli-*'],
      },
    ],
    [{ field: EVENT_NAME, matches: ['codex.*'] }],
  ],
  needs: [],
  classes: [
    {
      when: [
        { field: EVENT_NAME, matches: ['codex.sse_event'] },
        {
          field: '/attributes/event.kind',
          matches: ['response.completed', 'response.failed'],
        },
      ],
      class: 'call',
    },
    {
      when: [{ field: EVENT_NAME, matches: ['codex.sse_event', 'codex.api_request'] }],
      class: 'repeat',
    },
    { when: [{ field: EVENT_NAME, matches: ['codex.tool_*'] }], class: 'tool_call' },
  ],
  otherwise: 'context',
  identities: [
    {
      slot: 'principal',
      by: 'caller',
      aliases: [
        { first: [{ field: '/attributes/user.account_id', kind: 'user' }] },
        { first: [{ field: '/attributes/user.email', kind: 'mail' }] },
      ],
    },
  ],
  tag_maps: AGENT_TAG_MAPS,
  initiators: CODING_AGENT,
  environment: ENVIRONMENT,
  traffic: SYNTHETIC,
  account: [],
  net: ['/attributes/client.address'],
  hints: [TOOL_HINT],
  time: RECORD_TIME,
  tokens: [
    {
      input: [['/attributes/input_token_count']],
      cache_read: [['/attributes/cached_token_count']],
      cached: 'inside',
      output: [['/attributes/output_token_count']],
      reasoning: [['/attributes/reasoning_token_count']],
      reasoned: 'inside',
    },
  ],
  call: {
    operation: [...EVENT_NAME],
    only_provider: 'openai',
    requested_model: ['/attributes/model'],
    model: ['/attributes/slug', '/attributes/model'],
    session_id: ['/attributes/conversation.id'],
    trace_id: ['/traceId'],
    span_id: ['/spanId'],
    status: [{ field: '/attributes/error.message', failure: ['*'], absent: 'success' }],
  },
} as const satisfies Source
