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
  ['639306870614139450', 'ticks', Date.parse('2026-11-19T12:11:01.413Z')],
  ['621355968000000000', 'ticks', 0],
  ['x', 'ticks', undefined],
  ['Sat Oct 31 2026 23:59:59 GMT+0000', 'date', Date.parse('2026-10-31T23:59:59Z')],
  [
    'Sun Nov 01 2026 01:59:59 GMT+0200 (Central European Summer Time)',
    'date',
    Date.parse('2026-10-31T23:59:59Z'),
  ],
  ['Sat, 31 Oct 2026 23:59:59 GMT', 'date', Date.parse('2026-10-31T23:59:59Z')],
  ['1 Nov 2026 00:00:00 +0100', 'date', Date.parse('2026-10-31T23:00:00Z')],
  ['Sat Foo 31 2026 23:59:59 GMT+0000', 'date', undefined],
  ['Sat Oct 32 2026 23:59:59 GMT+0000', 'date', undefined],
  ['2026-10-31T23:59:59Z', 'date', undefined],
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
  federated_subject: [
    ['principal://iam.googleapis.com/x/subject/a', 'principal://iam.googleapis.com/x/subject/a'],
    ['principalSet://iam.googleapis.com/x'],
    ['serviceAccount:a@p.iam.gserviceaccount.com'],
  ],
  gcp_service_account: [
    ['Bot@p.iam.gserviceaccount.com', 'bot@p.iam.gserviceaccount.com'],
    ['serviceAccount:bot@p.iam.gserviceaccount.com', 'bot@p.iam.gserviceaccount.com'],
    ['user:bot@p.iam.gserviceaccount.com'],
    ['ana@example.com'],
    ['principal://iam.googleapis.com/x'],
  ],
  gcp_person: [
    ['Ana@example.com', 'ana@example.com'],
    ['user:ana@example.com', 'ana@example.com'],
    ['serviceAccount:bot@p.iam.gserviceaccount.com'],
    ['principal://iam.googleapis.com/x'],
  ],
  gcp_project: [
    ['projects/p-1/locations/eu/endpoints/7', 'p-1'],
    ['//aiplatform.googleapis.com/projects/p-1', 'p-1'],
    ['publishers/google/models/gemini'],
    ['gemini'],
  ],
  azure_resource: [
    ['/SUBSCRIPTIONS/A/ACCOUNTS/B/gpt-Prod', 'subscriptions/a/accounts/b/gpt-prod'],
    ['x', 'x'],
  ],
  last_segment: [
    ['//iam.googleapis.com/projects/p/serviceAccounts/a/keys/0011', '0011'],
    ['0011', '0011'],
    ['keys/'],
  ],
  subject_user: [['user:ana@example.com', 'ana@example.com'], ['virtualaccount:bot'], ['user:']],
  subject_credential: [
    ['virtualaccount:bot', 'virtualaccount:bot'],
    ['user:ana'],
    ['virtualaccount:'],
    ['bot'],
  ],
  vllm_line: [
    ['(APIServer pid=1) INFO 11-19 12:07:00 [logger.py:49] Received request cmpl-1: …', 'request'],
    ['INFO 11-19 12:07:00 [async_llm.py:261] Added request cmpl-1.', 'request'],
    ['INFO 11-19 12:07:00 logger.py:36] Received request cmpl-1: …', 'request'],
    ['INFO:     192.0.2.1:51408 - "POST /v1/chat/completions HTTP/1.1" 200 OK', 'call'],
    ['INFO:     192.0.2.1:51408 - "GET /v1/models HTTP/1.1" 200 OK', 'access'],
    ['INFO:     192.0.2.1:51408 - "POST /tokenize HTTP/1.1" 200 OK', 'access'],
    ['INFO 11-19 12:07:09 [loggers.py:257] Engine 000: Avg prompt throughput: 0.8 tokens/s'],
    ['prompt: Received request INFO:     192.0.2.1:1 - "POST /v1/x HTTP/1.1" 200 OK'],
  ],
  vllm_address: [
    ['INFO:     192.0.2.1:51408 - "POST /v1/completions HTTP/1.1" 200 OK', '192.0.2.1'],
    ['(APIServer pid=1) INFO:     [2001:db8::1]:9 - "GET / HTTP/1.1" 200', '[2001:db8::1]'],
    ['INFO:     2001:db8::5:8000 - "POST /v1/completions HTTP/1.1" 200 OK', '2001:db8::5'],
    ['Received request INFO:     192.0.2.1:1 - "POST /v1/x HTTP/1.1" 200 OK'],
  ],
  vllm_adapter: [
    [
      "INFO 11-19 12:07:00 [logger.py:49] Received request a: prompt: 'lora_name='x'', lora_request: LoRARequest(lora_name='claims-v3').",
      'claims-v3',
    ],
    ["lora_name='x'"],
    ['INFO 11-19 12:07:00 [logger.py:49] Received request a: lora_request: None.'],
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
  const flooded = [`${'9.9.9.9,'.repeat(500)}${list[0]}`]
  assert.equal(chooseAddress(flooded, {}).ip, '198.51.100.5')
})

test('words in a forwarded list keep their place when hops are counted', () => {
  const list = ['192.0.2.71, unknown, 198.51.100.5']
  assert.equal(chooseAddress(list, { forwarded_hops: 3 }).ip, '192.0.2.71')
  // The right place holds a word: that there is an address at all is still known.
  assert.equal(chooseAddress(list, { forwarded_hops: 2 }).address, 'present')
  assert.equal(chooseAddress(['unknown, _hidden'], { forwarded_hops: 1 }).address, 'none')
})

test('ports, brackets, zones and IPv4 in IPv6 are no part of an address', () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['192.0.2.1:51234', '192.0.2.1'],
    ['[2001:db8:9::15]:55110', '2001:db8:9::15'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['::ffff:192.0.2.9', '192.0.2.9'],
    ['[::ffff:c000:209]:443', '192.0.2.9'],
    ['192.0.2.1:notaport', undefined],
    ['bedrock.amazonaws.com', undefined],
    ['gce-internal-ip', undefined],
    ['192-0-2-17', undefined],
    ['999.1.1.1', undefined],
  ]
  for (const [text, ip] of cases) assert.equal(chooseAddress([text], {}).ip, ip, text)
})

test('an address with parts hidden is an address without a key', () => {
  for (const text of ['198.51.100.***', '198.51.100.xxx:443', '2001:db8:40:****:****', '10.0.x.x'])
    assert.deepEqual(chooseAddress([text], {}), { address: 'masked' }, text)
})

test('a masked address beside a whole one gives way to it', () => {
  assert.equal(chooseAddress(['198.51.100.***', '192.0.2.1'], {}).ip, '192.0.2.1')
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
