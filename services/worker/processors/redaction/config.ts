import { Type } from 'typebox'

const Pointers = (description: string) =>
  Type.Array(Type.String({ pattern: '^/' }), { default: [], maxItems: 256, description })

/** `fingerprint` needs the `fingerprint_key` of the attribution processor. */
export const SECRET_MODES = ['mask', 'fingerprint', 'keep'] as const

export const RedactionConfig = Type.Object(
  {
    drop: Pointers(
      'Fields that are left out on the way out, as JSON Pointers (prompts, completions).',
    ),
    secrets: Type.Enum([...SECRET_MODES], {
      default: 'mask',
      description:
        'Raw keys and tokens in the headers, credentials and URLs that a source carries: `mask` writes `[redacted:<kind>]`, `fingerprint` the keyed fingerprint that is their evidence, too, and `keep` leaves them.',
    }),
    pseudonymize: Type.Optional(
      Type.Object(
        {
          key_id: Type.String({
            pattern: '^[A-Za-z0-9]{1,16}$',
            description:
              'Name of the key, written before every pseudonym so that keys can be rotated.',
          }),
          key: Type.String({ secret: true, minLength: 16, description: 'HMAC-SHA-256 key.' }),
          fields: Pointers('Fields whose text is replaced by `k<key_id>:<HMAC, base64url>`.'),
          addresses: Pointers('Fields that hold network addresses.'),
          addresses_by: Type.Enum(['hmac', 'truncate'], {
            default: 'hmac',
            description: '`truncate` keeps the first 24 bits of IPv4 and 48 of IPv6.',
          }),
        },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
)
export type RedactionConfig = Type.Static<typeof RedactionConfig>
