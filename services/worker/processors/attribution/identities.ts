import { STEPS, toRecord, type Evidence } from '#/attribution/index.ts'
import type { AttributionRecord, Decision } from '#/core/decision.ts'
import { keyText } from '#/core/keys.ts'
import type { Detail } from '#/core/words.ts'
import type { NamedIdentity } from '#/formats/shapes/index.ts'
import type { LookedAt } from '../processor.ts'
import { MARKER } from '../redaction/dropped-keys.ts'

/** Below rung 4 somebody's word is all there is. */
const LAST_TRUSTED = STEPS.indexOf('4')

/**
 * Whom a record names, whether or not the directory knows them, strongest first. What redaction conceals in a decision it
 * conceals here.
 */
export function identitiesOf(
  { candidates, keys }: Evidence,
  conceal: (record: AttributionRecord) => AttributionRecord,
): readonly NamedIdentity[] {
  const identities = new Map<string, NamedIdentity>()
  for (const { key, slot, step } of candidates) {
    const named = keys[key]
    if (named === undefined) continue
    const { evidence } = conceal({
      outcome: 'attributed',
      revision: 0,
      evidence: keyText(named),
    })
    if (evidence === undefined || identities.has(evidence)) continue
    const value = evidence.slice(named.kind.length + 1)
    // A mask names nobody.
    if (value.endsWith(MARKER) && evidence !== keyText(named)) continue
    identities.set(evidence, { slot, kind: named.kind, value, trusted: step <= LAST_TRUSTED })
  }
  return [...identities.values()]
}

/** What may be shown of an event to who looks on; the costly parts are made only when they are. */
export function lookedAt(
  { source, keys }: Evidence,
  { decision }: { readonly decision: Decision },
  conceal: (record: AttributionRecord) => AttributionRecord,
  detail: Detail,
): LookedAt {
  return {
    source: source?.name,
    decision,
    kinds: () => [...new Set(keys.map(({ kind }) => kind))],
    written: () =>
      decision.outcome === undefined ? undefined : conceal(toRecord(decision, detail)).evidence,
  }
}
