import { createRules, type RulesOptions, type Rules, type Evidence } from '#/attribution/index.ts'
import { STEPS } from '#/attribution/types.ts'
import { keyText } from '#/core/keys.ts'
import type { Source } from '#/core/source.ts'
import type { EventValues } from '#/core/view.ts'
import type { Initiator, TrafficClass } from '#/core/words.ts'
import { readBill, type ReadBill } from '../../support/bills.ts'
import { eventsOf, parseExactly, valuesOf } from '../attribution/event-values.ts'

/** What the rules read of one event of a source: keys with their place on the ladder, and all the rest in words. */

export interface Reading {
  readonly failure: Evidence['failure']
  readonly class: Evidence['class']
  /** `<step> <kind>=<value>`, in order; `?` behind a key that counts only if known. */
  readonly keys: readonly string[]
  readonly hints: readonly string[]
  readonly hops: readonly string[]
  readonly initiator: Initiator | undefined
  readonly environment: string | undefined
  readonly traffic_class: TrafficClass | undefined
  readonly address: string
  readonly shared: boolean
  readonly account: boolean
  readonly unkeyed: boolean
  readonly lost: number
  readonly time: number | undefined
  readonly tokens: ReadBill['tokens']
}

export type ReadingOptions = Partial<RulesOptions> & {
  readonly occurrences?: Readonly<Record<string, number>>
}

export function read(source: Source, event: unknown, options: ReadingOptions = {}): Reading {
  const { occurrences, ...rules_options } = options
  const rules = rulesOf(source, rules_options)
  const message = parseExactly(JSON.stringify(event))
  const first = eventsOf(message, rules.wrappers)[0]
  return readingOf(rules, valuesOf(first, rules.fields, occurrences))
}

export function rulesOf(source: Source, options: Partial<RulesOptions> = {}): Rules {
  return createRules({
    sources: [source],
    auto: false,
    trust: 'trusted',
    minimum_confidence: 'low',
    detail: 'standard',
    ...options,
  })
}

export function readingOf(rules: Rules, values: EventValues): Reading {
  const evidence = rules.evidence(values)
  const triage = rules.triage(values, evidence)
  const { tokens } = readBill(rules, evidence, values)
  return {
    failure: evidence.failure,
    class: evidence.class,
    keys: evidence.candidates.map((candidate) => {
      const key = evidence.keys[candidate.key]
      const text = key === undefined ? '' : keyText(key)
      return `${STEPS[candidate.step]} ${text}${candidate.only_if_known ? '?' : ''}`
    }),
    hints: triage.hints.map(keyText),
    hops: evidence.hops.map(keyText),
    initiator: evidence.circumstances?.initiator,
    environment: evidence.circumstances?.environment,
    traffic_class: evidence.circumstances?.traffic_class,
    address: triage.address,
    shared: evidence.shared,
    account: evidence.account,
    unkeyed: evidence.unkeyed.length > 0,
    lost: evidence.lost,
    time: rules.callTime(values, evidence),
    tokens,
  }
}

/** An OTLP message with one log record. */
export function otlp(
  record: Readonly<Record<string, unknown>>,
  resource: Readonly<Record<string, unknown>> = {},
  rest: Readonly<Record<string, unknown>> = {},
): unknown {
  return {
    resourceLogs: [
      {
        resource: { attributes: attributes(resource) },
        scopeLogs: [{ logRecords: [{ ...rest, attributes: attributes(record) }] }],
      },
    ],
  }
}

function attributes(values: Readonly<Record<string, unknown>>): unknown[] {
  return Object.entries(values).map(([key, value]) => ({
    key,
    value: typeof value === 'number' ? { intValue: `${value}` } : { stringValue: value },
  }))
}
