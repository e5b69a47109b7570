import assert from 'node:assert/strict'
import test from 'node:test'
import { deviceOf } from '#/attribution/handles.ts'
import { matcherOf } from '#/attribution/patterns.ts'
import { resolveAt } from '#/attribution/resolve.ts'
import { readTime } from '#/attribution/time.ts'
import { TRANSFORM_FUNCTIONS } from '#/attribution/transforms.ts'
import { chooseAddress } from '#/attribution/triage.ts'
import { TRANSFORMS, type TimeUnit, type TransformName } from '#/core/source.ts'

/** The small readers: times, patterns, transforms, handles, forwarded lists, answers at a time. */

const TIMES: readonly (readonly [string, TimeUnit, number | undefined])[] = [
  ['1795089600.104', 's', 1795089600104],
  ['1795089599.999', 's', 1795089599999],
  ['1795089599.9999', 's', 1795089599999],
  ['1.795089600104e9', 's', 1795089600104],
  ['1795089600', 's', 1795089600000],
  ['1795089650112', 'ms', 1795089650112],
  ['1795089650112.9', 'ms', 1795089650112],
  ['1795089601999999999', 'ns', 1795089601999],
  ['1795089600000000000', 'ns', 1795089600000],
  ['999999', 'ns', 0],
  ['0', 'ns', 0],
  ['-1500', 'ms', -1500],
  ['soon', 's', undefined],
  ['', 'ms', undefined],
  ['1e400', 's', undefined],
  ['1e30', 'ms', undefined],
  ['2026-11-19T12:00:41.894Z', 'iso', Date.parse('2026-11-19T12:00:41.894Z')],
  ['2026-11-19T12:01:05.114203Z', 'iso', Date.parse('2026-11-19T12:01:05.114Z')],
  ['2026-11-19T11:59:59.999999999Z', 'iso', Date.parse('2026-11-19T11:59:59.999Z')],
  ['2026-11-19T13:00:00+01:00', 'iso', Date.parse('2026-11-19T12:00:00Z')],
  ['2026-11-19T06:30:00-0530', 'iso', Date.parse('2026-11-19T12:00:00Z')],
  ['2026-11-19 12:00:00.5 UTC', 'iso', Date.parse('2026-11-19T12:00:00.500Z')],
  ['2026-11-19T12:00:00', 'iso', Date.parse('2026-11-19T12:00:00Z')],
  ['2026-11-19', 'iso', Date.parse('2026-11-19T00:00:00Z')],
  ['2026-02-30T00:00:00Z', 'iso', undefined],
  ['2026-11-19T25:00:00Z', 'iso', undefined],
  ['1795089600', 'iso', undefined],
  ['yesterday', 'iso', undefined],
]

for (const [text, unit, expected] of TIMES) {
  test(`the time ${JSON.stringify(text)} in ${unit} is ${expected ?? 'unreadable'}`, () => {
    assert.equal(readTime(text, unit), expected)
  })
}

const TRANSFORMED: Readonly<Record<TransformName, readonly (readonly [string, string?])[]>> = {
  aws_role: [
    ['arn:aws:sts::111122223333:assumed-role/app/u-1', 'aws:111122223333:role/app'],
    ['arn:aws-cn:iam::111122223333:role/a/b/app', 'aws-cn:111122223333:role/app'],
    ['arn:aws:iam::111122223333:user/bot'],
    ['arn:aws:iam::111122223333:root'],
    ['AROAEXAMPLE'],
  ],
  aws_user: [
    ['arn:aws:iam::111122223333:user/path/bot', 'aws:111122223333:user/bot'],
    ['arn:aws:iam::111122223333:role/app'],
  ],
  aws_session: [
    ['arn:aws:sts::111122223333:assumed-role/app/ana@example.com', 'ana@example.com'],
    ['arn:aws:sts::111122223333:assumed-role/app'],
    ['arn:aws:iam::111122223333:role/app'],
  ],
  kubernetes_service_account: [
    ['system:serviceaccount:claims:bot', 'claims/bot'],
    ['system:serviceaccount:claims'],
    ['system:node:a'],
    ['u-1'],
  ],
  service_account: [
    ['system:serviceaccount:claims:bot', 'claims/bot'],
    ['claims/bot', 'claims/bot'],
  ],
  first_word: [
    ['claims-summarizer/4.2.0', 'claims-summarizer'],
    ['OpenAI/Python 1.99.1', 'OpenAI'],
    ['curl', 'curl'],
    ['/4.2'],
  ],
}

