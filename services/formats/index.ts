/**
 * The encodings that whosecall reads and writes, one folder each.
 */

import type { Format, FormatOptions } from '#/core/view.ts'
import type { Encoding } from '#/core/words.ts'
import { IDENTITY_LIMITS, type IdentityLimits } from './identity.ts'
import { createJsonFormat } from './json/index.ts'
import { createOtlpJsonFormat } from './otlp_json/index.ts'
import { createOtlpProtoFormat } from './otlp_proto/index.ts'

export type CreateFormat = (options: FormatOptions, limits: IdentityLimits) => Format

export const FORMATS = {
  otlp_proto: createOtlpProtoFormat,
  otlp_json: createOtlpJsonFormat,
  json: createJsonFormat,
} as const satisfies Readonly<Record<Encoding, CreateFormat>>

/** A format for the union of the fields that a pipeline reads. Throws `config_invalid` for a field it does not have. */
export function createFormat(
  encoding: Encoding,
  options: FormatOptions,
  limits: IdentityLimits = IDENTITY_LIMITS,
): Format {
  return FORMATS[encoding](options, limits)
}
