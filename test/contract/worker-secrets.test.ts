/** Raw keys and tokens in records, through the whole worker: counted, evidence by fingerprint, and gone on the way out. */
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import fc from 'fast-check'
import { encodeLogs, type AnyValue, type LogsData } from '../unit/formats/otlp.ts'
import {
  startTestWorker,
  temporaryFolder,
  TOPICS,
  type TestWorker,
  type TestWorkerOptions,
} from '../support/worker.ts'
import { attributionOf, publish, settled } from '../support/worker-messages.ts'

const FINGERPRINT_KEY = 'a fingerprint key of some length'
const KEY = 'sk-proj-abcdefgh12345678'
const OPAQUE = 'opaque-credential-1'

function print(secret: string): string {
  return `fp:${createHmac('sha256', FINGERPRINT_KEY).update(secret).digest('base64url')}`
}

function kongCall(headers: object, more: object = {}): Buffer {
  const request = { uri: '/llm/chat', url: 'https://llm.example.com/llm/chat', headers, ...more }
  const ai = { proxy: { usage: { prompt_tokens: 1 } } }
  return Buffer.from(
    JSON.stringify({
      started_at: 1_795_089_650_112,
      client_ip: '203.0.113.9',
      latencies: {},
      request,
      ai,
    }),
  )
}

/** A directory that knows one key by its fingerprint. */
function ownersOf(t: TestContext): object {
  const path = join(temporaryFolder(t), 'owners.yaml')
  writeFileSync(
    path,
    `bindings: [{ kind: api_key, key: 'kong/${print(KEY)}', owner: { id: team:payments } }]`,
  )
  return { directory: { type: 'file', path } }
}

const startKong = (t: TestContext, options: TestWorkerOptions = {}) =>
  startTestWorker(t, { ...options, receiver: { source: 'kong-ai-proxy' } })

function outputs(worker: TestWorker): Buffer[] {
  return worker.bus.read(TOPICS.out).map(({ value }) => value!)
}

function foundBy(worker: TestWorker, kind: string): number {
  return worker.meter.value('whosecall_secrets_found_total', { source: 'kong-ai-proxy', kind })
}

test('secrets are counted with every event, leave as they came without redaction, and stand in no metric', async (t) => {
  const worker = await startKong(t)
  const call = kongCall({ authorization: 'REDACTED', 'x-api-key': OPAQUE, 'user-agent': KEY })
  for (let times = 0; times < 3; times += 1) publish(worker, call)
  publish(worker, kongCall({ authorization: 'REDACTED' }))
  await settled(worker, 4)
  assert.equal(foundBy(worker, 'other'), 3)
  assert.equal(foundBy(worker, 'openai'), 3)
  for (const value of outputs(worker).slice(0, 3)) {
    assert.ok(value.toString().startsWith(call.toString().slice(0, -1)))
    assert.equal(
      attributionOf(value).reason,
      'ip_only',
      'without a key for fingerprints it names nobody',
    )
  }
  assert.doesNotMatch(await worker.meter.text(), /opaque-credential|sk-proj-abc/)
})

test('a key that a caller sent names the owner by its fingerprint, and an unknown one nobody', async (t) => {
  const worker = await startKong(t, {
    owners: ownersOf(t),
    attribution: { fingerprint_key: FINGERPRINT_KEY },
  })
  for (const key of [KEY, KEY, 'sk-proj-somebody-elses-key'])
    publish(worker, kongCall({ 'x-api-key': key }))
  await settled(worker, 3)
  const [first, again, unknown] = outputs(worker).map(
    (value) => attributionOf(value) as unknown as Record<string, unknown>,
  )
  for (const one of [first, again]) {
    assert.deepEqual(one?.['owner'], { id: 'team:payments' })
    assert.deepEqual([one?.['method'], one?.['confidence']], ['claim', 'low'])
    assert.equal(one?.['evidence'], `api_key=kong/${print(KEY)}`)
  }
  assert.equal(unknown?.['reason'], 'ip_only')
})

