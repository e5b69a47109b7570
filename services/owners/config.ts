import { Type } from 'typebox'

/**
 * The options of the owner lookup: where the truth is (`directory`), what workers share (`redis`) and what each worker
 * remembers (`cache`). An owner file needs neither of the latter two, because all of it is in memory.
 *
 * `secret: true` marks values that must never be printed.
 */

const MS_PER_MINUTE = 60_000
const MS_PER_HOUR = 60 * MS_PER_MINUTE

export type FileDirectoryConfig = Type.Static<typeof FileDirectoryConfig>
export const FileDirectoryConfig = Type.Object(
  {
    type: Type.Literal('file', { description: 'An owner file: YAML, JSON or CSV, by extension.' }),
    path: Type.String({ minLength: 1, description: 'The file with the bindings.' }),
    reload_interval_ms: Type.Integer({
      unit: 'ms',
      minimum: 100,
      maximum: MS_PER_HOUR,
      default: 2000,
      description:
        'How often the file is looked at for changes. The last good file stays in force when a new one has errors.',
    }),
    file_bytes_max: Type.Integer({
      unit: 'bytes',
      minimum: 1024,
      maximum: 1_073_741_824,
      default: 67_108_864,
      description: 'Largest owner file that is read.',
    }),
  },
  { additionalProperties: false, description: 'Owners from a file, wholly in memory.' },
)

export type HttpDirectoryConfig = Type.Static<typeof HttpDirectoryConfig>
export const HttpDirectoryConfig = Type.Object(
  {
    type: Type.Literal('http', {
      description: 'A service with the batch contract, such as the registry.',
    }),
    endpoint: Type.String({
      pattern: '^https?://',
      expects: 'a URL that begins with http:// or https://',
      description: 'Base URL of the directory; `/v1/owners:batchLookup` is appended.',
    }),
    tenant: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 256,
        description: 'Tenant that is sent with requests.',
      }),
    ),
    timeout_ms: Type.Integer({
      unit: 'ms',
      minimum: 10,
      maximum: MS_PER_MINUTE,
      default: 500,
      description: 'Longest wait for one answer of the directory.',
    }),
    headers: Type.Record(Type.String(), Type.String(), {
      default: {},
      description: 'Headers that are sent with requests.',
      secret: true,
    }),
    auth: Type.Optional(
      Type.Object(
        {
          bearer_token: Type.String({
            minLength: 1,
            description: 'Sent as `Authorization: Bearer …`.',
            secret: true,
          }),
        },
        { additionalProperties: false, description: 'How to authenticate at the directory.' },
      ),
    ),
    batch_keys_max: Type.Integer({
      minimum: 1,
      maximum: 1000,
      default: 1000,
      description: 'Most keys of one request.',
    }),
    requests_max: Type.Integer({
      minimum: 1,
      maximum: 64,
      default: 4,
      description: 'Most requests in flight.',
    }),
    response_bytes_max: Type.Integer({
      unit: 'bytes',
      minimum: 1024,
      maximum: 268_435_456,
      default: 16_777_216,
      description: 'Largest response that is read.',
    }),
    probe_interval_ms: Type.Integer({
      unit: 'ms',
      minimum: 10,
      maximum: MS_PER_MINUTE,
      default: 1000,
      description: 'How often a directory that failed is tried again, in the background.',
    }),
  },
  { additionalProperties: false, description: 'Owners from a service.' },
)

const RedisAddress = Type.Object(
  {
    host: Type.String({ minLength: 1, description: 'Host of a sentinel.' }),
    port: Type.Integer({ minimum: 1, maximum: 65_535, default: 26_379, description: 'Its port.' }),
  },
  { additionalProperties: false },
)

export type RedisTls = Type.Static<typeof RedisTls>
export const RedisTls = Type.Object(
  {
    ca_file: Type.Optional(Type.String({ description: 'PEM file of the certificate authority.' })),
    cert_file: Type.Optional(Type.String({ description: 'PEM file of the client certificate.' })),
    key_file: Type.Optional(Type.String({ description: 'PEM file of the client key.' })),
    server_name: Type.Optional(
      Type.String({ description: 'Name in the certificate of the server, if not its host name.' }),
    ),
    insecure_skip_verify: Type.Boolean({
      default: false,
      description: 'Accept any certificate. Only for trying things out.',
    }),
  },
  {
    additionalProperties: false,
    description: 'TLS, also to the sentinels; `rediss://` alone turns it on, too.',
  },
)

