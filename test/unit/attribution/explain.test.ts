import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createExplainer, type Explained } from '#/attribution/explain.ts'
import type { RulesOptions } from '#/attribution/index.ts'
import { directoryOf, type Row } from './directory.ts'
import { parseExactly, valuesOf } from './event-values.ts'
import { AT_MS, LADDER, owned, run, type Scenario } from './scenario.ts'

function explain(scenario: Scenario): Explained {
  const { event, rows = [], unavailable = [], at_ms = AT_MS, ...rest } = scenario
  const { source: _, state: __, occurrences, without_triage: ___, ...more } = rest
  const options: RulesOptions = {
    sources: [LADDER],
    auto: false,
    trust: 'trusted',
    minimum_confidence: 'low',
    detail: 'full',
    ...more,
  }
  const explainer = createExplainer(options)
  const values = valuesOf(parseExactly(JSON.stringify(event)), explainer.rules.fields, occurrences)
  const { answerOf } = directoryOf(rows, { unavailable, state: 'fresh' })
  const explained = explainer.explain(explainer.read(values), at_ms, answerOf)
  // With and without the probe the rules come to the same.
  assert.deepEqual(explained.decided, run({ ...scenario, at_ms }).decided)
  return explained
}

const K1: Row = owned('api_key', 'gw/k1', 'team:key')
const ALICE: Row = owned('user', 'gw|alice', 'team:alice')

const CASES: readonly {
  readonly rule: string
  readonly scenario: Scenario
  readonly rung: string | undefined
  readonly advice: readonly string[]
}[] = [
  { rule: 'not_a_call', scenario: { event: { class: 'tool' } }, rung: undefined, advice: [] },
  { rule: 'highest_owner', scenario: { event: { key: 'k1' }, rows: [K1] }, rung: '3', advice: [] },
  {
    rule: 'highest_owner',
    scenario: { event: { key: 'k1' }, rows: [K1], trust: 'claimed' },
    rung: '7a',
    advice: ['trust_topic'],
  },
  {
    rule: 'outage',
    scenario: { event: { key: 'k1' }, unavailable: ['api_key=gw/k1'] },
    rung: '3',
    advice: ['restore_lookup'],
  },
  {
    rule: 'outage_before_owner',
    scenario: { event: { sub: 'alice', key: 'k1' }, rows: [K1], unavailable: ['user=gw|alice'] },
    rung: '2',
    advice: ['restore_lookup'],
  },
  {
    rule: 'two_owners',
    scenario: {
      event: { key: 'k1', key_user: 'alice' },
      rows: [K1, ALICE],
    },
    rung: '3',
    advice: ['keep_one'],
  },
  {
    rule: 'below_minimum',
    scenario: {
      event: { said: { team: 'a' } },
      rows: [owned('team', 'a', 'team:a')],
      minimum_confidence: 'high',
    },
    rung: '7b',
    advice: ['bind', 'lower_minimum'],
  },
  {
    rule: 'unowned',
    scenario: {
      event: { key: 'k1' },
      rows: [{ kind: 'api_key', key: 'gw/k1', ownership: 'unowned' }],
    },
    rung: '3',
    advice: ['own'],
  },
  {
    rule: 'unknown_identity',
    scenario: { event: { sub: 'bob', key: 'k2' } },
    rung: '2',
    advice: ['bind', 'bind'],
  },
  {
    rule: 'unknown_identity',
    scenario: {
      event: { key: 'k1' },
      rows: [{ ...K1, valid_to: '2026-01-01T00:00:00Z' }],
    },
    rung: '3',
    advice: ['extend'],
  },
  {
    rule: 'shared_only',
    scenario: {
      event: { key: 'k1', ip: '192.0.2.1' },
      rows: [{ kind: 'api_key', key: 'gw/k1', ownership: 'shared' }],
    },
    rung: '9',
    advice: ['own_key'],
  },
  {
    rule: 'shared_only',
    scenario: { event: { key: 'master' } },
    rung: '9',
    advice: ['send_field'],
  },
  {
    rule: 'address_only',
    scenario: { event: { ip: '192.0.2.1' } },
    rung: '10',
    advice: ['send_field'],
  },
  {
    rule: 'account_only',
    scenario: { event: { account: 'a' } },
    rung: '9',
    advice: ['send_field'],
  },
  { rule: 'nothing', scenario: { event: { sub: 'unknown' } }, rung: '11', advice: ['send_field'] },
]

for (const { rule, scenario, rung, advice } of CASES)
  test(`rule ${rule} is named for ${JSON.stringify(scenario.event)}, with the rung and what would help`, () => {
    const explained = explain(scenario)
    assert.equal(explained.decided.rule, rule)
    assert.deepEqual(
      explained.rules.filter(({ decided }) => decided).map((one) => one.rule),
      [rule],
    )
    const first = explained.rungs.find(({ result }) => result === 'decided')
    assert.equal(first?.rung, rung)
    assert.deepEqual(
      explained.advice.map(({ code }) => code),
      advice,
    )
  })

test('a field says who wrote it, and why that counts or not', () => {
  const { evidence } = explain({
    event: { sub: 'alice', said_sub: 'bob', key: 'unknown', end_user: 'carol', ip: '192.0.2.1' },
  })
  const seen = Object.fromEntries(
    evidence.map(({ field, kind, rung, trust, why }) => [field, [kind, rung, trust, why]]),
  )
  assert.deepEqual(seen, {
    '/sub': ['key', '2', 'trusted', 'written by the system'],
    '/said_sub': ['key', '7a', 'claimed', 'the caller can write it'],
    '/end_user': ['key', '7c', 'claimed', 'the caller can write it'],
    '/key': ['nobody', undefined, undefined, undefined],
    '/ip': ['address', undefined, undefined, undefined],
  })
})

test('what was seen of one event is not told of the next', () => {
  const options = { sources: [LADDER], auto: false, trust: 'trusted' } as const
  const explainer = createExplainer({ ...options, minimum_confidence: 'low', detail: 'full' })
  const read = (event: object) =>
    explainer.read(valuesOf(parseExactly(JSON.stringify(event)), explainer.rules.fields))
  assert.equal(read({ sub: 'alice' }).seen.sightings.length, 1)
  assert.deepEqual(
    read({ key: 'k1' }).seen.sightings.map(({ field }) => field),
    ['/key'],
  )
})
