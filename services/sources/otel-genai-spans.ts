import type { Source } from '#/core/source.ts'
import { ENVIRONMENT, SYNTHETIC } from './otel-circumstances.ts'
import {
  GENAI_CALL,
  GENAI_CLASSES,
  GENAI_HINTS,
  GENAI_IDENTITIES,
  GENAI_NOBODY,
  GENAI_SECRETS,
  GENAI_TAG_MAPS,
  GENAI_TOKENS,
} from './otel-genai.ts'

/**
 * Spans of OpenTelemetry GenAI instrumentation, of OpenInference and of OpenLLMetry. A span of an agent, a chain or a
 * workflow repeats the tokens of the spans below it, so only spans of one inference are calls.
 */
export const otelGenaiSpans = {
  name: 'otel-genai-spans',
  system: 'otel',
  encoding: 'otlp_json',
  signal: 'traces',
  detect: ['/startTimeUnixNano', '/endTimeUnixNano', '/parentSpanId', '/name', '/kind'].map(
    (field) => [{ field, is: 'present' } as const],
  ),
  needs: [],
  classes: GENAI_CLASSES,
  otherwise: 'context',
  identities: GENAI_IDENTITIES,
  agent_namespace: '/resource/service.namespace',
  tag_maps: GENAI_TAG_MAPS,
  environment: ENVIRONMENT,
  traffic: SYNTHETIC,
  nobody: GENAI_NOBODY,
  account: ['/resource/cloud.account.id'],
  net: ['/attributes/client.address', '/attributes/network.peer.address'],
  hints: GENAI_HINTS,
  secrets: GENAI_SECRETS,
  time: [{ field: '/startTimeUnixNano', unit: 'ns', zero_is_absent: true }],
  tokens: GENAI_TOKENS,
  call: GENAI_CALL,
  cost: {
    first: ['/attributes/llm.cost.total'],
    unit: 'whole',
    currency: 'USD',
    basis: 'list',
  },
} as const satisfies Source
