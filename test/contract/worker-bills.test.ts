/**
 * With all detail, events say what they used and cost in one meaning for all sources; it is what the rules read of the plain
 * event. With less detail they do not.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRules } from '#/attribution/index.ts'
import { SOURCES, sourceNamed } from '#/sources/index.ts'
import type { Source } from '#/core/source.ts'
import { readBill } from '../support/bills.ts'
import { shapedSamples } from '../support/shaped-samples.ts'
import { eventsOf, parseExactly, valuesOf } from '../unit/attribution/event-values.ts'

interface Written {
  readonly usage?: Readonly<Record<string, unknown>>
  readonly cost?: unknown
}

/** What was written into each event that has an outcome, and what its bill should be. */
async function written(source: Source, detail: 'standard' | 'full') {
  const rules = createRules({
    sources: [source],
    auto: false,
    trust: 'trusted',
    minimum_confidence: 'low',
    detail,
  })
  const lines = await shapedSamples('as_is', source.name, { attribution: { detail } })
  return lines.flatMap((line) =>
    eventsOf(parseExactly(line), rules.wrappers).flatMap((event) => {
      const attribution = attributionIn(event)
      if (attribution === undefined) return []
      const values = valuesOf(event, rules.fields)
      return { attribution, bill: readBill(rules, rules.evidence(values), values) }
    }),
  )
}

/** As objects, whatever the encoding; numbers are numbers. */
function attributionIn(event: unknown): Written | undefined {
  const { attribution, attributes } = event as {
    readonly attribution?: unknown
    readonly attributes?: Readonly<Record<string, unknown>>
  }
  if (attribution !== undefined) return plain(attribution) as Written
  const usage: Record<string, unknown> = {}
  const cost: Record<string, unknown> = {}
  let is_attributed = false
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name === 'attribution.outcome') is_attributed = true
    if (name.startsWith('attribution.usage.')) usage[name.slice(18)] = plain(value)
    if (name.startsWith('attribution.cost.')) cost[name.slice(17)] = plain(value)
  }
  if (!is_attributed) return undefined
  return {
    ...(Object.keys(usage).length > 0 ? { usage } : {}),
    ...(Object.keys(cost).length > 0 ? { cost } : {}),
  }
}

function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  if ('text' in value) return Number(value.text)
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]))
}

for (const source of SOURCES) {
  test(`with all detail, events of ${source.name} say what they used and cost`, async () => {
    const events = await written(source, 'full')
    assert.ok(events.length > 0)
    for (const { attribution, bill } of events) {
      const { is_estimated, ...tokens } = bill.tokens
      const usage = is_estimated === true ? { ...tokens, estimated: true } : tokens
      assert.deepEqual(attribution.usage ?? {}, usage)
      assert.deepEqual(attribution.cost, bill.cost)
    }
  })
}

test('with the standard detail nothing of it is written', async () => {
  const source = sourceNamed('litellm')
  assert.ok(source)
  for (const { attribution } of await written(source, 'standard')) {
    assert.equal(attribution.usage, undefined)
    assert.equal(attribution.cost, undefined)
  }
})
