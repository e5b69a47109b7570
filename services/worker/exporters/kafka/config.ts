import { Type } from 'typebox'
import { ConnectionConfig } from '#/bus/config.ts'
import { OUTPUT_ENCODINGS } from '#/core/words.ts'

export const KafkaExporterConfig = Type.Object(
  {
    ...ConnectionConfig.properties,
    logs: Type.Object(
      {
        topic: Type.String({ minLength: 1, description: 'Topic of the attributed events.' }),
        encoding: Type.Enum([...OUTPUT_ENCODINGS], {
          default: 'as_is',
          description:
            'What messages leave as. `as_is`: the bytes that came in and the attribution. Plain JSON can also leave as OTLP; everything as `ocsf` or `ecs`, each event a message of its own.',
        }),
        cloudevents: Type.Enum(['none', 'binary'], {
          default: 'none',
          description:
            '`binary`: headers `ce_…` make each message a CloudEvent, whatever its encoding.',
        }),
      },
      { additionalProperties: false, description: 'Where events go.' },
    ),
    dead_letter: Type.Optional(
      Type.Object(
        {
          topic: Type.String({
            minLength: 1,
            description: 'Topic of messages that cannot be read or written; holds raw values.',
          }),
          compression: Type.Enum(['zstd', 'gzip', 'lz4', 'snappy'], {
            default: 'zstd',
            description:
              'Compression of dead letters: one may have come compressed, and has to fit again. `zstd` needs Kafka 2.1.',
          }),
        },
        {
          additionalProperties: false,
          description:
            'Where unreadable messages go. Exactly one of the exporters of a pipeline has this.',
        },
      ),
    ),
    findings: Type.Optional(
      Type.Object(
        {
          topic: Type.String({
            minLength: 1,
            description: 'Topic of findings, as OCSF Detection Findings.',
          }),
          window_ms: Type.Integer({
            default: 3_600_000,
            minimum: 60_000,
            maximum: 604_800_000,
            unit: 'ms',
            description: 'There is one finding for a rule and a subject in each window.',
          }),
          subjects_max: Type.Integer({
            default: 65_536,
            minimum: 1_024,
            maximum: 1_048_576,
            unit: 'subjects',
            description:
              'Subjects remembered; one that is forgotten in its window may be told again.',
          }),
          shared_credential_workloads: Type.Integer({
            default: 5,
            minimum: 2,
            maximum: 1_000,
            unit: 'workloads',
            description: 'So many workloads with one credential in one window are a finding.',
          }),
        },
        {
          additionalProperties: false,
          description:
            'Where findings go; none without it. At most one of the exporters of a pipeline has this.',
        },
      ),
    ),
    required: Type.Boolean({
      default: true,
      description:
        'Whether messages wait for this exporter. One that is not required loses what it cannot write once its queue is full; that is counted.',
    }),
    sending_queue: Type.Object(
      {
        bytes_max: Type.Integer({
          default: 67_108_864,
          minimum: 1_048_576,
          maximum: 17_179_869_184,
          unit: 'bytes',
          description: 'Copies that wait at an exporter that is not required.',
        }),
      },
      { additionalProperties: false, description: 'Only for an exporter that is not required.' },
    ),
    producer: Type.Object(
      {
        compression: Type.Enum(['none', 'gzip', 'snappy', 'lz4', 'zstd'], {
          default: 'none',
          description: 'Compression of the batches that are written.',
        }),
        request_bytes_max: Type.Integer({
          default: 4_194_304,
          minimum: 65_536,
          maximum: 104_857_600,
          unit: 'bytes',
          description: 'Values gathered into one request.',
        }),
      },
      { additionalProperties: false, description: 'How events are written.' },
    ),
    retry_on_failure: Type.Object(
      {
        initial_interval_ms: Type.Integer({
          default: 100,
          minimum: 1,
          maximum: 60_000,
          unit: 'ms',
          description: 'First wait before a batch is sent again; it doubles.',
        }),
        max_interval_ms: Type.Integer({
          default: 5_000,
          minimum: 1,
          maximum: 600_000,
          unit: 'ms',
          description: 'Longest wait. A batch is held until it is taken.',
        }),
      },
      { additionalProperties: false, description: 'What is not taken is sent again for ever.' },
    ),
  },
  { additionalProperties: false, description: 'Writes events and dead letters to Kafka topics.' },
)
export type KafkaExporterConfig = Type.Static<typeof KafkaExporterConfig>
