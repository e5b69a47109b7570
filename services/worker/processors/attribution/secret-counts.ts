/**
 * Counts the raw secrets of a batch, by source and kind. What decides is found once per identity and counted with each of
 * its events; other fields are looked at in each event, if its source has such fields at all.
 */
import type { Evidence, Rules, SecretCount } from '#/attribution/index.ts'
import type { Meter } from '#/core/ports.ts'
import type { EventValues } from '#/core/view.ts'
import type { SecretKind } from '#/core/words.ts'

export interface SecretCounts {
  /** How the events of a settled identity are looked at; nothing for those whose source has no such field. */
  readonly readers: (SecretCount | undefined)[]
  readonly see: (source: string, kind: SecretKind) => void
  add(evidence: Evidence, values: EventValues): void
  /** Forgets what was seen: the batch begins anew. */
  clear(): void
  tell(): void
}

/** `onSeen` is told of each secret of each event. */
export function createSecretCounts(
  rules: Rules,
  meter: Meter,
  onSeen?: (source: string, kind: SecretKind) => void,
): SecretCounts {
  const counter = meter.counter('whosecall_secrets_found_total')
  const seen = new Map<string, Map<SecretKind, number>>()

  function see(source: string, kind: SecretKind): void {
    let kinds = seen.get(source)
    if (kinds === undefined) seen.set(source, (kinds = new Map()))
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
    onSeen?.(source, kind)
  }

  return {
    readers: [],
    see,
    add(evidence, values) {
      for (const kind of evidence.secrets) see(evidence.source?.name ?? 'unknown', kind)
      rules.secretsOf(evidence)?.(values, see)
    },
    clear() {
      if (seen.size > 0) seen.clear()
    },
    tell() {
      for (const [source, kinds] of seen)
        for (const [kind, count] of kinds) counter.add(count, { source, kind })
    },
  }
}
