import { CONFIDENCE_OF_STEP } from '#/attribution/attributed.ts'
import { STEPS } from '#/attribution/index.ts'
import type { CallRules, CostRule, Source } from '#/core/source.ts'
import { CLASSES, SLOTS, type Class, type Confidence, type Slot } from '#/core/words.ts'
import { evidenceFields, slotsOf } from './evidence.ts'

/** What the records of a source can tell about a call, and what they cannot: read off its data file, said nowhere else. */

export interface SourceFacts {
  readonly name: string
  /** Stands in the keys: `litellm/5f3a…`. */
  readonly system: string
  readonly messages: 'JSON' | 'OTLP logs' | 'OTLP spans'
  /** Slots that the system writes after authenticating; a topic of trusted producers makes them trusted. */
  readonly verified: readonly Slot[]
  /** Slots of OTLP resources: claimed, unless the receiver says that the platform stamps them. */
  readonly stamped: readonly Slot[]
  /** Slots that anyone who sends a request may have filled. */
  readonly claimed: readonly Slot[]
  /** The best confidence that a decision about these records can have; none when they name nobody. */
  readonly at_best: Confidence | 'none'
  readonly at_best_stamped?: Confidence
  readonly tokens: readonly TokenName[]
  readonly may_be_estimated: boolean
  readonly cost: Pick<CostRule, 'currency' | 'basis'> | null
  readonly address: boolean
  readonly account: boolean
  /** Ids that join a call with other records. */
  readonly correlation: readonly Correlation[]
  /** What is known about rules that the call was under. */
  readonly policy: readonly Policy[]
  readonly other_classes: readonly Class[]
  readonly cannot_tell: readonly string[]
}

const TOKENS = ['input', 'cache_read', 'cache_write', 'output', 'reasoning'] as const
type TokenName = (typeof TOKENS)[number]

function tokenName(name: TokenName): string {
  return `${name} tokens`
}

const CORRELATIONS = [
  'request_id',
  'session_id',
  'trace_id',
  'span_id',
  'workflow_id',
] as const satisfies readonly (keyof CallRules)[]
type Correlation = (typeof CORRELATIONS)[number]

const POLICIES = [
  'region_called',
  'region_served',
  'guardrail',
  'guardrail_verdict',
] as const satisfies readonly (keyof CallRules)[]
type Policy = (typeof POLICIES)[number]

const NAMING_SLOTS = SLOTS.filter((slot) => slot !== 'account' && slot !== 'net')

export function factsOf(source: Source): SourceFacts {
  const fields = evidenceFields(source)
  const verified = slotsOf(fields.filter(({ rung }) => !rung.startsWith('7')))
  const stamped = slotsOf(fields.filter(({ stamped_rung }) => stamped_rung !== undefined))
  const claimed = slotsOf(
    fields.filter(({ rung, stamped_rung }) => rung.startsWith('7') && stamped_rung === undefined),
  )
  const rungs = fields.map(({ rung }) => rung)
  const at_best = bestOf(rungs)
  const at_best_stamped = bestOf(fields.map(({ rung, stamped_rung }) => stamped_rung ?? rung))
  const tokens = TOKENS.filter((name) => (source.tokens ?? []).some((rules) => name in rules))
  const cost = source.cost ?? null
  const call: CallRules = source.call ?? {}
  const correlation = CORRELATIONS.filter((name) => (call[name] ?? []).length > 0)
  const policy = POLICIES.filter((name) => (call[name] ?? []).length > 0)
  const told = [
    ...[...verified, ...stamped, ...claimed, ...correlation, ...policy],
    ...tokens.map(tokenName),
  ]
  return {
    name: source.name,
    system: source.system,
    messages: messagesOf(source),
    verified,
    stamped,
    claimed,
    at_best,
    ...(at_best_stamped === at_best || at_best_stamped === 'none' ? {} : { at_best_stamped }),
    tokens,
    may_be_estimated: (source.tokens ?? []).some(
      ({ may_be_estimated }) => may_be_estimated === true,
    ),
    cost: cost === null ? null : { currency: cost.currency, basis: cost.basis },
    address: source.net.length > 0,
    account: source.account === 'always' || source.account.length > 0,
    correlation,
    policy,
    other_classes: CLASSES.filter((name) => classesOf(source).includes(name)),
    cannot_tell: [
      ...[...NAMING_SLOTS, ...TOKENS.map(tokenName), ...CORRELATIONS, ...POLICIES].filter(
        (name) => !told.includes(name),
      ),
      ...(cost === null ? ['cost'] : []),
      ...(source.net.length === 0 ? ['address'] : []),
    ],
  }
}

export function messagesOf({ encoding, signal }: Source): SourceFacts['messages'] {
  if (encoding === 'json') return 'JSON'
  return signal === 'traces' ? 'OTLP spans' : 'OTLP logs'
}

/** Confidences fall from rung to rung. */
function bestOf(rungs: readonly (typeof STEPS)[number][]): Confidence | 'none' {
  const steps = rungs.map((rung) => STEPS.indexOf(rung))
  return CONFIDENCE_OF_STEP[Math.min(...steps)] ?? 'none'
}

function classesOf({ classes, otherwise }: Source): readonly string[] {
  return [...classes.map((rule) => rule.class), otherwise]
}
