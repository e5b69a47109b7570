import type { Key } from '#/core/owners.ts'
import { CONFIDENCE_OF_STEP } from './attributed.ts'
import { DECISION_RULES, RULE_TEXTS, type DecisionRule } from './decision-rules.ts'
import { ownedBindings, type Ladder } from './ladder.ts'
import type { Seen } from './probe.ts'
import type { Resolution } from './resolve.ts'
import { STEPS, type Decided, type Evidence, type RulesOptions, type Triage } from './types.ts'

/** What each rung and each rule comes to, in words, from the ladder that the rules climbed. Nothing is decided here. */

export interface Facts {
  readonly evidence: Evidence
  readonly ladder: Ladder
  /** Absent when somebody was found: then it was not read. */
  readonly triage: Triage | undefined
  readonly decided: Decided
  readonly options: RulesOptions
  readonly seen: Seen
  readonly nameOf: (key: Key) => string
}

export interface ExplainedRung {
  /** `1` … `7c`, `8` hints, `9` shared, `10` address, `11` nothing. */
  readonly rung: string
  readonly name: string
  readonly keys: readonly {
    readonly key: Key
    readonly state: Resolution['state']
    readonly owners: readonly string[]
  }[]
  /** `decided`: the outcome comes from here. */
  readonly result: 'decided' | 'passed' | 'empty' | 'not_reached'
  readonly why: string
}

export interface ExplainedRule {
  readonly rule: DecisionRule
  readonly text: string
  readonly decided: boolean
  /** Why it decided, or why it did not. */
  readonly why: string
}

const RUNG_NAMES: Readonly<Record<(typeof STEPS)[number], string>> = {
  '1': 'workload, trusted',
  '2': 'principal, trusted',
  '3': 'credential, trusted',
  '4': 'scope, trusted',
  '6': 'claim of an administrator',
  '7a': 'the same as 1 to 4, claimed',
  '7b': 'claim of the caller',
  '7c': 'consumer or agent',
}

export function explainRungs(facts: Facts): readonly ExplainedRung[] {
  if (facts.decided.rule === 'not_a_call') return []
  return [...STEPS.map((name, step) => climbedRung(name, step, facts)), ...lastRungs(facts)]
}

function climbedRung(
  rung: (typeof STEPS)[number],
  step: number,
  { evidence, ladder, decided }: Facts,
): ExplainedRung {
  const numbers = new Set(
    evidence.candidates.filter((candidate) => candidate.step === step).map(({ key }) => key),
  )
  const keys = [...numbers].flatMap((number) => {
    const key = evidence.keys[number]
    const at = ladder.resolutions[number]
    return key === undefined || at === undefined
      ? []
      : [{ key, state: at.state, owners: namesOf(at) }]
  })
  const base = { rung, name: RUNG_NAMES[rung], keys }
  if (keys.length === 0) return { ...base, result: 'empty', why: 'the record holds no such key' }
  const { found } = ladder
  if (found?.step === step) return { ...base, ...ownerRung(decided, found) }
  const states = keys.map(({ state }) => state)
  if (states.includes('unavailable')) {
    const is_decided = decided.decision.outcome === 'unresolved'
    const result = is_decided ? 'decided' : 'passed'
    return { ...base, result, why: 'could not be looked up' }
  }
  if (states.includes('unowned')) {
    const is_decided = decided.decision.reason === 'unowned'
    const why = 'bound as unowned: nobody, on purpose'
    return { ...base, result: is_decided ? 'decided' : 'passed', why }
  }
  if (found !== undefined && found.step < step) {
    const why = 'below the owner'
    return { ...base, result: 'not_reached', why }
  }
  if (states.includes('shared'))
    return { ...base, result: 'passed', why: 'bound as shared: counts on rung 9' }
  const is_decided = decided.rule === 'unknown_identity'
  const why = 'the directory does not know it'
  return { ...base, result: is_decided ? 'decided' : 'passed', why }
}

function ownerRung(
  { rule }: Decided,
  found: NonNullable<Ladder['found']>,
): Pick<ExplainedRung, 'result' | 'why'> {
  const named = found.owner_ids.join(' and ')
  if (rule === 'highest_owner') return { result: 'decided', why: `the highest owner: ${named}` }
  if (rule === 'two_owners')
    return { result: 'decided', why: `names ${named || 'several rows without an owner'}` }
  if (rule === 'below_minimum')
    return { result: 'decided', why: `${named}, but below the minimum confidence` }
  const above = rule === 'unowned' ? 'an unowned key above stops' : 'a lookup failed above or here'
  return { result: 'passed', why: `${named} is only suggested: ${above}` }
}

function namesOf(resolution: Resolution): readonly string[] {
  return ownedBindings(resolution).flatMap(({ owner }) => owner?.id ?? [])
}

