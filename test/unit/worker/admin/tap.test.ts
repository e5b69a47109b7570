import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  matchesGlob,
  matchesTap,
  readTapFilter,
  readTapRate,
  type TapFilter,
} from '#/worker/admin/tap-filter.ts'
import { createTap, TAP_CLIENTS_MAX } from '#/worker/admin/tap.ts'
import { shownKey, WITHHELD_VALUE, type TappedEvent } from '#/worker/admin/tapped-event.ts'
import { createFakeClock } from '../../../support/fake-clock.ts'

const EVENT: TappedEvent = {
  stage: 'decided',
  topic: 'raw',
  partition: 0,
  offset: 7,
  event: 0,
  source: 'litellm',
  outcome: 'unattributed',
  reason: 'ip_only',
  fate: 'published',
}
const ALL: TapFilter = {
  stage: 'decided',
  outcomes: [],
  reasons: [],
  sources: [],
  rate_per_s: 10,
  evidence: false,
}

test('while nobody looks on, nothing is wanted', () => {
  const tap = createTap(createFakeClock())
  assert.equal(tap.active, false)
  assert.equal(tap.wants(['decided']), false)
  const unsubscribe = tap.subscribe(ALL, () => {})
  assert.equal(tap.active, true)
  assert.equal(tap.wants(['decided']), true)
  assert.equal(tap.wants(['dead_lettered']), false)
  unsubscribe?.()
  assert.equal(tap.active, false)
})

test('each who looks on gets as many events as its rate allows, and no more are wanted until it may have another', async () => {
  const clock = createFakeClock()
  const tap = createTap(clock)
  let slow = 0
  let fast = 0
  tap.subscribe({ ...ALL, rate_per_s: 2 }, () => (slow += 1))
  const unsubscribe = tap.subscribe({ ...ALL, rate_per_s: 5 }, () => (fast += 1))
  const offer = () => {
    for (let i = 0; i < 20; i += 1) tap.offer(EVENT, () => EVENT)
  }
  offer()
  assert.deepEqual([slow, fast], [2, 5])
  assert.equal(tap.wants(['decided']), false)
  await clock.advance(1000)
  assert.equal(tap.wants(['decided']), true)
  offer()
  assert.deepEqual([slow, fast], [4, 10])
  unsubscribe?.()
  await clock.advance(60_000)
  offer()
  assert.deepEqual([slow, fast], [6, 10])
})

test('all together get no more than the worker allows', () => {
  const tap = createTap(createFakeClock())
  let seen = 0
  for (const _ of [1, 2]) tap.subscribe({ ...ALL, rate_per_s: 1_000 }, () => (seen += 1))
  for (let i = 0; i < 2_000; i += 1) tap.offer(EVENT, () => EVENT)
  assert.equal(seen, 1_000)
})

test('so many may look on, and the next one may when one has left', () => {
  const tap = createTap(createFakeClock())
  const ends = Array.from({ length: TAP_CLIENTS_MAX }, () => tap.subscribe(ALL, () => {}))
  assert.equal(
    tap.subscribe(ALL, () => {}),
    undefined,
  )
  ends[0]?.()
  assert.notEqual(
    tap.subscribe(ALL, () => {}),
    undefined,
  )
})

test('key values are made for those only who asked for them', () => {
  const tap = createTap(createFakeClock())
  const seen: boolean[] = []
  tap.subscribe(ALL, () => {})
  tap.subscribe({ ...ALL, evidence: true }, () => {})
  tap.offer(EVENT, (with_evidence) => {
    seen.push(with_evidence)
    return EVENT
  })
  assert.deepEqual(seen, [false, true])
})

