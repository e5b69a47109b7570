/**
 * What of a key may be shown. Redaction conceals in an explanation what it conceals in events; a raw secret that somebody put
 * where a name should stand is never shown.
 */
import { componentType } from '#/config/index.ts'
import type { AttributionRecord } from '#/core/decision.ts'
import { keyText } from '#/core/keys.ts'
import type { Key } from '#/core/owners.ts'
import { findSecrets } from '#/core/secrets/index.ts'
import type { Source } from '#/core/source.ts'
import type { WorkerConfig } from '../config.ts'
import { concealerOf } from '../pipeline/lanes.ts'
import type { RedactionConfig } from '../processors/redaction/config.ts'
import { concealSecrets, createConceal } from '../processors/redaction/secrets.ts'

export interface Concealment {
  nameOf(key: Key): string
  record(record: AttributionRecord): AttributionRecord
  /** A word of a field; `undefined` where it must not be shown. */
  word(text: string): string | undefined
}

/** Words that mean nobody are short; what is longer may be anything. */
const WORD_CHARS_MAX = 64

export function createConcealment(
  processors: WorkerConfig['processors'],
  sources: readonly Source[],
  fingerprint_key: string | undefined,
): Concealment {
  const redactions = Object.entries(processors)
    .filter(([id]) => componentType(id) === 'redaction')
    .map(([, processor]) => processor as RedactionConfig)
  const conceal = concealerOf(redactions, { sources, fingerprint_key })
  const mask = createConceal('mask', undefined)
  const record = (one: AttributionRecord) => {
    const clean = concealSecrets(one, mask)
    return conceal === undefined ? clean : conceal(clean)
  }
  return {
    record,
    nameOf(key) {
      const { evidence } = record({ outcome: 'attributed', revision: 0, evidence: keyText(key) })
      return evidence ?? `${key.kind}=…`
    },
    word: (text) =>
      conceal === undefined && text.length <= WORD_CHARS_MAX && findSecrets(text).length === 0
        ? text
        : undefined,
  }
}