/** Rungs 8 to 11 hold no owner; they say what else there is. */
function lastRungs({ evidence, ladder, triage, decided }: Facts): readonly ExplainedRung[] {
  const hints = (triage?.hints ?? []).flatMap((key, index) => {
    const at = ladder.hints[index]
    return at === undefined ? [] : [{ key, state: at.state, owners: namesOf(at) }]
  })
  const { rule } = decided
  const last = (
    [rung, name]: readonly [string, string],
    is_there: boolean,
    rules: readonly DecisionRule[],
    keys: ExplainedRung['keys'] = [],
  ): ExplainedRung => {
    const base = { rung, name, keys }
    if (rules.includes(rule)) return { ...base, result: 'decided', why: RULE_TEXTS[rule] }
    if (triage === undefined && rung !== '9')
      return { ...base, result: 'not_reached', why: 'an owner was found' }
    if (!is_there) return { ...base, result: 'empty', why: 'nothing of that sort' }
    return { ...base, result: 'passed', why: rung === '8' ? 'only suggests' : 'no identity' }
  }
  const is_shared = evidence.shared || ladder.is_shared
  const has_address = triage !== undefined && triage.address !== 'none'
  return [
    last(['8', 'hint or network'], hints.length > 0, [], hints),
    last(['9', 'shared value or account'], is_shared || evidence.account, [
      'shared_only',
      'account_only',
    ]),
    last(['10', 'network address'], has_address, ['address_only']),
    last(['11', 'nothing'], false, ['nothing']),
  ]
}

export function explainRules(facts: Facts): readonly ExplainedRule[] {
  const decided_at = DECISION_RULES.indexOf(facts.decided.rule)
  return DECISION_RULES.map((rule, at) => ({
    rule,
    text: RULE_TEXTS[rule],
    decided: at === decided_at,
    why: at < decided_at ? WHY_NOT[rule](facts) : at === decided_at ? whyOf(facts) : NOT_ASKED,
  }))
}

const NOT_ASKED = 'not asked: a rule before it decided'

const WHY_NOT: Readonly<Record<DecisionRule, (facts: Facts) => string>> = {
  not_a_call: ({ evidence }) =>
    evidence.class === undefined ? 'it is a call' : 'it has an outcome',
  outage: ({ ladder }) =>
    ladder.found === undefined || ladder.is_stopped
      ? 'every key that could have named an owner was answered'
      : 'an owner is found',
  outage_before_owner: ({ ladder }) =>
    ladder.found === undefined || ladder.is_stopped
      ? 'no owner is found'
      : 'every key on the rung of the owner and above was answered',
  two_owners: ({ ladder }) =>
    ladder.found === undefined ? 'no owner is found' : 'the winning rung names one owner',
  below_minimum: ({ ladder, options }) =>
    ladder.found === undefined || ladder.is_stopped
      ? 'no owner is found'
      : `${confidenceOf(ladder)} is not below the minimum, ${options.minimum_confidence}`,
  highest_owner: ({ ladder }) =>
    ladder.is_stopped && ladder.found !== undefined
      ? 'an unowned key above the owner stops the ladder'
      : 'no key has an owner at the time of the call',
  unowned: () => 'no key is bound as unowned',
  unknown_identity: () => 'nothing on rungs 1 to 7 names somebody',
  shared_only: () => 'nothing that is named is shared',
  address_only: () => 'there is no address',
  account_only: () => 'there is no account',
  nothing: () => 'something was found',
}

function whyOf({ decided, ladder, evidence, nameOf }: Facts): string {
  const { rule, decision } = decided
  if (rule === 'highest_owner' && decision.evidence !== undefined)
    return `${nameOf(decision.evidence)} belongs to ${decision.owner?.id ?? 'nobody'}`
  if (rule === 'not_a_call') return `its class is ${evidence.class ?? 'none'}`
  if (rule === 'two_owners') return `named: ${(decision.conflicts ?? []).join(', ') || 'nobody'}`
  if (rule === 'below_minimum') return `it is ${confidenceOf(ladder)}`
  const states = { outage: 'unavailable', outage_before_owner: 'unavailable', unowned: 'unowned' }
  const wanted = Object.entries(states).find(([name]) => name === rule)?.[1]
  const named =
    wanted === undefined
      ? evidence.keys.filter((_, number) => ladder.resolutions[number]?.state === 'unknown')
      : evidence.keys.filter((_, number) => ladder.resolutions[number]?.state === wanted)
  if (rule === 'unknown_identity' && named.length === 0)
    return 'it is there, and no key can be made of it'
  if (wanted !== undefined || rule === 'unknown_identity') return named.map(nameOf).join(', ')
  return ''
}

function confidenceOf({ found }: Ladder): string {
  return (found && CONFIDENCE_OF_STEP[found.step]) ?? 'low'
}
