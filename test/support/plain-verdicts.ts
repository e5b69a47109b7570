/**
 * What a message should come to, found the slow and plain way: `JSON.parse`, the rules, the owners in a Map. The yardstick
 * for the worker, which never parses a message.
 */
import { createRules } from '#/attribution/index.ts'
import type { Source } from '#/core/source.ts'
import { directoryOf, readOwners } from '../unit/attribution/directory.ts'
import { eventsOf, parseExactly, valuesOf } from '../unit/attribution/event-values.ts'
import { OWNERS_FILE, TIMESTAMP_MS, verdictOf, type Verdict } from './sample-pipeline.ts'

const owners = readOwners(OWNERS_FILE)

/** For messages of JSON text. Several sources are told apart. */
export function plainVerdicts(
  sources: readonly Source[],
): (text: string) => readonly Verdict[] | string {
  const rules = createRules({
    sources,
    auto: sources.length > 1,
    trust: 'trusted',
    minimum_confidence: 'low',
    detail: 'standard',
  })
  const { answerOf } = directoryOf(owners)
  return (text) => {
    const message = tryParse(text)
    if (message === undefined) return 'dead_lettered: malformed'
    if (typeof message.value !== 'object' || message.value === null) return WRONG_SHAPE
    const events = eventsOf(message.value, rules.wrappers)
    if (events.length === 0) return [NO_EVENTS]
    const verdicts: Verdict[] = []
    for (const event of events) {
      if (typeof event !== 'object' || event === null || Array.isArray(event)) return WRONG_SHAPE
      const values = valuesOf(event, rules.fields)
      const evidence = rules.evidence(values)
      if (evidence.failure !== undefined) return `dead_lettered: ${evidence.failure}`
      const at_ms = rules.callTime(values, evidence) ?? TIMESTAMP_MS
      const triage = rules.triage(values, evidence)
      verdicts.push(verdictOf(rules.decide(evidence, at_ms, answerOf, triage).decision))
    }
    return verdicts
  }
}

const WRONG_SHAPE = 'dead_lettered: wrong_shape'
const NO_EVENTS: Verdict = {
  class: 'empty',
  outcome: undefined,
  reason: undefined,
  owner: undefined,
  method: undefined,
  level: undefined,
  confidence: undefined,
}

function tryParse(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: parseExactly(text) }
  } catch {
    return undefined
  }
}
