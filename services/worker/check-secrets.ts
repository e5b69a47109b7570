/** Fingerprints stand for raw secrets where there is a key to make them. */
import { componentType, pointerOf, type Report } from '#/config/index.ts'
import { sourcesOf } from '#/sources/index.ts'
import type { WorkerConfig } from './config.ts'
import type { AttributionConfig } from './processors/attribution/config.ts'
import type { RedactionConfig } from './processors/redaction/config.ts'
import { candidatesOf, encodingsOf } from './receivers/kafka/receiver.ts'

export function secrets(config: WorkerConfig, report: Report): void {
  for (const { processors: ids } of Object.values(config.service.pipelines)) {
    if (hasFingerprintKey(config.processors, ids)) continue
    for (const id of ids) {
      if (componentType(id) !== 'redaction') continue
      const redaction = config.processors[id] as RedactionConfig | undefined
      if (redaction?.secrets !== 'fingerprint') continue
      report(pointerOf('processors', id, 'secrets'), {
        code: 'WC-C119',
        message: `${id} writes fingerprints of secrets, and attribution has no key to make them`,
        expected: 'a fingerprint_key in the attribution processor, or secrets: mask',
      })
    }
  }
}

/**
 * The sources whose records carry what callers sent to authenticate, when nothing can be made of it. To be said at start:
 * the records are attributed all the same, by what else they hold.
 */
export function unusedCarriers(config: WorkerConfig): readonly string[] {
  const pipelines = Object.values(config.service.pipelines)
  const receivers = pipelines
    .filter(({ processors }) => !hasFingerprintKey(config.processors, processors))
    .flatMap((pipeline) => pipeline.receivers.flatMap((id) => config.receivers[id] ?? []))
  const read = receivers.flatMap((receiver) => {
    const { sources } = candidatesOf(receiver)
    return encodingsOf(receiver).flatMap((encoding) => sourcesOf(encoding, sources))
  })
  const carriers = read.filter(({ secrets: fields = [] }) =>
    fields.some(({ holds }) => holds !== 'text'),
  )
  return [...new Set(carriers.map(({ name }) => name))]
}

function hasFingerprintKey(
  processors: WorkerConfig['processors'],
  ids: readonly string[],
): boolean {
  const attribution = ids.find((id) => componentType(id) === 'attribution')
  const config = processors[attribution ?? ''] as AttributionConfig | undefined
  return config?.fingerprint_key !== undefined
}
