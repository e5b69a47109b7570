/** A shared word for a field that nobody reads would do nothing, and nobody would notice. */
import { pointerOf, type Report } from '#/config/index.ts'
import type { WorkerConfig } from './config.ts'
import { candidatesOf, encodingsOf } from './receivers/kafka/receiver.ts'
import { identityFields } from './receivers/kafka/shared-words.ts'
import { sourcesOf } from '#/sources/index.ts'

export function sharedWords(config: WorkerConfig, report: Report): void {
  for (const [id, receiver] of Object.entries(config.receivers)) {
    const words = Object.keys(receiver.shared_words)
    if (words.length === 0) continue
    const { sources } = candidatesOf(receiver)
    const read = encodingsOf(receiver).flatMap((encoding) => sourcesOf(encoding, sources))
    const known = identityFields(read)
    for (const field of words)
      if (!known.includes(field))
        report(pointerOf('receivers', id, 'shared_words', field), {
          code: 'WC-C112',
          at: 'key',
          message: `${id} has shared words for ${field}, which is no identity in its source`,
          expected: `one of ${known.join(', ')}`,
          found: field,
          candidates: known,
          word: field,
        })
  }
}
