import type { Source } from '#/core/source.ts'
import { AGENT_TAG_MAPS, CODING_AGENT, RECORD_TIME, TOOL_HINT } from './coding-agents.ts'
import { ENVIRONMENT, SYNTHETIC } from './otel-circumstances.ts'

/**
 * Gemini CLI: OTLP log records from a developer's machine. The response is the call; the request and the event under the
 * GenAI convention repeat it. Without a mail only a random id of the installation is left, which names nobody.
 */
const EVENT_NAME = ['/eventName', '/attributes/event.name'] as const

export const geminiCliOtel = {
  name: 'gemini-cli-otel',
  system: 'gemini-cli',
  encoding: 'otlp_json',
  detect: [
    [{ field: '/scope/name', matches: ['gemini-cli'] }],
    [{ field: '/resource/service.name', matches: ['gemini-cli'] }],
    [{ field: EVENT_NAME, matches: ['gemini_cli.*'] }],
  ],
  needs: [],
  classes: [
    {
      when: [{ field: EVENT_NAME, matches: ['gemini_cli.api_response', 'gemini_cli.api_error'] }],
      class: 'call',
    },
    {
      when: [{ field: EVENT_NAME, matches: ['gen_ai.*', 'gemini_cli.api_request'] }],
      class: 'repeat',
    },
    { when: [{ field: EVENT_NAME, matches: ['gemini_cli.tool_call'] }], class: 'tool_call' },
  ],
  otherwise: 'context',
  identities: [
    {
      slot: 'principal',
      by: 'caller',
      aliases: [{ first: [{ field: '/attributes/user.email', kind: 'mail' }] }],
    },
  ],
  tag_maps: AGENT_TAG_MAPS,
  initiators: CODING_AGENT,
  environment: ENVIRONMENT,
  traffic: SYNTHETIC,
  account: [],
  net: ['/attributes/client.address'],
  hints: [{ first: [{ field: '/attributes/installation.id', kind: 'user' }] }, TOOL_HINT],
  time: RECORD_TIME,
  tokens: [
    {
      input: [['/attributes/input_token_count']],
      cache_read: [['/attributes/cached_content_token_count']],
      cached: 'inside',
      output: [['/attributes/output_token_count']],
      reasoning: [['/attributes/thoughts_token_count']],
      reasoned: 'beside',
    },
  ],
  call: {
    operation: [...EVENT_NAME],
    only_provider: 'gcp.gemini',
    requested_model: ['/attributes/model', '/attributes/model_name'],
    session_id: ['/attributes/session.id'],
    trace_id: ['/traceId'],
    span_id: ['/spanId'],
    status: [
      { field: '/attributes/status_code', success: ['2*'], failure: ['4*', '5*'] },
      { field: '/attributes/event.name', success: ['*api_response'], failure: ['*api_error'] },
    ],
  },
} as const satisfies Source
