import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { createRules, toRecord, type Rules } from '#/attribution/index.ts'
import type { Decision } from '#/core/decision.ts'
import { SOURCES, sourcesOf } from '#/sources/index.ts'
import type { Source } from '#/core/source.ts'
import { directoryOf, readOwners } from '../unit/attribution/directory.ts'
import { eventsOf, parseExactly, valuesOf } from '../unit/attribution/event-values.ts'
import { assertValid } from '../unit/attribution/schema.ts'

/**
 * Every line of the sample files of the sources that exist comes to what the index of the samples says, with the owners
 * that lie beside them, read as its own source and recognised by `auto`.
 */

interface Entry {
  readonly file: string
  readonly line: number
  readonly index?: number
  readonly case: string
  readonly parses: boolean
  readonly expect: Readonly<Record<string, unknown>>
}

const SAMPLES = new URL('../data/samples/', import.meta.url)
const KAFKA_TIMESTAMP_MS = Date.parse('2026-11-19T12:00:00Z')
const index: { readonly entries: readonly Entry[] } = JSON.parse(
  readFileSync(new URL('index.json', SAMPLES), 'utf8'),
)
const owners = readOwners(new URL('owners.yaml', SAMPLES))

for (const source of SOURCES) {
  const lines = readFileSync(new URL(`${source.name}.ndjson`, SAMPLES), 'utf8').split('\n')
  const entries = index.entries.filter((entry) => entry.file === `${source.name}.ndjson`)
  const own = rulesFor([source], false)
  const auto = rulesFor(sourcesOf(source.encoding), true)

  test(`${source.name} has samples for each of its cases`, () => {
    assert.ok(entries.length >= 5)
  })

  for (const entry of entries) {
    const title = `${entry.file} line ${entry.line} event ${entry.index ?? 0} (${entry.case})`
    const line = lines[entry.line - 1] ?? ''
    test(`${title} comes to what the index says`, () => {
      if (!entry.parses) {
        assert.throws(() => parseExactly(line), SyntaxError)
        return
      }
      for (const rules of [own, auto]) {
        const event = eventsOf(parseExactly(line), rules.wrappers)[entry.index ?? 0]
        const { decision, source_name } = decideEvent(rules, event)
        assert.equal(source_name, source.name)
        assert.deepEqual(reportOf(decision), entry.expect)
      }
    })
  }
}

function rulesFor(sources: readonly Source[], auto: boolean): Rules {
  return createRules({
    sources,
    auto,
    trust: 'trusted',
    minimum_confidence: 'low',
    detail: 'full',
  })
}

function decideEvent(
  rules: Rules,
  event: unknown,
): { decision: Decision; source_name: string | undefined } {
  const directory = directoryOf(owners)
  const values = valuesOf(event, rules.fields)
  const evidence = rules.evidence(values)
  assert.equal(evidence.failure, undefined)
  const at_ms = rules.callTime(values, evidence) ?? KAFKA_TIMESTAMP_MS
  const triage = rules.triage(values, evidence)
  const { decision } = rules.decide(evidence, at_ms, directory.answerOf, triage)
  return { decision, source_name: evidence.source?.name }
}

/** The members that the index tells, from what is written into the event. */
function reportOf(decision: Decision): Record<string, unknown> {
  const report: Record<string, unknown> = { fate: 'published' }
  if (decision.class !== undefined) report['class'] = decision.class
  if (decision.outcome === undefined) return report
  const record = toRecord(decision, 'full')
  assertValid(record)
  for (const name of ['outcome', 'reason', 'method', 'level', 'confidence', 'ip_only'] as const) {
    if (record[name] !== undefined) report[name] = record[name]
  }
  if (record.owner?.id !== undefined) report['owner_id'] = record.owner.id
  return report
}
