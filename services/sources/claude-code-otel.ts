import type { Source } from '#/core/source.ts'
import { AGENT_TAG_MAPS, CODING_AGENT, RECORD_TIME, TOOL_HINT } from './coding-agents.ts'
import { ENVIRONMENT, SYNTHETIC } from './otel-circumstances.ts'

/**
 * Claude Code: OTLP log records that the tool on a developer's machine sends. Only a session that signed in through the
 * vendor's gateway is verified; then `user.id` is the subject of the identity provider. Otherwise it is a random id of the
 * installation and names nobody. Input tokens exclude cache.
 */
const SIGNED_IN = { field: '/attributes/identity.source', matches: ['gateway-oidc'] } as const
const NOT_SIGNED_IN = { field: '/attributes/identity.source', unless: ['gateway-oidc'] } as const
const EVENT_NAME = ['/attributes/event.name', '/eventName'] as const

export const claudeCodeOtel = {
  name: 'claude-code-otel',
  system: 'claude-code',
  encoding: 'otlp_json',
  detect: [
    [{ field: '/scope/name', matches: ['com.anthropic.claude_code*'] }],
    [{ field: '/resource/service.name', matches: ['claude-code'] }],
    [{ field: '/eventName', matches: ['claude_code.*'] }],
  ],
  needs: [],
  classes: [
    {
      when: [
        {
          field: EVENT_NAME,
          matches: ['api_request', 'api_error', 'claude_code.api_request', 'claude_code.api_error'],
        },
      ],
      class: 'call',
    },
    {
      when: [{ field: EVENT_NAME, matches: ['tool_*', 'claude_code.tool_*'] }],
      class: 'tool_call',
    },
  ],
  otherwise: 'context',
  identities: [
    {
      slot: 'principal',
      by: 'system',
      when: [SIGNED_IN],
      aliases: [
        { first: [{ field: '/attributes/user.id', kind: 'user' }] },
        { first: [{ field: '/attributes/user.email', kind: 'mail' }] },
      ],
    },
    {
      slot: 'principal',
      by: 'caller',
      when: [NOT_SIGNED_IN],
      aliases: [
        {
          first: [
            { field: '/attributes/user.account_uuid', kind: 'user' },
            { field: '/attributes/user.account_id', kind: 'user' },
          ],
        },
        { first: [{ field: '/attributes/user.email', kind: 'mail' }] },
      ],
    },
  ],
  tag_maps: AGENT_TAG_MAPS,
  initiators: CODING_AGENT,
  environment: ENVIRONMENT,
  traffic: SYNTHETIC,
  account: ['/attributes/organization.id'],
  net: ['/attributes/client.address'],
  hints: [{ first: [{ field: '/attributes/user.id', kind: 'user' }] }, TOOL_HINT],
  time: RECORD_TIME,
  tokens: [
    {
      input: [['/attributes/input_tokens']],
      cache_read: [['/attributes/cache_read_tokens']],
      cache_write: [['/attributes/cache_creation_tokens']],
      cached: 'beside',
      output: [['/attributes/output_tokens']],
    },
  ],
  cost: {
    first: ['/attributes/cost_usd'],
    unit: 'whole',
    currency: 'USD',
    basis: 'list',
  },
  call: {
    operation: ['/attributes/event.name', '/eventName'],
    only_provider: 'anthropic',
    requested_model: ['/attributes/model'],
    model: ['/attributes/model'],
    request_id: ['/attributes/request_id'],
    session_id: ['/attributes/session.id'],
    trace_id: ['/traceId'],
    span_id: ['/spanId'],
    status: ['/attributes/event.name', '/eventName'].map((field) => ({
      field,
      success: ['*api_request'],
      failure: ['*api_error'],
    })),
  },
} as const satisfies Source
