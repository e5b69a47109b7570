import type { Source } from '#/core/source.ts'
import type { EventValues } from '#/core/view.ts'
import { compileBill, NO_BILL, type BillReader } from './bill.ts'
import { compileAny, compileWhen } from './conditions.ts'
import { decide } from './decide.ts'
import { compileEvidence, NOTHING, type EvidenceReader } from './evidence.ts'
import { createFields, type Fields } from './fields.ts'
import { createPlan, type Plan } from './plan.ts'
import type { Probe } from './probe.ts'
import { compileSecretCount, type SecretCount } from './secrets.ts'
import { compileTriage, type TriageReader } from './triage.ts'
import { compileCallTime } from './time.ts'
import type { Evidence, Rules, RulesOptions } from './types.ts'

/**
 * The rules of attribution: pure, synchronous, without clock or I/O. A receiver's sources are compiled once into a plan of
 * fields and functions over their values; per event they give evidence, then, with the answers of the owners, a decision.
 */

export { createCallReader } from './call-facts.ts'
export { conditionText, whenText } from './condition-words.ts'
export { DECISION_RULES, type DecisionRule } from './decision-rules.ts'
export { normaliseKey } from '#/core/keys.ts'
export { NO_BILL, type BillReader } from './bill.ts'
export {
  BILL_CACHE_READ,
  BILL_CACHE_WRITE,
  BILL_COLUMNS,
  BILL_COST,
  BILL_INPUT,
  BILL_OUTPUT,
} from './bill-row.ts'
export type { Cost, Money } from './cost.ts'
export { ENGINE, toRecord } from './record.ts'
export { resolveAt, type Resolution } from './resolve.ts'
export {
  fingerprint,
  keyIdPaths,
  secretReads,
  type SecretCount,
  type SecretRead,
} from './secrets.ts'
export { TOKENS_ESTIMATED, TOKENS_REPORTED, TOKENS_UNKNOWN } from './tokens.ts'
export { STEPS } from './types.ts'
export type { Candidate, Decided, Evidence, Rules, RulesOptions, Triage } from './types.ts'

export function createRules(options: RulesOptions, probe?: Probe): Rules {
  const plan = createPlan()
  const sources = options.auto ? options.sources : options.sources.slice(0, 1)
  const compiled = sources.map((source) => compileSource(source, options, plan, probe))
  const by_source = new Map(compiled.map((one) => [one.source, one]))
  const recognise = options.auto ? createDetection(compiled) : () => compiled[0]
  const compiledOf = (evidence: Evidence) =>
    evidence.source === undefined ? undefined : by_source.get(evidence.source)
  return {
    fields: plan.fields,
    wrappers: [...new Set(sources.flatMap((source) => source.wrappers ?? []))],
    texts: [...new Set(sources.flatMap((source) => source.texts ?? []))],
    signals: [...new Set(sources.map((source) => source.signal ?? 'logs'))],
    evidence(values) {
      const one = recognise(values)
      if (one === undefined) return UNKNOWN_SOURCE
      return one.isNeeded(values) ? one.evidence(values) : WRONG_SHAPE
    },
    callTime: (values, evidence) => compiledOf(evidence)?.callTime(values),
    billOf: (evidence) => (isCall(evidence) ? (compiledOf(evidence)?.bill ?? NO_BILL) : NO_BILL),
    secretsOf: (evidence) => compiledOf(evidence)?.secrets,
    triage: (values, evidence) => compiledOf(evidence)?.triage.read(values, evidence) ?? NO_TRIAGE,
    triageText: (values, evidence) => compiledOf(evidence)?.triage.text(values) ?? '',
    keys: (evidence) => evidence.keys,
    decide: (evidence, at_ms, answerOf, triage) =>
      decide(evidence, at_ms, answerOf, triage, options),
  }
}

const UNKNOWN_SOURCE: Evidence = { ...NOTHING, failure: 'unknown_source' }
const WRONG_SHAPE: Evidence = { ...NOTHING, failure: 'wrong_shape' }
const NO_TRIAGE = { address: 'none', hints: [] } as const

/** A report of a provider has a bill too: of many calls. */
function isCall(evidence: Evidence): boolean {
  return evidence.class === undefined || evidence.class === 'usage_bucket'
}

interface Compiled {
  readonly source: Source
  isDetected(values: EventValues): boolean
  isNeeded(values: EventValues): boolean
  readonly evidence: EvidenceReader
  readonly triage: TriageReader
  callTime(values: EventValues): number | undefined
  readonly bill: BillReader
  readonly secrets: SecretCount | undefined
}

function compileSource(
  source: Source,
  options: RulesOptions,
  plan: Plan,
  probe: Probe | undefined,
): Compiled {
  const fields = createFields(source, options, plan, probe)
  return {
    source,
    isDetected: options.auto ? compileDetect(fields) : () => true,
    isNeeded: source.needs.length === 0 ? () => true : compileAny(source.needs, fields),
    evidence: compileEvidence(fields),
    triage: compileTriage(fields),
    callTime: compileCallTime(fields),
    bill: compileBill(fields),
    secrets: compileSecretCount(fields),
  }
}

/** Holds when one of the alternatives holds. */
function compileDetect(fields: Fields): (values: EventValues) => boolean {
  const { detect } = fields.source
  const tests = detect.map((when) => compileWhen(when, fields))
  return (values) => {
    const at = tests.findIndex((test) => test.holds(values))
    if (at >= 0) fields.probe?.detected(detect[at] ?? [])
    return at >= 0
  }
}

/**
 * The first source whose discriminating fields are there. One that has none takes what is left, but only where all
 * candidates speak the same encoding: a line of JSON is no OTLP record just because nobody else knows it.
 */
function createDetection(compiled: readonly Compiled[]): (v: EventValues) => Compiled | undefined {
  const has_json = compiled.some(({ source }) => source.encoding === 'json')
  const rest = compiled.find(({ source }) => source.detect.length === 0 && !has_json)
  return (values) => compiled.find((one) => one.isDetected(values)) ?? rest
}