for (const name of TRANSFORMS) {
  for (const [text, expected] of TRANSFORMED[name]) {
    test(`the transform ${name} makes ${expected ?? 'nothing'} of ${text}`, () => {
      assert.equal(TRANSFORM_FUNCTIONS[name](text), expected)
    })
  }
}

test('patterns know any text, digits and hex, and nothing else is special', () => {
  const nobody = matcherOf(['botocore-session-<digits>', 'i-<hex>', 'aws-sdk-*', 'a.b'], {
    ignore_case: true,
  })
  for (const text of ['botocore-session-1795', 'I-0ABC', 'aws-sdk-', 'AWS-SDK-js-1', 'A.B']) {
    assert.ok(nobody(text), text)
  }
  for (const text of ['botocore-session-', 'i-xyz', 'my-aws-sdk-1', 'aXb', 'botocore-session-1x']) {
    assert.ok(!nobody(text), text)
  }
  assert.ok(!matcherOf(['a*'], { ignore_case: false })('Ab'))
  assert.ok(matcherOf(['a*'], { ignore_case: false })('a\nb'))
})

test('a handle of Claude Code is told from users', () => {
  const hash = 'cf4b9c1f5eb31deb9ea41f56faa757b68be9cab8b73f463229df17036bdfa13e'
  assert.equal(deviceOf(`{"device_id":"${hash}","account_uuid":"","session_id":"x"}`), hash)
  assert.equal(deviceOf(`{ "session_id": "x", "device_id": "d1" }`), 'd1')
  assert.equal(deviceOf(`user_${hash}_account_0acc_session_1`), hash)
  for (const text of ['u-48213', 'user_01ExampleA', '{"team":"a"}', `user_${hash}`]) {
    assert.equal(deviceOf(text), undefined, text)
  }
})

test('of a forwarded list the last entry counts, unless the proxies are known', () => {
  const list = ['192.0.2.71,203.0.113.9, 198.51.100.5']
  const chosen = (options: Parameters<typeof chooseAddress>[1]) => chooseAddress(list, options).ip
  assert.equal(chosen({}), '198.51.100.5')
  assert.equal(chosen({ forwarded_hops: 2 }), '203.0.113.9')
  assert.equal(chosen({ forwarded_hops: 9 }), '192.0.2.71')
  assert.equal(chosen({ trusted_proxies: ['198.51.100.0/24'] }), '203.0.113.9')
  assert.equal(chosen({ trusted_proxies: ['0.0.0.0/0'] }), '192.0.2.71')
})

test('an address in any field counts, a word does not, a masked one is there without a key', () => {
  assert.deepEqual(chooseAddress(['private', '192.0.2.1'], {}), {
    address: 'present',
    ip: '192.0.2.1',
  })
  assert.deepEqual(chooseAddress(['unknown, 192.0.2.1:80'], {}), {
    address: 'present',
    ip: '192.0.2.1',
  })
  assert.deepEqual(chooseAddress(['203.0.113.***'], {}), { address: 'masked' })
  assert.deepEqual(chooseAddress(['AWS Internal'], {}), { address: 'none' })
  assert.deepEqual(chooseAddress([], {}), { address: 'none' })
})

test('an answer means what is in force at the time, between the nearest edges', () => {
  const binding = (from: number, to: number) => ({
    id: `${from}`,
    key: { kind: 'team', value: 't' } as const,
    ownership: 'owned' as const,
    owner: { id: `o${from}` },
    valid_from_ms: from,
    valid_to_ms: to,
  })
  const bindings = [binding(10, 20), binding(15, 30), binding(40, Infinity)]
  const answer = { state: 'fresh', bindings, good_until_ms: 99 } as const
  const seen = (at: number) => {
    const { state, from_ms, to_ms } = resolveAt(answer, at)
    return [state, from_ms, to_ms]
  }
  assert.deepEqual(seen(9), ['unknown', -Infinity, 10])
  assert.deepEqual(seen(10), ['owned', 10, 15])
  assert.deepEqual(seen(15), ['ambiguous', 15, 20])
  assert.deepEqual(seen(20), ['owned', 20, 30])
  assert.deepEqual(seen(30), ['unknown', 30, 40])
  assert.deepEqual(seen(40), ['owned', 40, Infinity])
  const negative = resolveAt({ state: 'negative', bindings: [], good_until_ms: 9 }, 15)
  assert.equal(negative.state, 'unknown')
  const unavailable = resolveAt({ state: 'unavailable', bindings: [], good_until_ms: 0 }, 15)
  assert.equal(unavailable.state, 'unavailable')
})
