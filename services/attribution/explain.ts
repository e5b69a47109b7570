import type { Answer, Key } from '#/core/owners.ts'
import { keyText } from '#/core/keys.ts'
import type { EventValues } from '#/core/view.ts'
import type { Slot } from '#/core/words.ts'
import { adviceOf, type Advice } from './advice.ts'
import { whenText } from './condition-words.ts'
import { createRules } from './index.ts'
import { climb, type Ladder } from './ladder.ts'
import { createProbe, isTrust, type Seen, type Sighting, type TrustReason } from './probe.ts'
import type { Resolution } from './resolve.ts'
import { explainRules, explainRungs, type ExplainedRule, type ExplainedRung } from './why.ts'
import {
  STEPS,
  type Candidate,
  type Decided,
  type Evidence,
  type Rules,
  type RulesOptions,
  type Triage,
} from './types.ts'

/**
 * Why an event was decided as it was. The decision is that of `createRules`, made by the very rules that a worker runs, with
 * a probe in them; what stands round it is read from what they saw and from the ladder that they climbed.
 */

export type { ExplainedRule, ExplainedRung } from './why.ts'

export interface Explainer {
  readonly rules: Rules
  /** Reads one event; nothing of `values` is kept. */
  read(values: EventValues): Reading
  /** `answerOf` is asked for the keys of the reading and of its triage. */
  explain(reading: Reading, at_ms: number, answerOf: (key: Key) => Answer): Explained
}

export interface Reading {
  readonly evidence: Evidence
  readonly triage: Triage
  /** Start of the call; `undefined` where the event does not say it. */
  readonly call_time_ms: number | undefined
  readonly seen: Seen
}

export interface ExplainedEvidence {
  readonly field: string
  readonly kind: Sighting['kind']
  readonly slot?: Slot
  /** The rung on which its keys stand: `1` … `7c`. */
  readonly rung?: string
  readonly keys: readonly Key[]
  readonly trust?: 'trusted' | 'claimed'
  readonly why?: string
  readonly word?: string
}

export interface Explained {
  readonly decided: Decided
  readonly source?: {
    readonly name: string
    readonly recognised_by: 'config' | 'fields' | 'rest'
    /** The conditions that it was recognised by. */
    readonly has?: string
  }
  readonly class?: { readonly class: string; readonly when?: string }
  readonly evidence: readonly ExplainedEvidence[]
  readonly rungs: readonly ExplainedRung[]
  readonly rules: readonly ExplainedRule[]
  /** Each key that was asked for, with what its answer means at the time of the call. */
  readonly lookups: readonly {
    readonly key: Key
    readonly answer: Answer
    readonly at: Resolution
  }[]
  readonly advice: readonly Advice[]
}

/** `nameOf`: how a key is called in texts; it may conceal what others shall not read. */
export function createExplainer(
  options: RulesOptions,
  nameOf: (key: Key) => string = keyText,
): Explainer {
  const probe = createProbe()
  const rules = createRules(options, probe)
  return {
    rules,
    read(values) {
      probe.take()
      const evidence = rules.evidence(values)
      const seen = probe.take()
      const triage = rules.triage(values, evidence)
      // What is read now builds keys that only suggest.
      const more = probe
        .take()
        .sightings.map((one) => (one.kind === 'key' ? { ...one, kind: 'hint' as const } : one))
      const sightings = [...seen.sightings, ...more]
      return {
        evidence,
        triage,
        seen: { ...seen, sightings },
        call_time_ms: rules.callTime(values, evidence),
      }
    },
    explain(reading, at_ms, answerOf) {
      const { evidence } = reading
      // As the worker does it: the address and the hints are read only when nobody was found.
      const first = rules.decide(evidence, at_ms, answerOf)
      const triage = first.needs_triage ? reading.triage : undefined
      const decided = triage === undefined ? first : rules.decide(evidence, at_ms, answerOf, triage)
      const ladder = climb(evidence, at_ms, answerOf, triage?.hints ?? [])
      const facts = { evidence, ladder, triage, decided, options, seen: reading.seen, nameOf }
      return {
        decided,
        ...sourceOf(reading, options),
        ...classOf(reading),
        evidence: evidenceOf(reading),
        rungs: explainRungs(facts),
        rules: explainRules(facts),
        lookups: lookupsOf(evidence, triage, ladder, answerOf),
        advice: adviceOf(facts),
      }
    },
  }
}

