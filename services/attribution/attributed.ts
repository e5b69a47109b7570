import type { Decision } from '#/core/decision.ts'
import { keyText } from '#/core/keys.ts'
import { OWNER_FIELDS, type Key, type Owner } from '#/core/owners.ts'
import type { Confidence, Level, Method } from '#/core/words.ts'
import { ownedBindings, type Ladder, type Winner } from './ladder.ts'
import { STEPS, type Evidence } from './types.ts'

/** What is said about an event whose owner was found: how, how sure, by which hops, and who else was named below. */

type StepName = (typeof STEPS)[number]

const METHODS_BY_STEP: Readonly<Record<StepName, Method>> = {
  '1': 'workload',
  '2': 'principal',
  '3': 'credential',
  '4': 'scope',
  '6': 'claim',
  '7a': 'claim',
  '7b': 'claim',
  '7c': 'claim',
}
const LEVELS_BY_STEP: Readonly<Record<StepName, Level>> = {
  '1': 'workload',
  '2': 'prompt',
  '3': 'prompt',
  '4': 'workload',
  '6': 'prompt',
  '7a': 'prompt',
  '7b': 'prompt',
  '7c': 'prompt',
}
const CONFIDENCES_BY_STEP: Readonly<Record<StepName, Confidence>> = {
  '1': 'exact',
  '2': 'exact',
  '3': 'high',
  '4': 'high',
  '6': 'medium',
  '7a': 'low',
  '7b': 'low',
  '7c': 'low',
}

/** By index of the step. */
export const CONFIDENCE_OF_STEP: readonly Confidence[] = STEPS.map(
  (step) => CONFIDENCES_BY_STEP[step],
)

/** Fields that evidence below may fill where the owner leaves them empty, whoever it names. */
const REFINED_FIELDS: ReadonlySet<string> = new Set(['tenant', 'cost_center'])

export function attributedDecision(ladder: Ladder, winner: Winner, evidence: Evidence): Decision {
  const step = STEPS[winner.candidate.step] ?? '7c'
  const key = evidence.keys[winner.candidate.key]
  const { owner, conflicts } = readBelow(ladder, winner, evidence)
  const revision = ladder.answers[winner.candidate.key]?.revision
  return {
    outcome: 'attributed',
    owner,
    method: METHODS_BY_STEP[step],
    level: LEVELS_BY_STEP[step],
    confidence: CONFIDENCES_BY_STEP[step],
    ...(key === undefined ? {} : { evidence: key }),
    chain: chainOf(ladder, winner, evidence, owner),
    ...(ladder.consumer === undefined ? {} : { on_behalf_of: ladder.consumer }),
    ...(conflicts.length === 0 ? {} : { conflicts }),
    binding: winner.binding.id,
    ...(revision === undefined ? {} : { directory_revision: revision }),
  }
}

/**
 * Lower rungs never replace the owner. Where they name the same one they fill what it leaves empty; where they name
 * another they are listed, and still may say the tenant and the cost centre that it leaves empty.
 */
function readBelow(
  ladder: Ladder,
  winner: Winner,
  evidence: Evidence,
): { readonly owner: Owner; readonly conflicts: readonly string[] } {
  const top = winner.binding.owner ?? { id: '' }
  let owner = top
  const conflicts: string[] = []
  for (const candidate of evidence.candidates) {
    if (candidate.step < winner.candidate.step) continue
    const resolution = ladder.resolutions[candidate.key]
    for (const { owner: other } of ownedBindings(resolution)) {
      if (other === undefined || other === top) continue
      const is_same = other.id === top.id
      if (!is_same && !conflicts.includes(other.id)) conflicts.push(other.id)
      if (resolution?.state === 'owned') owner = refined(owner, other, is_same)
    }
  }
  return { owner, conflicts }
}

function refined(owner: Owner, other: Owner, is_same: boolean): Owner {
  let result = owner
  for (const field of OWNER_FIELDS) {
    const value = other[field]
    if (value === undefined || result[field] !== undefined) continue
    if (is_same || REFINED_FIELDS.has(field)) result = { ...result, [field]: value }
  }
  return result
}

/** Who authenticated to a workload that made the call; only when that is known, not said. */
function principalOf(evidence: Evidence): Key | undefined {
  const candidate = evidence.candidates.find(
    ({ slot, step }) => slot === 'principal' && step === PRINCIPAL_STEP,
  )
  return candidate === undefined ? undefined : evidence.keys[candidate.key]
}
const PRINCIPAL_STEP = STEPS.indexOf('2')

/** From the call to the cost centre. */
function chainOf(ladder: Ladder, winner: Winner, evidence: Evidence, owner: Owner): string[] {
  const agent = evidence.candidates.find((candidate) => candidate.slot === 'agent')
  const keys = [
    ladder.consumer,
    agent === undefined ? undefined : evidence.keys[agent.key],
    winner.candidate.slot === 'workload' ? principalOf(evidence) : undefined,
    evidence.keys[winner.candidate.key],
    ...evidence.hops,
  ]
  const hops = keys.flatMap((key) => (key === undefined ? [] : [keyText(key)]))
  hops.push(`owner=${owner.id}`)
  if (owner.cost_center !== undefined) hops.push(`cost_center=${owner.cost_center}`)
  return [...new Set(hops)]
}
