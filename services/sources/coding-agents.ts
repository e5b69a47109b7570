import type { Hint, InitiatorRule, TagMap, TimeRule } from '#/core/source.ts'
import { ENVIRONMENT } from './otel-circumstances.ts'

/**
 * What the coding agents have in common: OTLP records that a tool on a developer's machine sends, with owner tags that an
 * administrator may have put into the environment, and a service that is the tool and no caller.
 */

export const AGENT_TAG_MAPS: readonly TagMap[] = [
  { field: '/attributes', by: 'caller', tags: 'owner' },
  { field: '/resource', by: 'caller', tags: 'owner' },
]

/** What a coding agent reports are its own calls. */
export const CODING_AGENT: readonly InitiatorRule[] = [{ when: [], initiator: 'agent' }]

/** The tool itself. */
export const TOOL_HINT: Hint = {
  first: [
    {
      field: '/resource/service.name',
      kind: 'service',
      namespace: '/resource/service.namespace',
      environment: ENVIRONMENT,
    },
  ],
}

/** A record without its own time has that at which it was seen. */
export const RECORD_TIME: readonly TimeRule[] = [
  { field: '/timeUnixNano', unit: 'ns', zero_is_absent: true },
  { field: '/observedTimeUnixNano', unit: 'ns', zero_is_absent: true },
]
