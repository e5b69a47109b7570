import { Type } from 'typebox'

import { FileDirectoryConfig } from '#/owners/index.ts'
import { ENDPOINT_PATTERN } from '#/telemetry/index.ts'

/** The options of the registry service. */

export type RegistryConfig = Type.Static<typeof RegistryConfig>
export const RegistryConfig = Type.Object(
  {
    registry: Type.Object(
      {
        endpoint: Type.String({
          default: '127.0.0.1:8085',
          pattern: ENDPOINT_PATTERN,
          expects: 'host:port, for example 127.0.0.1:8085',
          description: 'Where lookups, health and metrics are served.',
        }),
        bearer_token: Type.Optional(
          Type.String({
            minLength: 16,
            description: 'Lookups must carry `Authorization: Bearer …` with this token.',
            secret: true,
          }),
        ),
        keys_max: Type.Integer({
          minimum: 1,
          maximum: 1000,
          default: 1000,
          description: 'Most keys of one request.',
        }),
        body_bytes_max: Type.Integer({
          unit: 'bytes',
          minimum: 1024,
          maximum: 67_108_864,
          default: 4_194_304,
          description: 'Largest request that is read.',
        }),
        request_timeout_ms: Type.Integer({
          unit: 'ms',
          minimum: 100,
          maximum: 60_000,
          default: 10_000,
          description: 'Longest time in which a request must have arrived.',
        }),
        ttl_s: Type.Optional(
          Type.Integer({
            unit: 's',
            minimum: 0,
            maximum: 86_400,
            description:
              'How long workers shall take an answer as fresh; without it, as they are configured.',
          }),
        ),
        negative_ttl_s: Type.Optional(
          Type.Integer({
            unit: 's',
            minimum: 0,
            maximum: 3600,
            description: 'The same for identities that are not in the directory.',
          }),
        ),
      },
      { additionalProperties: false, default: {}, description: 'The lookup service.' },
    ),
    owners: Type.Object(
      { directory: FileDirectoryConfig },
      { additionalProperties: false, description: 'Where the bindings come from.' },
    ),
  },
  { additionalProperties: false, description: 'A registry of owner bindings.' },
)