function sourceOf({ evidence, seen }: Reading, { auto }: RulesOptions): Pick<Explained, 'source'> {
  const { source } = evidence
  if (source === undefined) return {}
  const { name } = source
  if (!auto) return { source: { name, recognised_by: 'config' } }
  return seen.detected === undefined
    ? { source: { name, recognised_by: 'rest' } }
    : { source: { name, recognised_by: 'fields', has: whenText(seen.detected) } }
}

function classOf({ evidence, seen }: Reading): Pick<Explained, 'class'> {
  if (evidence.source === undefined || seen.classed === undefined) return {}
  const { when } = seen.classed
  const has = when === undefined ? '' : whenText(when)
  return { class: { class: evidence.class ?? 'call', ...(has === '' ? {} : { when: has }) } }
}

/** What was read, as it was read, each with the rung on which the rules put it. */
function evidenceOf({ evidence, seen }: Reading): readonly ExplainedEvidence[] {
  const found = seen.sightings.map((sighting): ExplainedEvidence => {
    const { field, kind, slot, keys, word } = sighting
    const candidate = candidateOf(evidence, sighting)
    const base = { field, kind, keys, ...(word === undefined ? {} : { word }) }
    const placed = candidate?.slot ?? slot
    return {
      ...base,
      ...(placed === undefined ? {} : { slot: placed }),
      ...(candidate === undefined ? {} : { rung: STEPS[candidate.step] ?? '7c' }),
      ...trustOf(sighting, candidate),
    }
  })
  return found.toSorted((a, b) => orderOf(a) - orderOf(b))
}

function candidateOf(
  evidence: Evidence,
  { kind, slot, keys, trust }: Sighting,
): Candidate | undefined {
  const [first] = keys
  if (kind !== 'key' || first === undefined) return undefined
  const text = keyText(first)
  const of_key = evidence.candidates.filter(({ key }) => {
    const named = evidence.keys[key]
    return named !== undefined && keyText(named) === text
  })
  const of_slot = of_key.filter((candidate) => candidate.slot === slot)
  const is_trusted = trust !== undefined && isTrust(trust)
  return of_slot.find(({ step }) => step < FIRST_CLAIMED === is_trusted) ?? of_slot[0] ?? of_key[0]
}

const FIRST_CLAIMED = STEPS.indexOf('7a')

function orderOf({ rung }: ExplainedEvidence): number {
  return rung === undefined ? STEPS.length : STEPS.findIndex((step) => step === rung)
}

/** Below rung 6 the rules count everything as claimed, whoever wrote the field. */
function trustOf(
  { trust }: Sighting,
  candidate: Candidate | undefined,
): Pick<ExplainedEvidence, 'trust' | 'why'> {
  if (trust === undefined || candidate === undefined) return {}
  const is_placed_low = candidate.step >= FIRST_CLAIMED
  const is_low_by_slot = candidate.slot === 'consumer' || candidate.slot === 'agent'
  const is_trusted = isTrust(trust) && (!is_placed_low || is_low_by_slot)
  const why = isTrust(trust) && !is_trusted ? 'part_claimed' : trust
  return { trust: is_trusted ? 'trusted' : 'claimed', why: TRUST_TEXTS[why] }
}

const TRUST_TEXTS: Readonly<Record<TrustReason, string>> = {
  system: 'written by the system',
  stamped: 'stamped by the platform',
  caller: 'the caller can write it',
  topic_claimed: 'the receiver says trust: claimed',
  repeated: 'stands more than once',
  part_claimed: 'rests on a claimed field',
}

function lookupsOf(
  evidence: Evidence,
  triage: Triage | undefined,
  ladder: Ladder,
  answerOf: (key: Key) => Answer,
): Explained['lookups'] {
  const keys = evidence.keys.map((key, index) => ({ key, at: ladder.resolutions[index] }))
  const hints = (triage?.hints ?? []).map((key, index) => ({ key, at: ladder.hints[index] }))
  return [...keys, ...hints].flatMap(({ key, at }) =>
    at === undefined ? [] : [{ key, answer: answerOf(key), at }],
  )
}
