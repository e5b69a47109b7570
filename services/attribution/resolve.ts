import type { Answer, Binding } from '#/core/owners.ts'

/**
 * What an answer means at the time of a call: the binding in force then, and the interval around that time in which the
 * same holds. Two bindings of one key in force at once are ambiguous, whoever they name.
 */
export type Resolution = {
  /** [from_ms, to_ms) around the time asked for. */
  readonly from_ms: number
  readonly to_ms: number
} & (
  | { readonly state: 'owned' | 'unowned' | 'shared'; readonly binding: Binding }
  | { readonly state: 'ambiguous'; readonly bindings: readonly Binding[] }
  | { readonly state: 'unknown' | 'unavailable' }
)

const ALWAYS = { from_ms: -Infinity, to_ms: Infinity } as const
const UNAVAILABLE: Resolution = { state: 'unavailable', ...ALWAYS }
const UNKNOWN: Resolution = { state: 'unknown', ...ALWAYS }

export function resolveAt(answer: Answer, at_ms: number): Resolution {
  if (answer.state === 'unavailable') return UNAVAILABLE
  if (answer.state === 'negative' || answer.bindings.length === 0) return UNKNOWN
  let from_ms = -Infinity
  let to_ms = Infinity
  let binding: Binding | undefined
  let others: Binding[] | undefined
  for (const candidate of answer.bindings) {
    const { valid_from_ms, valid_to_ms } = candidate
    for (const edge of [valid_from_ms, valid_to_ms]) {
      if (edge <= at_ms) from_ms = Math.max(from_ms, edge)
      else to_ms = Math.min(to_ms, edge)
    }
    if (at_ms < valid_from_ms || at_ms >= valid_to_ms) continue
    if (binding === undefined) binding = candidate
    else others = [...(others ?? [binding]), candidate]
  }
  if (others !== undefined) return { state: 'ambiguous', bindings: others, from_ms, to_ms }
  if (binding === undefined) return { state: 'unknown', from_ms, to_ms }
  return { state: binding.ownership, binding, from_ms, to_ms }
}
