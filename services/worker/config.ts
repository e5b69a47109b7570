/**
 * The one config file of a worker: its schema, and the checks that no schema can say because they look at two places at
 * once. All findings are reported together.
 */
import { Type } from 'typebox'
import { componentMap } from '#/config/index.ts'
import { OwnersConfig } from '#/owners/index.ts'
import { TelemetryConfig } from '#/telemetry/index.ts'
import { EXPORTERS } from './exporters/index.ts'
import { PROCESSORS } from './processors/index.ts'
import { RECEIVERS } from './receivers/index.ts'

/** More than a machine has cores is a mistake in most cases; the partitions of a group bound what is of use. */
export const WORKERS_MAX = 128

const Ids = (description: string) =>
  Type.Array(Type.String({ minLength: 1 }), { minItems: 1, maxItems: 64, description })

export const PipelineConfig = Type.Object(
  {
    receivers: Ids('Receivers by id.'),
    processors: Ids('Processors by id, in order.'),
    exporters: Ids('Exporters by id; each gets every event.'),
  },
  { additionalProperties: false },
)
export type PipelineConfig = Type.Static<typeof PipelineConfig>

export const WorkerConfig = Type.Object(
  {
    receivers: componentMap(
      { kafka: RECEIVERS.kafka.Config },
      { description: 'Where raw logs come from.', minProperties: 1 },
    ),
    processors: componentMap(
      { attribution: PROCESSORS.attribution.Config, redaction: PROCESSORS.redaction.Config },
      { description: 'What happens to events.', minProperties: 1 },
    ),
    exporters: componentMap(
      { kafka: EXPORTERS.kafka.Config },
      { description: 'Where events go.', minProperties: 1 },
    ),
    owners: OwnersConfig,
    service: Type.Object(
      {
        pipelines: componentMap(
          { logs: PipelineConfig },
          {
            description: 'Which components work together.',
            minProperties: 1,
          },
        ),
        telemetry: TelemetryConfig,
        workers: Type.Union(
          [Type.Integer({ minimum: 1, maximum: WORKERS_MAX }), Type.Literal('auto')],
          {
            default: 1,
            description:
              'Worker processes, each a member of the consumer groups with a share of the partitions; `auto`: as many as the process may use cores. Caches and the owner file are in each of them.',
          },
        ),
        in_flight_bytes_max: Type.Integer({
          default: 268_435_456,
          minimum: 1_048_576,
          maximum: 17_179_869_184,
          unit: 'bytes',
          description: 'In flight over all partitions; several `workers` share it equally.',
        }),
        commit_interval_ms: Type.Integer({
          default: 1_000,
          minimum: 10,
          maximum: 60_000,
          unit: 'ms',
          description: 'How often offsets are committed.',
        }),
        reload_interval_ms: Type.Integer({
          default: 5_000,
          minimum: 0,
          maximum: 3_600_000,
          unit: 'ms',
          description:
            'How often the config file is looked at, to take over what changed. 0: only on SIGHUP.',
        }),
        shutdown_timeout_ms: Type.Integer({
          default: 20_000,
          minimum: 100,
          maximum: 600_000,
          unit: 'ms',
          description: 'Longest clean stop; below the termination grace period of the platform.',
        }),
        stall_timeout_ms: Type.Integer({
          default: 60_000,
          minimum: 1_000,
          maximum: 3_600_000,
          unit: 'ms',
          description:
            'A partition that has work and gets none of it done for this long fails `/livez`.',
        }),
      },
      { additionalProperties: false, description: 'What runs, and how.' },
    ),
  },
  { additionalProperties: false },
)
export type WorkerConfig = Type.Static<typeof WorkerConfig>
