import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { createRules, toRecord, type RulesOptions } from '#/attribution/index.ts'
import { keyText } from '#/core/keys.ts'
import type { Answer } from '#/core/owners.ts'
import type { Source } from '#/core/source.ts'
import { createFormat } from '#/formats/index.ts'
import { SOURCES, sourcesOf } from '#/sources/index.ts'
import { readBill } from '../support/bills.ts'
import { directoryOf } from '../unit/attribution/directory.ts'
import { assertValid } from '../unit/attribution/schema.ts'
import { LIMITS, scanOne } from '../unit/formats/harness.ts'
import { owned } from '../unit/attribution/scenario.ts'
import { fernGateway } from '../data/made-up/source.ts'

/**
 * The page on how to add a source, walked with a source that does not exist: its data file, one row in the table of
 * sources, and samples with expectations. Nothing else is told about it, and it is read from bytes by the scanner.
 */

interface Expectation {
  readonly line: number
  readonly index: number
  readonly expect: Readonly<Record<string, unknown>>
  readonly tokens?: unknown
  readonly cost?: unknown
}

const DATA = new URL('../data/made-up/', import.meta.url)
const lines = readFileSync(new URL('fern-gateway.ndjson', DATA), 'utf8').trim().split('\n')
const expectations = JSON.parse(
  readFileSync(new URL('expectations.json', DATA), 'utf8'),
) as readonly Expectation[]

/** The row. */
const table: readonly Source[] = [fernGateway, ...SOURCES]

const directory = directoryOf([
  owned('api_key', 'fern/k-1', 'team:one'),
  owned('scope', 'fern/team/t-1', 'team:two'),
])

function optionsOf(sources: readonly Source[], auto: boolean): RulesOptions {
  return { sources, auto, trust: 'trusted', minimum_confidence: 'low', detail: 'full' }
}

/** What each event of a line comes to. */
function resultsOf(options: RulesOptions, line: string): Record<string, unknown>[] {
  const rules = createRules(options)
  const { fields, wrappers } = rules
  const view = scanOne(createFormat('json', { ...LIMITS, fields, wrappers }), line)
  const failure = view.failure(0)
  if (failure !== undefined) return [{ failure }]
  return Array.from({ length: view.event_count }, (_, event) => {
    const values = view.values(event)
    const evidence = rules.evidence(values)
    assert.equal(evidence.source?.name, fernGateway.name)
    const triage = rules.triage(values, evidence)
    const answerOf = (key: Parameters<typeof keyText>[0]): Answer => directory.answerOf(key)
    const { decision } = rules.decide(
      evidence,
      rules.callTime(values, evidence) ?? 0,
      answerOf,
      triage,
    )
    if (decision.outcome === undefined) return { class: decision.class }
    const record = toRecord(decision, 'full')
    assertValid(record)
    const { outcome, reason, method, owner } = record
    const told = { outcome, reason, method, owner_id: owner?.id }
    return Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined))
  })
}

for (const { line, index, expect, tokens, cost } of expectations) {
  const text = lines[line - 1] ?? ''

  test(`line ${line} event ${index} of a made-up source comes to what is expected`, () => {
    for (const options of [
      optionsOf([fernGateway], false),
      optionsOf(sourcesOf('json', table), true),
    ])
      assert.deepEqual(resultsOf(options, text)[index], expect)
  })

  if (tokens !== undefined)
    test(`line ${line} event ${index} of a made-up source has its tokens and its cost`, () => {
      const rules = createRules(optionsOf([fernGateway], false))
      const format = createFormat('json', { ...LIMITS, ...rules })
      const values = scanOne(format, text).values(index)
      assert.deepEqual(readBill(rules, rules.evidence(values), values), { tokens, cost })
    })
}

test('every line of the made-up samples has an expectation', () => {
  assert.deepEqual(
    lines.map((_, index) => expectations.some(({ line }) => line === index + 1)),
    lines.map(() => true),
  )
})