test('redaction masks what looks like a secret and leaves the rest of the text', async (t) => {
  const worker = await startKong(t, { redaction: {} })
  const headers = {
    host: 'h',
    authorization: `Bearer ${KEY}`,
    'x-api-key': [OPAQUE, 'b'],
    'x-n': '1',
  }
  publish(worker, kongCall(headers, { url: `https://h/llm?api-key=${OPAQUE}&b=1` }))
  await settled(worker, 1)
  const [value] = outputs(worker)
  const { request } = JSON.parse(value!.toString()) as { request: Record<string, unknown> }
  assert.deepEqual(request['headers'], {
    host: 'h',
    authorization: 'Bearer [redacted:openai]',
    'x-n': '1',
  })
  assert.equal(request['url'], 'https://h/llm?api-key=[redacted:other]&b=1')
  assert.equal(worker.meter.value('whosecall_redactions_total', { action: 'secret' }), 3)
})

test('a fingerprint in place of a secret is the one that is its evidence', async (t) => {
  const worker = await startKong(t, {
    owners: ownersOf(t),
    attribution: { fingerprint_key: FINGERPRINT_KEY },
    redaction: { secrets: 'fingerprint' },
  })
  publish(worker, kongCall({ authorization: `Bearer ${KEY}` }))
  await settled(worker, 1)
  const [value] = outputs(worker)
  assert.equal(attributionOf(value).owner?.id, 'team:payments')
  assert.match(value!.toString(), new RegExp(`"authorization":"Bearer ${print(KEY)}"`))
  assert.match(value!.toString(), new RegExp(`"evidence":"api_key=kong/${print(KEY)}"`))
  assert.ok(!value!.toString().includes(KEY))
})

test('secrets are kept where redaction is told so', async (t) => {
  const worker = await startKong(t, { redaction: { secrets: 'keep', drop: ['/client_ip'] } })
  publish(worker, kongCall({ authorization: `Bearer ${KEY}` }))
  await settled(worker, 1)
  assert.ok(outputs(worker)[0]!.toString().includes(KEY))
})

test('a raw key in place of its id is masked, and a raw key as a user stands in no decision', async (t) => {
  const worker = await startTestWorker(t, { redaction: {} })
  const record = { call_type: 'acompletion', end_user: KEY, metadata: { user_api_key_hash: KEY } }
  publish(worker, Buffer.from(JSON.stringify(record)))
  await settled(worker, 1)
  const out = JSON.parse(outputs(worker)[0]!.toString()) as Record<string, unknown>
  assert.deepEqual(out['metadata'], { user_api_key_hash: '[redacted:openai]' })
  assert.doesNotMatch(JSON.stringify(out['attribution']), /sk-proj/)
})

const SECRETS = [
  ...[KEY, OPAQUE, `ghp_${'a1'.repeat(18)}`, 'AKIAIOSFODNN7EXAMPLE', `AIza${'b2'.repeat(18)}`],
  ...[
    `hf_${'c3'.repeat(17)}`,
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl',
    '0123456789abcdef0123456789abcdef',
  ],
]
/** How a credential is written; `s` stands for it. */
const HEADERS: readonly ((s: string) => Readonly<Record<string, string>>)[] = [
  (s) => ({ authorization: `Bearer ${s}` }),
  (s) => ({ 'X-Api-Key': s, accept: '*/*' }),
  (s) => ({ 'api-key': ` ${s} ` }),
  (s) => ({ cookie: `session=${s}` }),
  (s) => ({ OPENAI_API_KEY: s }),
]

const secret = fc.constantFrom(...SECRETS)
const headers = fc.tuple(fc.constantFrom(...HEADERS), secret).map(([write, s]) => write(s))

const KONG = fc.oneof(
  headers.map((h) => kongCall(h)),
  headers.map((h) =>
    kongCall(Object.fromEntries(Object.entries(h).map(([k, v]) => [k, [v, [v]]]))),
  ),
  headers.map((h) =>
    Buffer.from(
      kongCall(h).toString().replace('"request"', '"request":{"headers":{"token":"k"}},"request"'),
    ),
  ),
  secret.map((s) =>
    kongCall({}, { url: `https://h/?api_key=${s}&x`, uri: `/?token=${encodeURIComponent(s)}` }),
  ),
  secret.map((s) => kongCall({}, { querystring: { 'api-key': s } })),
)

