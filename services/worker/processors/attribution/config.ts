import { Type } from 'typebox'
import { CONFIDENCES, DETAILS } from '#/core/words.ts'

export const AttributionConfig = Type.Object(
  {
    detail: Type.Enum([...DETAILS], {
      default: 'standard',
      description: 'How much of a decision is written into the event.',
    }),
    minimum_confidence: Type.Enum([...CONFIDENCES], {
      default: 'low',
      description:
        'An owner found with less is only suggested; the event is unattributed with weak_evidence.',
    }),
    non_calls: Type.Enum(['pass', 'drop'], {
      default: 'pass',
      description: 'Whether a message without any model call is published as it came or filtered.',
    }),
    remembered_identities_max: Type.Integer({
      default: 65_536,
      minimum: 0,
      maximum: 1_048_576,
      description: 'Decisions kept in memory, by the values that decide them.',
    }),
    fingerprint_key: Type.Optional(
      Type.String({
        secret: true,
        minLength: 16,
        description:
          'HMAC key for fingerprints of raw secrets found as a credential; without it they build no key.',
      }),
    ),
  },
  { additionalProperties: false },
)
export type AttributionConfig = Type.Static<typeof AttributionConfig>
