import type { Path, TrafficRule } from '#/core/source.ts'

/** What OpenTelemetry says about how a call came about, by the names of its resource and user-agent conventions. */

/** The new name before the old one. */
export const ENVIRONMENT = [
  '/resource/deployment.environment.name',
  '/resource/deployment.environment',
] as const satisfies readonly Path[]

/** Of its two values `test` and `bot` only one says what the call was for. */
export const SYNTHETIC: readonly TrafficRule[] = [
  {
    when: [{ field: '/attributes/user_agent.synthetic.type', matches: ['test'] }],
    traffic_class: 'test',
  },
]
