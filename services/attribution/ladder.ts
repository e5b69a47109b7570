import type { Answer, Binding, Key } from '#/core/owners.ts'
import { resolveAt, type Resolution } from './resolve.ts'
import { STEPS, type Candidate, type Evidence } from './types.ts'

/**
 * Climbs the ladder of evidence once: what every key means at the time of the call, where the highest owner stands, what
 * stops the ladder, and what could not be looked up. The rules in `decide.ts` read nothing else of the answers.
 */

export interface Ladder {
  /** One per key of the evidence. */
  readonly resolutions: readonly Resolution[]
  readonly answers: readonly Answer[]
  readonly hints: readonly Resolution[]
  /** The highest step with an owner, or with an ambiguous answer. */
  readonly found: Found | undefined
  /** A key on rungs 1 to 4 is nobody's on purpose, and nothing on its rung or above has an owner. */
  readonly is_stopped: boolean
  /** Some answer that could have found an owner is missing. */
  readonly is_unavailable: boolean
  /** An answer is missing on the rung of what was found, or above it. */
  readonly is_unavailable_above: boolean
  readonly is_unowned: boolean
  /** Evidence names somebody of whom the directory knows no name. */
  readonly is_somebody: boolean
  readonly is_shared: boolean
  /** On whose behalf: a person before a tenant. */
  readonly consumer: Key | undefined
  readonly from_ms: number
  readonly to_ms: number
  readonly good_until_ms: number
}

export interface Found {
  readonly step: number
  /** Distinct, in the order of the evidence. */
  readonly owner_ids: readonly string[]
  readonly is_conflict: boolean
  /** The first key on its step that has an owner; none when an ambiguous answer names nobody at all. */
  readonly winner: Winner | undefined
}

export interface Winner {
  readonly candidate: Candidate
  readonly binding: Binding
}

/** Rung 7 is one rung, whatever its parts; steps 1 to 4 are rungs of their own. */
const LAST_STOPPING_STEP = STEPS.indexOf('4')
const FIRST_CLAIMED_STEP = STEPS.indexOf('7a')

export function climb(
  evidence: Evidence,
  at_ms: number,
  answerOf: (key: Key) => Answer,
  hint_keys: readonly Key[],
): Ladder {
  const answers = evidence.keys.map((key) => answerOf(key))
  const resolutions = answers.map((answer) => resolveAt(answer, at_ms))
  const hint_answers = hint_keys.map((key) => answerOf(key))
  const hints = hint_answers.map((answer) => resolveAt(answer, at_ms))
  const { candidates } = evidence
  const stateOf = (candidate: Candidate) => resolutions[candidate.key]?.state

  const found = findOwner(candidates, resolutions)
  const stop_step = candidates.find(
    (c) => c.step <= LAST_STOPPING_STEP && stateOf(c) === 'unowned',
  )?.step
  const is_stopped = stop_step !== undefined && (found === undefined || stop_step < found.step)
  const first_unavailable = candidates.find((c) => stateOf(c) === 'unavailable')?.step ?? Infinity
  const last_step = is_stopped ? stop_step : Infinity
  const asked = [...answers, ...hint_answers]
  const intervals = [...resolutions, ...hints]
  return {
    resolutions,
    answers,
    hints,
    found,
    is_stopped,
    is_unavailable: first_unavailable <= last_step && first_unavailable !== Infinity,
    is_unavailable_above: found !== undefined && rungOf(first_unavailable) <= rungOf(found.step),
    is_unowned: resolutions.some((resolution) => resolution.state === 'unowned'),
    is_somebody: namesSomebody(evidence, resolutions),
    is_shared: resolutions.some((resolution) => resolution.state === 'shared'),
    consumer: consumerOf(evidence),
    from_ms: intervals.reduce((from, { from_ms }) => Math.max(from, from_ms), -Infinity),
    to_ms: intervals.reduce((to, { to_ms }) => Math.min(to, to_ms), Infinity),
    good_until_ms: asked.reduce((until, a) => Math.min(until, a.good_until_ms), Infinity),
  }
}

/** The bindings with an owner that a resolution stands for. */
export function ownedBindings(resolution: Resolution | undefined): readonly Binding[] {
  if (resolution?.state === 'owned') return [resolution.binding]
  if (resolution?.state !== 'ambiguous') return []
  return resolution.bindings.filter((binding) => binding.owner !== undefined)
}

function findOwner(
  candidates: readonly Candidate[],
  resolutions: readonly Resolution[],
): Found | undefined {
  const first = candidates.find((c) => isOwner(resolutions[c.key]))
  if (first === undefined) return undefined
  const owner_ids: string[] = []
  let is_ambiguous = false
  let winner: Winner | undefined
  for (const candidate of candidates) {
    if (candidate.step !== first.step) continue
    const resolution = resolutions[candidate.key]
    if (resolution?.state === 'ambiguous') is_ambiguous = true
    for (const binding of ownedBindings(resolution)) {
      winner ??= { candidate, binding }
      const id = binding.owner?.id
      if (id !== undefined && !owner_ids.includes(id)) owner_ids.push(id)
    }
  }
  return { step: first.step, owner_ids, is_conflict: is_ambiguous || owner_ids.length > 1, winner }
}

function isOwner(resolution: Resolution | undefined): boolean {
  return resolution?.state === 'owned' || resolution?.state === 'ambiguous'
}

function rungOf(step: number): number {
  return step === Infinity ? step : Math.min(step, FIRST_CLAIMED_STEP)
}

/**
 * Whether some identity names somebody and is wholly unknown: the directory knows an identity when it knows one of its
 * names, and names that count only if known name nobody when they are not.
 */
function namesSomebody(evidence: Evidence, resolutions: readonly Resolution[]): boolean {
  const known = new Set<number>()
  for (const { key, identity } of evidence.candidates) {
    if (resolutions[key]?.state !== 'unknown') known.add(identity)
  }
  return (
    evidence.unkeyed.some((identity) => !known.has(identity)) ||
    evidence.candidates.some((c) => !c.only_if_known && !known.has(c.identity))
  )
}

function consumerOf(evidence: Evidence): Key | undefined {
  const consumers = evidence.candidates
    .filter((candidate) => candidate.slot === 'consumer')
    .map((candidate) => evidence.keys[candidate.key])
  return consumers.find((key) => key?.kind === 'user' || key?.kind === 'mail') ?? consumers[0]
}