export type RedisConfig = Type.Static<typeof RedisConfig>
export const RedisConfig = Type.Object(
  {
    endpoint: Type.Optional(
      Type.String({
        pattern: '^rediss?://',
        expects: 'a URL that begins with redis:// or rediss://',
        description:
          '`redis://host:port/db` or `rediss://…`. Not with `sentinels`. A password belongs in `password`.',
      }),
    ),
    sentinels: Type.Optional(
      Type.Array(RedisAddress, {
        minItems: 1,
        maxItems: 32,
        description: 'Sentinels that know the master; needs `name`.',
      }),
    ),
    name: Type.Optional(
      Type.String({ minLength: 1, description: 'Name of the master at the sentinels.' }),
    ),
    username: Type.Optional(Type.String({ description: 'ACL user of Redis.' })),
    password: Type.Optional(Type.String({ description: 'Password of Redis.', secret: true })),
    sentinel_password: Type.Optional(
      Type.String({ description: 'Password of the sentinels.', secret: true }),
    ),
    tls: Type.Optional(RedisTls),
    key_secret: Type.String({
      minLength: 16,
      description:
        'Secret of the HMAC that hides identities in the keys of Redis; the same for all workers that share it.',
      secret: true,
    }),
    command_timeout_ms: Type.Integer({
      unit: 'ms',
      minimum: 5,
      maximum: MS_PER_MINUTE,
      default: 100,
      description: 'Longest wait for a reply.',
    }),
    socket_timeout_ms: Type.Integer({
      unit: 'ms',
      minimum: 50,
      maximum: MS_PER_MINUTE,
      default: 1000,
      description: 'A connection that owes a reply and is silent for so long is closed.',
    }),
    connect_timeout_ms: Type.Integer({
      unit: 'ms',
      minimum: 50,
      maximum: MS_PER_MINUTE,
      default: 1000,
      description: 'Longest wait for a connection.',
    }),
    mget_keys_max: Type.Integer({
      minimum: 1,
      maximum: 1000,
      default: 500,
      description: 'Most keys of one `MGET`.',
    }),
    commands_max: Type.Integer({
      minimum: 1,
      maximum: 64,
      default: 4,
      description: 'Most reading commands in flight.',
    }),
    probe_interval_ms: Type.Integer({
      unit: 'ms',
      minimum: 10,
      maximum: MS_PER_MINUTE,
      default: 1000,
      description: 'How often a Redis that failed is tried again, in the background.',
    }),
  },
  {
    additionalProperties: false,
    description: 'What workers share. Standalone or Sentinel; a cluster is not supported.',
  },
)

export type CacheConfig = Type.Static<typeof CacheConfig>
export const CacheConfig = Type.Object(
  {
    entries_max: Type.Integer({
      minimum: 100,
      maximum: 10_000_000,
      default: 200_000,
      description: 'Most identities of one kind that are remembered in memory.',
    }),
    soft_ttl_ms: Type.Integer({
      unit: 'ms',
      minimum: 100,
      maximum: 24 * MS_PER_HOUR,
      default: 5 * MS_PER_MINUTE,
      description: 'An answer of this age still serves, and is refreshed in the background.',
    }),
    hard_ttl_ms: Type.Integer({
      unit: 'ms',
      minimum: 100,
      maximum: 7 * 24 * MS_PER_HOUR,
      default: MS_PER_HOUR,
      description: 'An answer of this age serves only if the directory fails.',
    }),
    stale_max_ms: Type.Integer({
      unit: 'ms',
      minimum: 100,
      maximum: 30 * 24 * MS_PER_HOUR,
      default: 24 * MS_PER_HOUR,
      description: 'An answer of this age never serves.',
    }),
    negative_ttl_ms: Type.Integer({
      unit: 'ms',
      minimum: 100,
      maximum: MS_PER_HOUR,
      default: MS_PER_MINUTE,
      description: 'How long "the directory does not know it" is remembered.',
    }),
    jitter_ratio: Type.Number({
      minimum: 0,
      maximum: 0.5,
      default: 0.1,
      description: 'TTLs differ by up to this share, so that not everything expires at once.',
    }),
    unavailable_recheck_ms: Type.Integer({
      unit: 'ms',
      minimum: 10,
      maximum: 5000,
      default: 1000,
      description: 'How long an identity that could not be looked up is not asked for again.',
    }),
    refresh_keys_max: Type.Integer({
      minimum: 1,
      maximum: 1_000_000,
      default: 10_000,
      description: 'Most identities that wait for a background refresh.',
    }),
  },
  {
    additionalProperties: false,
    default: {},
    description: 'What a worker remembers of the answers of an `http` directory.',
  },
)

export type OwnersConfig = Type.Static<typeof OwnersConfig>
export const OwnersConfig = Type.Object(
  {
    directory: Type.Union([FileDirectoryConfig, HttpDirectoryConfig], {
      description: 'Who knows the owners; `type` is `file` or `http`.',
    }),
    redis: Type.Optional(RedisConfig),
    cache: CacheConfig,
  },
  { additionalProperties: false, description: 'Who owns an identity.' },
)