function spans(values: Readonly<Record<string, AnyValue>>): LogsData {
  const attributes = Object.entries(values).map(([key, value]) => ({ key, value }))
  return {
    resourceLogs: [
      { scopeLogs: [{ logRecords: [{ timeUnixNano: '1795089650112000000', attributes }] }] },
    ],
  }
}

const OTEL = fc.oneof(
  headers.map((h) => spans({ 'gen_ai.headers': { stringValue: JSON.stringify(h) } })),
  headers.map((h) =>
    spans({ 'gen_ai.headers': { stringValue: JSON.stringify(h).replaceAll('"', "'") } }),
  ),
  headers.map((h) => {
    const values = Object.entries(h).map(([key, value]) => ({ key, value: { stringValue: value } }))
    return spans({ 'llm.headers': { kvlistValue: { values } } })
  }),
  secret.map((s) =>
    spans({
      'http.request.header.authorization': { arrayValue: { values: [{ stringValue: s }] } },
    }),
  ),
  secret.map((s) => spans({ 'http.request.header.x-api-key': { stringValue: s } })),
  secret.map((s) => spans({ 'url.full': { stringValue: `https://h/?api-key=${s}` } })),
)

const CASES = [
  { name: 'json', receiver: { source: 'kong-ai-proxy' }, messages: KONG },
  { name: 'json to ocsf', receiver: { source: 'kong-ai-proxy' }, messages: KONG, encoding: 'ocsf' },
  { name: 'json to ecs', receiver: { source: 'kong-ai-proxy' }, messages: KONG, encoding: 'ecs' },
  {
    name: 'json to otlp_proto',
    receiver: { source: 'kong-ai-proxy' },
    messages: KONG,
    encoding: 'otlp_proto',
  },
  { name: 'json, any source', receiver: { source: 'auto' }, messages: KONG },
  {
    name: 'otlp_json',
    receiver: { source: 'otel-genai-logs', logs: { topics: [TOPICS.raw], encoding: 'otlp_json' } },
    messages: OTEL.map((logs) => Buffer.from(JSON.stringify(logs))),
  },
  {
    name: 'otlp_proto',
    receiver: { source: 'otel-genai-logs', logs: { topics: [TOPICS.raw], encoding: 'otlp_proto' } },
    messages: OTEL.map(encodeLogs),
  },
  {
    name: 'otlp_proto to ocsf',
    receiver: { source: 'otel-genai-logs', logs: { topics: [TOPICS.raw], encoding: 'otlp_proto' } },
    messages: OTEL.map(encodeLogs),
    encoding: 'ocsf',
  },
] as const

for (const { name, receiver, messages, ...more } of CASES)
  for (const secrets of ['mask', 'fingerprint'] as const)
    test(`${name}: no output holds a secret when redaction is on (${secrets})`, async (t) => {
      const worker = await startTestWorker(t, {
        receiver,
        attribution: { fingerprint_key: FINGERPRINT_KEY },
        redaction: { secrets },
        ...('encoding' in more ? { exporter_logs: { encoding: more.encoding } } : {}),
      })
      let sent = 0
      await fc.assert(
        fc.asyncProperty(fc.array(messages, { minLength: 1, maxLength: 20 }), async (batch) => {
          for (const message of batch) publish(worker, message)
          sent += batch.length
          await settled(worker, sent)
          for (const { value, headers: out_headers } of worker.bus.read(TOPICS.out)) {
            const text = [value!, ...(out_headers ?? []).map((header) => header.value ?? '')].join(
              '\n',
            )
            for (const raw of SECRETS) assert.ok(!text.includes(raw), `${raw} in ${text}`)
          }
        }),
        { numRuns: 8 },
      )
      const published = { topic: TOPICS.raw, partition: '0' }
      assert.equal(worker.meter.value('whosecall_published_messages_total', published), sent)
    })
