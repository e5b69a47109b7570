/** Every sample, explained and run through the pipeline: both must come to the same, and no prompt or secret is shown. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { DECISION_RULES, toRecord } from '#/attribution/index.ts'
import { SOURCES } from '#/sources/index.ts'
import { createDeadline, systemClock } from '#/telemetry/index.ts'
import { startExplaining, type ExplainDocument } from '#/worker/explain/index.ts'
import { textPrompt } from '../support/baits.ts'
import {
  quietPorts,
  sampleConfig,
  sampleLines,
  startSamplePipeline,
  TIMESTAMP_MS,
} from '../support/sample-pipeline.ts'

const SAMPLES = new URL('../data/samples/', import.meta.url)

function allLines(source: string): readonly string[] {
  return readFileSync(new URL(`${source}.ndjson`, SAMPLES), 'utf8')
    .split('\n')
    .filter(Boolean)
}

async function explainAll(
  source: string,
  lines: readonly string[],
): Promise<readonly (readonly ExplainDocument[])[]> {
  const { receivers, processors, owners } = sampleConfig(source, encodingOf(source))
  const explainer = await startExplaining({
    receiver_id: 'kafka',
    receiver: receivers['kafka']!,
    processors,
    owners,
    ports: quietPorts(),
  })
  const all: (readonly ExplainDocument[])[] = []
  for (const [offset, line] of lines.entries()) {
    const value = Buffer.from(line)
    const at = { topic: 'samples', partition: 0, offset, timestamp: TIMESTAMP_MS }
    all.push(await explainer.explain({ ...at, value }))
  }
  await explainer.stop(createDeadline(systemClock, 1000))
  return all
}

function encodingOf(source: string): 'auto' | undefined {
  return source === 'auto' ? 'auto' : undefined
}

const decided_rules = new Set<string>()

for (const { name } of SOURCES)
  for (const source of [name, 'auto'])
    test(`what is explained of ${name} with source ${source} is what the pipeline decides`, async () => {
      const lines = allLines(name)
      const pipeline = await startSamplePipeline(source, encodingOf(source))
      const judged = await pipeline.judge(lines)
      await pipeline.stop()
      const explained = await explainAll(source, lines)
      for (const [at, message] of judged.entries()) {
        const documents = explained[at] ?? []
        const place = `${name}.ndjson:${at + 1}`
        for (const { fate, code } of documents) {
          assert.equal(fate, message.fate, place)
          assert.equal(code, message.code, place)
        }
        if (message.fate !== 'published') {
          assert.ok(documents.some(({ failure }) => failure?.code === message.code))
          continue
        }
        const events = message.decisions
        assert.equal(documents.length, events.length, place)
        for (const [index, decision] of events.entries()) {
          const document = documents[index]!
          const written = decision.outcome === undefined ? undefined : toRecord(decision, 'full')
          assert.deepEqual(document.decision, written, `${place} event ${index}`)
          if (decision.class !== undefined) assert.equal(document.class?.class, decision.class)
          checkTrace(document, place)
        }
      }
    })

/** The trace names what the decision rests on. */
function checkTrace(document: ExplainDocument, place: string): void {
  const { decision, rule, rungs, rules, lookups, evidence } = document
  if (decision === undefined || rule === undefined) return
  decided_rules.add(rule)
  assert.deepEqual(
    rules.filter(({ decided }) => decided).map((one) => one.rule),
    [rule],
    place,
  )
  assert.ok(
    rules.every(({ decided, why }) => decided || why !== ''),
    place,
  )
  const deciding = rungs.filter(({ result }) => result === 'decided')
  if (decision.outcome === 'attributed') {
    assert.deepEqual([rule, deciding.length], ['highest_owner', 1], place)
    const named = deciding[0]?.keys.find(({ key }) => key === decision.evidence)
    assert.deepEqual(named?.owners, [decision.owner?.id], place)
    const seen = evidence.find(({ keys }) => keys.includes(decision.evidence ?? '?'))
    assert.equal(seen?.rung, deciding[0]?.rung, place)
    assert.ok(seen?.field !== undefined && seen.why !== undefined, place)
    const answered = lookups.find(({ key }) => key === decision.evidence)
    const in_force = answered?.bindings.filter((binding) => binding.in_force) ?? []
    assert.deepEqual(
      in_force.map(({ id, owner }) => [id, owner]),
      [[decision.binding, decision.owner?.id]],
      place,
    )
    assert.equal(answered?.tier, 'file', place)
  } else {
    assert.ok(deciding.length > 0, place)
    assert.ok(document.advice.length > 0, `${place}: ${rule} has no advice`)
  }
}

test('the samples show most rules of the decision, and all that are shown have a name', () => {
  for (const rule of decided_rules)
    assert.ok(
      DECISION_RULES.some((known) => known === rule),
      rule,
    )
  for (const rule of [
    'highest_owner',
    'unknown_identity',
    'shared_only',
    'address_only',
    'nothing',
  ])
    assert.ok(decided_rules.has(rule), rule)
})

test('every key of the evidence that the rules ask for stands beside the field that it came from', async () => {
  for (const { name } of SOURCES) {
    const explained = await explainAll(name, sampleLines(name))
    for (const { evidence, rungs } of explained.flat()) {
      const seen = new Set(evidence.flatMap(({ keys }) => keys))
      for (const { keys } of rungs)
        for (const { key } of keys) {
          if (!key.startsWith('ip=')) assert.ok(seen.has(key), `${name}: ${key}`)
        }
    }
  }
})

test('an explanation holds no prompt and no raw secret', async () => {
  const secret = `sk-proj-${'a1B2'.repeat(12)}`
  const prompt = `a very private prompt about ${secret}`
  const secret_key = JSON.stringify({
    litellm_call_id: '1',
    call_type: 'acompletion',
    end_user: secret,
    metadata: { user_api_key_hash: secret, user_api_key_user_id: secret },
  })
  const [key_text = ''] = (await explainAll('litellm', [secret_key])).map((one) =>
    JSON.stringify(one),
  )
  assert.match(key_text, /fingerprint_key/)
  assert.ok(!key_text.includes('a1B2'))
  for (const source of SOURCES) {
    const lines = sampleLines(source.name).map((line) => textPrompt(source, line, prompt))
    const text = JSON.stringify(await explainAll(source.name, lines))
    assert.ok(!text.includes('private prompt'), source.name)
    assert.ok(!text.includes('a1B2'), source.name)
  }
})
