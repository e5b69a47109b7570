import assert from 'node:assert/strict'
import test from 'node:test'
import { createRules } from '#/attribution/index.ts'
import { SOURCES } from '#/sources/index.ts'
import { eventsOf, parseExactly, valuesOf } from '../attribution/event-values.ts'
import { otlp } from './reading.ts'
import { testRows, type Row } from './rows.ts'

/** Coding agents: one row is one event and what must be read of it. */

const ROWS: readonly Row[] = [
  [
    'codex: the end of a response is the call, with counts as texts',
    'codex-otel',
    otlp({
      'event.name': 'codex.sse_event',
      'event.kind': 'response.failed',
      'user.email': 'Dev@example.com',
      input_token_count: '7',
      department: 'R&D',
    }),
    {
      class: undefined,
      keys: ['7a mail=dev@example.com', '7b tenant_tag=department=r&d'],
      tokens: { input: 7 },
    },
  ],
  [
    'codex: another event of the stream repeats',
    'codex-otel',
    otlp({ 'event.name': 'codex.sse_event', 'event.kind': 'response.created' }),
    { class: 'repeat' },
  ],
  [
    'codex: a tool',
    'codex-otel',
    otlp({ 'event.name': 'codex.tool_result' }),
    { class: 'tool_call' },
  ],
  [
    'codex: a prompt is context',
    'codex-otel',
    otlp({ 'event.name': 'codex.user_prompt' }),
    { class: 'context' },
  ],
  [
    'gemini cli: thoughts stand beside the answer; the installation only suggests',
    'gemini-cli-otel',
    otlp(
      {
        'event.name': 'gemini_cli.api_response',
        'installation.id': 'i-1',
        output_token_count: 2,
        thoughts_token_count: 9,
      },
      { 'service.name': 'gemini-cli' },
    ),
    { keys: [], hints: ['user=gemini-cli|i-1', 'service=/gemini-cli/'], tokens: { output: 11 } },
  ],
  [
    'gemini cli: the event of the convention repeats',
    'gemini-cli-otel',
    otlp({}, {}, { eventName: 'gen_ai.client.inference.operation.details' }),
    { class: 'repeat' },
  ],
  [
    'gemini cli: a tool',
    'gemini-cli-otel',
    otlp({ 'event.name': 'gemini_cli.tool_call' }),
    { class: 'tool_call' },
  ],
]

testRows(ROWS)

test('a service whose name begins like that of an agent is none', () => {
  const rules = createRules({
    sources: SOURCES,
    auto: true,
    trust: 'trusted',
    minimum_confidence: 'low',
    detail: 'standard',
  })
  const sourceOf = (service: string) => {
    const message = parseExactly(JSON.stringify(otlp({}, { 'service.name': service })))
    const [event] = eventsOf(message, rules.wrappers)
    return rules.evidence(valuesOf(event, rules.fields)).source?.name
  }
  for (const service of ['codex', 'codex_cli_rs', 'codex-cli'])
    assert.equal(sourceOf(service), 'codex-otel', service)
  for (const service of ['codex-review-service', 'codexes', 'my-codex'])
    assert.notEqual(sourceOf(service), 'codex-otel', service)
})
