import type { Triage } from '#/attribution/index.ts'
import type { AttributionRecord, Decision } from '#/core/decision.ts'
import type { Fragment } from '#/core/view.ts'
import type { Mark } from '../../findings/marks.ts'
import type { Label } from '../../pipeline/labels.ts'
import type { Party } from '../../pipeline/parties.ts'
import type { EventKind } from '../../pipeline/tally.ts'

/** A decision that is ready to be written, and when it holds. */
export interface Verdict {
  /** Half-open interval of call times, epoch milliseconds. */
  readonly from_ms: number
  readonly to_ms: number
  readonly code: number
  readonly decision: Decision
  /** Absent when nothing is written: the event is not a call. */
  readonly fragment: Fragment | undefined
  /** What the fragment says, kept on demand. */
  readonly record: AttributionRecord | undefined
  readonly label: Label
  readonly needs_triage: boolean
  readonly marks: readonly Mark[]
  readonly triaged: Triaged | undefined
}

/** Verdicts by address and hints, when these matter: as they stand in the event, and as they are read. */
interface Triaged {
  readonly by_text: Map<string, Verdict>
  readonly by_name: Map<string, Verdict>
}

/** Most verdicts by address and hints that are remembered for one of them. */
const TRIAGED_MAX = 64

export function holdsAt({ from_ms, to_ms }: Verdict, at_ms: number): boolean {
  return at_ms >= from_ms && at_ms < to_ms
}

export function keepTriaged(
  triaged: Map<string, Verdict> | undefined,
  name: string,
  verdict: Verdict,
): void {
  if (triaged !== undefined && triaged.size < TRIAGED_MAX) triaged.set(name, verdict)
}

export function triageName(triage: Triage): string {
  let name = triage.address ?? ''
  for (const key of triage.hints) name += `\n${key.kind}=${key.value}`
  return name
}

export function kindOf(decision: Decision, party: Party | undefined): EventKind {
  if (decision.class !== undefined || decision.outcome === undefined)
    return { outcome: 'non_call', reason: 'none', method: undefined, class: decision.class }
  return {
    outcome: decision.outcome,
    reason: decision.reason ?? 'none',
    method: decision.method,
    class: undefined,
    party,
  }
}
