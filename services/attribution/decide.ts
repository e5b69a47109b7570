import type { Decision } from '#/core/decision.ts'
import type { Answer, Key } from '#/core/owners.ts'
import { CONFIDENCES, type Confidence } from '#/core/words.ts'
import { attributedDecision, CONFIDENCE_OF_STEP } from './attributed.ts'
import type { DecisionRule } from './decision-rules.ts'
import { climb, type Ladder } from './ladder.ts'
import type { Resolution } from './resolve.ts'
import type { Decided, Evidence, Triage } from './types.ts'

/**
 * The decision about one event, pure: evidence, time of the call and answers of the directory in, outcome and reason out,
 * with the interval of call times in which the same answers give the same decision.
 */

export interface DecideOptions {
  readonly minimum_confidence: Confidence
}

export function decide(
  evidence: Evidence,
  at_ms: number,
  answerOf: (key: Key) => Answer,
  triage: Triage | undefined,
  options: DecideOptions,
): Decided {
  const { class: event_class } = evidence
  if (event_class !== undefined && event_class !== 'usage_bucket') {
    const decision = { class: event_class }
    return { decision, rule: 'not_a_call', ...FOR_EVER, needs_triage: false }
  }
  const ladder = climb(evidence, at_ms, answerOf, triage?.hints ?? [])
  const ruled = decideOnLadder(ladder, evidence, triage, options)
  const decision = { ...ruled.decision, ...evidence.circumstances }
  return {
    rule: ruled.rule,
    decision: event_class === undefined ? decision : asBucket(decision, event_class),
    from_ms: ladder.from_ms,
    to_ms: ladder.to_ms,
    good_until_ms: ladder.good_until_ms,
    needs_triage: decision.outcome !== 'attributed',
  }
}

const FOR_EVER = { from_ms: -Infinity, to_ms: Infinity, good_until_ms: Infinity } as const

/** A report of a provider is never one call: whatever decided, its level is the bill's. */
function asBucket(decision: Decision, event_class: 'usage_bucket'): Decision {
  return decision.outcome === 'attributed'
    ? { class: event_class, ...decision, level: 'billing' }
    : { class: event_class, ...decision }
}

interface Ruled {
  readonly rule: DecisionRule
  readonly decision: Decision
}

function decideOnLadder(
  ladder: Ladder,
  evidence: Evidence,
  triage: Triage | undefined,
  options: DecideOptions,
): Ruled {
  const { found } = ladder
  if (found === undefined || ladder.is_stopped) {
    if (ladder.is_unavailable) return unresolved('outage', ladder)
    return notFound(ladder, evidence, triage)
  }
  if (ladder.is_unavailable_above) return unresolved('outage_before_owner', ladder)
  const { winner } = found
  if (found.is_conflict || winner === undefined) {
    const decision = { reason: 'conflict', conflicts: found.owner_ids } as const
    return unattributed('two_owners', decision, ladder)
  }
  if (isBelow(CONFIDENCE_OF_STEP[found.step] ?? 'low', options.minimum_confidence)) {
    const reason = ladder.is_unowned ? 'unowned' : 'weak_evidence'
    return unattributed('below_minimum', { reason }, ladder)
  }
  return { rule: 'highest_owner', decision: attributedDecision(ladder, winner, evidence) }
}

/** An outage is never an accusation: an owner found below what could not be looked up is only suggested. */
function unresolved(rule: DecisionRule, ladder: Ladder): Ruled {
  const decision: Decision = { outcome: 'unresolved', reason: 'lookup_unavailable' }
  const { found } = ladder
  const named = found?.is_conflict === true ? { conflicts: found.owner_ids } : {}
  return { rule, decision: withSuggestion({ ...decision, ...named }, ladder) }
}

function unattributed(rule: DecisionRule, decision: Decision, ladder: Ladder): Ruled {
  return { rule, decision: withSuggestion({ outcome: 'unattributed', ...decision }, ladder) }
}

/** Nobody is found: the first reason that applies. */
function notFound(ladder: Ladder, evidence: Evidence, triage: Triage | undefined): Ruled {
  if (ladder.is_unowned) return unattributed('unowned', { reason: 'unowned' }, ladder)
  if (ladder.is_somebody)
    return unattributed('unknown_identity', { reason: 'unknown_identity' }, ladder)
  const shared: Decision = { reason: 'shared_account', level: 'billing' }
  if (evidence.shared || ladder.is_shared) return unattributed('shared_only', shared, ladder)
  if (triage !== undefined && triage.address !== 'none') {
    return unattributed('address_only', { reason: 'ip_only' }, ladder)
  }
  if (evidence.account) return unattributed('account_only', shared, ladder)
  return unattributed('nothing', { reason: 'no_identity' }, ladder)
}

function withSuggestion(decision: Decision, ladder: Ladder): Decision {
  const named: Decision =
    ladder.consumer === undefined ? decision : { ...decision, on_behalf_of: ladder.consumer }
  const found = ladder.found?.is_conflict === false ? ladder.found.owner_ids[0] : undefined
  const suggested_owner = found ?? ownerOfHints(ladder.hints)
  return suggested_owner === undefined ? named : { ...named, suggested_owner }
}

function ownerOfHints(hints: readonly Resolution[]): string | undefined {
  for (const hint of hints) {
    if (hint.state === 'owned' && hint.binding.owner !== undefined) return hint.binding.owner.id
  }
  return undefined
}

function isBelow(confidence: Confidence, minimum: Confidence): boolean {
  return CONFIDENCES.indexOf(confidence) > CONFIDENCES.indexOf(minimum)
}
