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
 * OpenTelemetry GenAI log records. Only the event that holds the details of an inference is a call; other records of the
 * same stream (messages, choices, an application's own lines) are its context, which is why this source takes every OTLP
 * log record that no other source recognises.
 */
export const otelGenaiLogs = {
  name: 'otel-genai-logs',
  system: 'otel',
  encoding: 'otlp_json',
  detect: [],
  needs: [],
  classes: [
    {
      when: [
        {
          field: ['/eventName', '/attributes/event.name'],
          unless: ['gen_ai.client.inference.operation.details'],
        },
      ],
      class: 'context',
    },
    ...GENAI_CLASSES,
  ],
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
  time: [
    { field: '/timeUnixNano', unit: 'ns', zero_is_absent: true },
    { field: '/observedTimeUnixNano', unit: 'ns', zero_is_absent: true },
  ],
  tokens: GENAI_TOKENS,
  call: GENAI_CALL,
} as const satisfies Source
