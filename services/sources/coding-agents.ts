import type { Hint, TagMap, TimeRule } from '#/core/source.ts'

/**
 * What the coding agents have in common: OTLP records that a tool on a developer's machine sends, with owner tags that an
 * administrator may have put into the environment, and a service that is the tool and no caller.
 */

export const AGENT_TAG_MAPS: readonly TagMap[] = [
  { field: '/attributes', by: 'caller', tags: 'owner' },
  { field: '/resource', by: 'caller', tags: 'owner' },
]

/** The tool itself. */
export const TOOL_HINT: Hint = {
  first: [
    {
      field: '/resource/service.name',
      kind: 'service',
      namespace: '/resource/service.namespace',
      environment: ['/resource/deployment.environment.name', '/resource/deployment.environment'],
    },
  ],
}

/** A record without its own time has that at which it was seen. */
export const RECORD_TIME: readonly TimeRule[] = [
  { field: '/timeUnixNano', unit: 'ns', zero_is_absent: true },
  { field: '/observedTimeUnixNano', unit: 'ns', zero_is_absent: true },
]