test('an event matches when stage, outcome, reason and source do', () => {
  const letter: TappedEvent = {
    stage: 'dead_lettered',
    topic: 'raw',
    partition: 0,
    offset: 8,
    fate: 'dead_lettered',
    dead_letter_reason: 'malformed',
    dead_letter_stage: 'scan',
  }
  const rows: readonly (readonly [Partial<TapFilter>, TappedEvent, boolean])[] = [
    [{}, EVENT, true],
    [{ stage: 'published' }, EVENT, false],
    [{ outcomes: ['unattributed'] }, EVENT, true],
    [{ outcomes: ['attributed', 'unresolved'] }, EVENT, false],
    [{ reasons: ['ip_only', 'conflict'] }, EVENT, true],
    [{ reasons: ['conflict'] }, EVENT, false],
    [{ sources: ['lite*'] }, EVENT, true],
    [{ sources: ['kong*'] }, EVENT, false],
    [{ stage: 'dead_lettered', reasons: ['malformed'] }, letter, true],
    [{ stage: 'dead_lettered', reasons: ['too_large'] }, letter, false],
    [{ stage: 'dead_lettered', sources: ['litellm'] }, letter, false],
  ]
  for (const [filter, event, matches] of rows)
    assert.equal(matchesTap({ ...ALL, ...filter }, event), matches, JSON.stringify(filter))
})

test('a glob matches the whole name, in linear time', () => {
  for (const [glob, text, matches] of [
    ['*', '', true],
    ['', '', true],
    ['', 'a', false],
    ['kong*', 'kong-ai-proxy', true],
    ['*proxy', 'kong-ai-proxy', true],
    ['k*-*y', 'kong-ai-proxy', true],
    ['kong', 'kong-ai-proxy', false],
    ['?ong*', 'kong-ai-proxy', true],
    ['a.c', 'abc', false],
  ] as const)
    assert.equal(matchesGlob(glob, text), matches, `${glob} ${text}`)
  assert.equal(matchesGlob(`${'*a'.repeat(30)}b`, 'a'.repeat(5_000)), false)
})

test('a word that is none is refused, and the nearest one named', () => {
  const sources = ['litellm', 'kong-ai-proxy']
  for (const [query, said] of [
    [{ reason: ['ip_onyl'] }, /unknown reason "ip_onyl"; did you mean ip_only\?/],
    [{ outcome: ['attribtued'] }, /did you mean attributed\?/],
    [{ stage: ['dead_letter'] }, /did you mean dead_lettered\?/],
    [{ source: ['litelm'] }, /unknown source "litelm"; did you mean litellm\?/],
    [{ source: ['envoy*'] }, /there is litellm, kong-ai-proxy/],
    [{ raeson: ['ip_only'] }, /unknown option "raeson"; did you mean reason\?/],
    [{ rate: ['fast'] }, /rate must be like 10\/s/],
  ] as const)
    assert.throws(() => readTapFilter(query, sources), { code: 'usage', message: said })
  assert.deepEqual(
    readTapFilter({ reason: ['ip_only', 'malformed'], source: ['k*'], evidence: ['1'] }, sources),
    { ...ALL, reasons: ['ip_only', 'malformed'], sources: ['k*'], evidence: true },
  )
})

test('a rate is a number a second or a minute, within bounds', () => {
  assert.equal(readTapRate(undefined), 10)
  assert.equal(readTapRate('25'), 25)
  assert.equal(readTapRate('30/m'), 0.5)
  for (const text of ['0', '1001/s', '-1', '5/h', '1e3', ''])
    assert.throws(() => readTapRate(text), { code: 'usage' })
})

test('the value of a key is shown only where it is no person, address or secret', () => {
  for (const open of [
    'k8s_sa=prod/payments/checkout',
    'gcp_sa=app@project.iam.gserviceaccount.com',
    'api_key=litellm/5f3a9c',
    'team=payments',
    'k1:pseudonym',
  ])
    assert.equal(shownKey(open), open)
  for (const withheld of [
    'user=litellm|u-1',
    'mail=ada@example.com',
    'ip=203.0.113.9',
    'service=203.0.113.9',
    'service=http://[2001:db8::1]/x',
    'tenant_tag=owner=Ada',
    'scope=ada@example.com',
    'agent=sk-ant-api03-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
  ])
    assert.ok(shownKey(withheld).endsWith(WITHHELD_VALUE), withheld)
})
