import { Type } from 'typebox'
import { ConnectionConfig } from '#/bus/config.ts'
import { ENCODINGS } from '#/core/words.ts'
import { CustomSourceConfig, SOURCES } from '#/sources/index.ts'

const Words = (description: string) =>
  Type.Array(Type.String({ minLength: 1 }), { default: [], maxItems: 256, description })

export const KafkaReceiverConfig = Type.Object(
  {
    ...ConnectionConfig.properties,
    group_id: Type.String({ default: 'whosecall', minLength: 1, description: 'Consumer group.' }),
    initial_offset: Type.Enum(['earliest', 'latest'], {
      default: 'earliest',
      description: 'Where to begin when the group has no committed offset.',
    }),
    session_timeout_ms: Type.Integer({
      default: 30_000,
      minimum: 1_000,
      maximum: 1_800_000,
      unit: 'ms',
      description: 'A worker that is silent for this long loses its partitions.',
    }),
    heartbeat_interval_ms: Type.Integer({
      default: 3_000,
      minimum: 100,
      maximum: 600_000,
      unit: 'ms',
      description:
        'How often a worker says that it is alive; at most a third of the session time-out.',
    }),
    logs: Type.Object(
      {
        topics: Type.Array(Type.String({ minLength: 1 }), {
          minItems: 1,
          maxItems: 256,
          description: 'Topics to read; one that begins with `^` is a pattern.',
        }),
        exclude_topics: Words('Topics that a pattern must not match.'),
        encoding: Type.Optional(
          Type.Enum([...ENCODINGS, 'auto'], {
            description:
              'Encoding of the values; without it the usual one of the source, `auto` for source auto.',
          }),
        ),
      },
      { additionalProperties: false, description: 'What to read.' },
    ),
    metadata: Type.Object(
      {
        refresh_interval_ms: Type.Integer({
          default: 60_000,
          minimum: 1_000,
          maximum: 3_600_000,
          unit: 'ms',
          description: 'How often topics are listed, to find new ones that a pattern matches.',
        }),
      },
      { additionalProperties: false, description: 'What is asked about the cluster.' },
    ),
    source: Type.Enum([...SOURCES.map(({ name }) => name), 'custom', 'auto'], {
      description: 'Who wrote the records: a source, `custom`, or `auto` to recognise each record.',
    }),
    custom: Type.Optional(CustomSourceConfig),
    trust: Type.Optional(
      Type.Enum(['trusted', 'claimed'], {
        description:
          'Whether the write ACL of the topics names their producers. Without it: trusted, with a warning.',
      }),
    ),
    issuer: Type.Optional(
      Type.String({ minLength: 1, description: 'Issuer of user ids that carry none.' }),
    ),
    cluster: Type.Optional(
      Type.String({ minLength: 1, description: 'Kubernetes cluster of records that name none.' }),
    ),
    tenant: Type.Optional(
      Type.String({ minLength: 1, description: 'Entra tenant of object ids that carry none.' }),
    ),
    trusted_resource_attributes: Words(
      'OTLP resource attributes that the platform stamps, such as `k8s.*`; the others are claims.',
    ),
    trusted_brokers: Words('AWS roles whose session names are verified identities.'),
    trusted_proxies: Type.Array(
      Type.String({
        pattern: '^[0-9A-Fa-f:.]+(/[0-9]{1,3})?$',
        expects: 'an address or a CIDR block',
      }),
      {
        default: [],
        maxItems: 256,
        description:
          'Addresses or CIDR blocks of our own proxies, passed over from the right in a forwarded list.',
      },
    ),
    forwarded_hops: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 64,
        description:
          'How many entries at the right of a forwarded list our own proxies added: the last of them is the client. Instead of trusted_proxies.',
      }),
    ),
    nobody_words: Words('Further values that mean that a field is absent.'),
    shared_words: Type.Record(
      Type.String({ pattern: '^/' }),
      Type.Array(Type.String({ minLength: 1 }), { minItems: 1, maxItems: 256 }),
      {
        default: {},
        maxProperties: 64,
        description:
          'Further values, by field, that many callers share: they name nobody. `*` is any text.',
      },
    ),
    wrappers: Type.Optional(
      Type.Array(Type.String({ pattern: '^/' }), {
        maxItems: 8,
        description: 'JSON Pointers of members that hold the list of events, such as `/Records`.',
      }),
    ),
    origin: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9._-]{1,64}$',
        description: 'First part of event ids; the cluster id when absent.',
      }),
    ),
    redrive_topic: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'Topic that `whosecall redrive` sends dead letters to; read beside the others.',
      }),
    ),
    limits: Type.Object(
      {
        message_bytes_max: Type.Integer({
          default: 16_777_216,
          minimum: 1024,
          maximum: 268_435_456,
          unit: 'bytes',
          description: 'Largest value that is read.',
        }),
        depth_max: Type.Integer({
          default: 128,
          minimum: 4,
          maximum: 1024,
          description: 'Deepest nesting that is read.',
        }),
        events_max: Type.Integer({
          default: 100_000,
          minimum: 1,
          maximum: 1_000_000,
          description: 'Most events of one message.',
        }),
        partition_bytes_max: Type.Integer({
          default: 8_388_608,
          minimum: 65_536,
          maximum: 1_073_741_824,
          unit: 'bytes',
          description: 'In flight per partition; a partition above it waits.',
        }),
      },
      {
        additionalProperties: false,
        description: 'Messages above a limit go to the dead letters.',
      },
    ),
  },
  { additionalProperties: false, description: 'Reads raw model-call logs from Kafka topics.' },
)
export type KafkaReceiverConfig = Type.Static<typeof KafkaReceiverConfig>
