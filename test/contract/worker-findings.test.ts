/** The whole worker with a topic of findings: what raises one, how often, and what it says. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { createMemoryBus, type MemoryBus } from '#/bus/memory/index.ts'
import { FINDING_RULES } from '#/core/words.ts'
import { RULES } from '#/worker/findings/rules.ts'
import { problemsOf } from '../support/siem-schemas.ts'
import { KEY, publish, settled, TIMESTAMP } from '../support/worker-messages.ts'
import {
  litellmCall,
  startTestWorker,
  temporaryFolder,
  TOPICS,
  until,
  type TestWorker,
  type TestWorkerOptions,
} from '../support/worker.ts'

const FINDINGS = 'findings'
const WINDOW_MS = 3_600_000

interface Finding {
  readonly severity_id: number
  readonly time: number
  readonly finding_info: {
    readonly uid: string
    readonly related_events: readonly { readonly uid: string }[]
    readonly tags: readonly { readonly name: string; readonly values: readonly string[] }[]
    readonly attacks?: readonly { readonly technique: { readonly uid: string } }[]
  }
  readonly evidences: readonly {
    readonly src_endpoint?: { readonly ip?: string; readonly uid?: string }
    readonly data: Readonly<Record<string, unknown>>
  }[]
  readonly resources: readonly { readonly uid: string; readonly owner?: { readonly uid: string } }[]
  readonly unmapped: {
    readonly rule: string
    readonly subject: string
    readonly window_start: number
  }
}

interface Options extends TestWorkerOptions {
  readonly findings?: object
  readonly intercept?: NonNullable<TestWorkerOptions['bus']>['intercept']
}

async function startWithFindings(
  t: TestContext,
  options: Options = {},
  existing?: MemoryBus,
): Promise<TestWorker> {
  const { intercept } = options
  const bus =
    existing ??
    createMemoryBus({ cluster_id: 'cluster', poison: true, ...(intercept ? { intercept } : {}) })
  bus.createTopic(FINDINGS, { partitions: 2 })
  const exporter = { findings: { topic: FINDINGS, ...options.findings } }
  return startTestWorker(t, { ...options, exporter }, bus)
}

/** All that were written, each valid by the published schema, by time and subject. */
function findingsOf(worker: TestWorker): readonly Finding[] {
  return worker.bus
    .read(FINDINGS)
    .map((message) => {
      const finding = JSON.parse(message.value!.toString()) as Finding
      assert.deepEqual(problemsOf('finding', finding), [], message.value!.toString())
      assert.equal(message.key!.toString(), finding.finding_info.uid)
      return finding
    })
    .toSorted((a, b) => a.time - b.time || (a.unmapped.subject < b.unmapped.subject ? -1 : 1))
}

function subjectsOf(worker: TestWorker): readonly string[] {
  return findingsOf(worker).map(({ unmapped: { rule, subject } }) => `${rule} ${subject}`)
}

const fromAddress = (address: string) => litellmCall(null, { requester_ip_address: address })

function publishAt(worker: TestWorker, value: Buffer, timestamp: number): void {
  worker.bus.publish(TOPICS.raw, 0, { key: KEY, value, headers: [], timestamp })
}

function ownersOf(t: TestContext, bindings: string): object {
  const path = join(temporaryFolder(t), 'owners.yaml')
  writeFileSync(path, `bindings:\n${bindings}`)
  return { directory: { type: 'file', path } }
}

test('calls that only an address identifies are one finding for an address and a window', async (t) => {
  const worker = await startWithFindings(t)
  for (let n = 0; n < 50; n += 1) publish(worker, fromAddress('203.0.113.9'))
  publish(
    worker,
    Buffer.from(`[${[fromAddress('198.51.100.7'), fromAddress('203.0.113.9')].join()}]`),
  )
  publish(worker, litellmCall('known', { requester_ip_address: '192.0.2.1' }))
  publishAt(worker, fromAddress('203.0.113.9'), TIMESTAMP + WINDOW_MS)
  await settled(worker, 53)
  const findings = findingsOf(worker)
  assert.deepEqual(
    findings.map(({ unmapped }) => [unmapped.subject, unmapped.window_start]),
    [
      ['ip=198.51.100.7', Math.floor(TIMESTAMP / WINDOW_MS) * WINDOW_MS],
      ['ip=203.0.113.9', Math.floor(TIMESTAMP / WINDOW_MS) * WINDOW_MS],
      ['ip=203.0.113.9', Math.floor(TIMESTAMP / WINDOW_MS + 1) * WINDOW_MS],
    ],
  )
  assert.equal(new Set(findings.map(({ finding_info }) => finding_info.uid)).size, 3)
  const [, finding] = findings
  assert.deepEqual(finding?.evidences[0]?.src_endpoint, { ip: '203.0.113.9' })
  assert.equal(finding?.finding_info.related_events[0]?.uid, `test/raw/0/0/0@${TIMESTAMP}`)
  assert.equal(finding?.time, TIMESTAMP)
  assert.equal(worker.meter.value('whosecall_findings_total', { rule: 'ip_only' }), 3)
})

test('the same input gives the same findings, byte for byte', async (t) => {
  const written: string[][] = []
  for (let run = 0; run < 2; run += 1) {
    const worker = await startWithFindings(t)
    for (const last of [1, 2, 3, 1, 2]) publish(worker, fromAddress(`203.0.113.${last}`))
    await settled(worker, 5)
    written.push(worker.bus.read(FINDINGS).map(({ value }) => String(value)))
    await worker.stop()
  }
  assert.equal(written[0]?.length, 3)
  assert.deepEqual(written[0], written[1])
})

/** As agentgateway logs it: who called by SPIFFE, with which key. */
function agentCall(workload: string, key = 'shared-key'): Buffer {
  return Buffer.from(
    JSON.stringify({
      scope: 'request',
      'src.addr': '10.0.0.1:4000',
      'http.method': 'POST',
      protocol: 'llm',
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': 'gpt-4o',
      'src.identity': `spiffe://cluster.local/ns/a/sa/${workload}`,
      'agentgateway.user': key,
    }),
  )
}

test('a credential that many workloads use is a finding, once it is many', async (t) => {
  const worker = await startWithFindings(t, {
    receiver: { source: 'agentgateway', logs: { topics: [TOPICS.raw] } },
    findings: { shared_credential_workloads: 3 },
  })
  for (const workload of ['a', 'b', 'a', 'b', 'a']) publish(worker, agentCall(workload))
  publish(worker, agentCall('c', 'own-key'))
  await settled(worker, 6)
  assert.deepEqual(subjectsOf(worker), [])
  for (const workload of ['d', 'e', 'f']) publish(worker, agentCall(workload))
  await settled(worker, 9)
  const [finding, ...more] = findingsOf(worker)
  assert.deepEqual(more, [])
  assert.equal(finding?.unmapped.rule, 'shared_credential')
  assert.equal(finding?.unmapped.subject, 'api_key=agentgateway/shared-key')
  assert.deepEqual(
    finding?.evidences[0]?.data['workloads'],
    ['a', 'b', 'd'].map((name) => `spiffe=spiffe://cluster.local/ns/a/sa/${name}`),
  )
})

test('a claim that names another owner than the trusted identity is a finding', async (t) => {
  const owners = ownersOf(
    t,
    `  - { kind: api_key, key: litellm/known, owner: { id: team:payments } }
  - { kind: team, key: fraud, owner: { id: team:fraud } }
  - { kind: team, key: payments, owner: { id: team:payments } }
  - { kind: user, key: litellm|customer, owner: { id: team:customers } }
`,
  )
  const worker = await startWithFindings(t, { owners })
  const claim = (team: string) => litellmCall('known', { request_tags: [`team:${team}`] })
  publish(worker, claim('payments'))
  publish(worker, litellmCall('known', { end_user: 'customer' }))
  await settled(worker, 2)
  assert.deepEqual(subjectsOf(worker), [], 'on whose behalf is no contradiction')
  for (let n = 0; n < 3; n += 1) publish(worker, claim('fraud'))
  await settled(worker, 5)
  const [finding, ...more] = findingsOf(worker)
  assert.deepEqual(more, [])
  assert.equal(finding?.unmapped.rule, 'contradicted_claim')
  assert.equal(finding?.severity_id, 4)
  assert.deepEqual(finding?.resources, [
    { uid: 'api_key=litellm/known', type: 'api_key', owner: { uid: 'team:payments' } },
  ])
  assert.equal(finding?.evidences[0]?.data['claimed_owner'], 'team:fraud')
})

test('an identity whose owner is no longer valid is a finding, unless somebody else owns it now', async (t) => {
  const owners = ownersOf(
    t,
    `  - { kind: api_key, key: litellm/left, owner: { id: team:gone }, valid_to: 2026-01-01T00:00:00Z }
  - { kind: api_key, key: litellm/moved, owner: { id: team:gone }, valid_to: 2026-01-01T00:00:00Z }
  - { kind: api_key, key: litellm/moved, owner: { id: team:new }, valid_from: 2026-01-01T00:00:00Z }
  - { kind: api_key, key: litellm/future, owner: { id: team:new }, valid_from: 2030-01-01T00:00:00Z }
  - { kind: api_key, key: litellm/shut, ownership: shared, valid_to: 2026-01-01T00:00:00Z }
`,
  )
  const worker = await startWithFindings(t, { owners })
  for (const key of ['left', 'moved', 'future', 'shut', 'left', 'never'])
    publish(worker, litellmCall(key))
  await settled(worker, 6)
  const [finding, ...more] = findingsOf(worker)
  assert.deepEqual(more, [])
  assert.equal(finding?.unmapped.rule, 'expired_owner')
  assert.equal(finding?.resources[0]?.owner?.uid, 'team:gone')
  assert.equal(finding?.evidences[0]?.data['valid_to'], '2026-01-01T00:00:00.000Z')
})

test('a raw secret where the id of a key should stand is a finding that does not hold it', async (t) => {
  const secret = `sk-ant-api03-${'x1Y2'.repeat(12)}`
  const plain = await startWithFindings(t)
  for (let n = 0; n < 2; n += 1) publish(plain, litellmCall(secret))
  await settled(plain, 2)
  assert.deepEqual(subjectsOf(plain), ['raw_secret secret=litellm/anthropic'])
  const [finding] = findingsOf(plain)
  assert.equal(finding?.evidences[0]?.data['secret_kind'], 'anthropic')
  const fingerprinted = await startWithFindings(t, {
    attribution: { fingerprint_key: 'a key of sixteen or more' },
  })
  publish(fingerprinted, litellmCall(secret))
  await settled(fingerprinted, 1)
  const [subject, ...more] = subjectsOf(fingerprinted)
  assert.deepEqual(more, [])
  assert.match(String(subject), /^raw_secret api_key=litellm\/fp:[\w-]{43}$/)
  for (const worker of [plain, fingerprinted])
    for (const { value } of worker.bus.read(FINDINGS))
      assert.equal(String(value).includes('x1Y2'), false)
})

test('a raw secret anywhere in a record is a finding, in each event that has one', async (t) => {
  const worker = await startWithFindings(t, {
    receiver: { source: 'kong-ai-proxy', logs: { topics: [TOPICS.raw] } },
  })
  const [sample] = readFileSync(
    new URL('../data/samples/kong-ai-proxy.ndjson', import.meta.url),
    'utf8',
  ).split('\n')
  const call = JSON.parse(sample!) as { request: { headers: Record<string, string> } }
  const withHeader = (authorization: string) => {
    const headers = { ...call.request.headers, authorization }
    return Buffer.from(JSON.stringify({ ...call, request: { ...call.request, headers } }))
  }
  publish(worker, withHeader('REDACTED'))
  await settled(worker, 1)
  const before = subjectsOf(worker).filter((subject) => subject.startsWith('raw_secret'))
  assert.deepEqual(before, [])
  const secret = `sk-proj-${'x1Y2z3W4'.repeat(6)}`
  for (let n = 0; n < 3; n += 1) publish(worker, withHeader(`Bearer ${secret}`))
  await settled(worker, 4)
  const after = subjectsOf(worker).filter((subject) => subject.startsWith('raw_secret'))
  assert.deepEqual(after, ['raw_secret secret=kong-ai-proxy/openai'])
  const [finding] = findingsOf(worker).filter(({ unmapped }) => unmapped.rule === 'raw_secret')
  assert.match(finding!.finding_info.related_events[0]!.uid, /^test\/raw\/0\/1\/0@/)
  for (const { value } of worker.bus.read(FINDINGS))
    assert.equal(String(value).includes('x1Y2'), false)
})

test('an outage raises nothing', async (t) => {
  const worker = await startWithFindings(t, {
    owners: { directory: { type: 'http', endpoint: 'http://127.0.0.1:9', timeout_ms: 100 } },
  })
  publish(worker, litellmCall('known', { requester_ip_address: '203.0.113.9' }))
  await settled(worker, 1)
  assert.deepEqual(findingsOf(worker), [])
})

test('findings say no more than redaction leaves', async (t) => {
  const key = { key_id: '1', key: 'a secret of sixteen or more' }
  const addresses = ['/requester_ip_address', '/metadata/requester_ip_address']
  const subjects: Record<string, readonly string[]> = {}
  for (const [name, redaction] of Object.entries({
    dropped: { drop: ['/requester_ip_address'] },
    truncated: { pseudonymize: { ...key, addresses, addresses_by: 'truncate' } },
    pseudonyms: { pseudonymize: { ...key, addresses } },
    others: { drop: ['/messages'] },
  })) {
    const worker = await startWithFindings(t, { redaction })
    publish(worker, fromAddress('203.0.113.9'))
    await settled(worker, 1)
    subjects[name] = subjectsOf(worker)
    if (name !== 'others')
      for (const { value } of worker.bus.read(FINDINGS))
        assert.equal(String(value).includes('203.0.113.9'), false)
  }
  assert.deepEqual(subjects['dropped'], ['ip_only source=litellm'])
  assert.deepEqual(subjects['truncated'], ['ip_only net=203.0.113.0/24'])
  assert.match(String(subjects['pseudonyms']), /^ip_only net=k1:[\w-]{43}$/)
  assert.deepEqual(subjects['others'], ['ip_only ip=203.0.113.9'])
})

test('while findings cannot be written nothing is committed, and none is lost', async (t) => {
  let is_down = true
  const worker = await startWithFindings(t, {
    intercept: (messages) =>
      is_down && messages[0]!.topic === FINDINGS
        ? { type: 'retryable', after_ms: 1, cause: new Error('down') }
        : undefined,
  })
  publish(worker, fromAddress('203.0.113.9'))
  await until('the event is out', () => worker.bus.read(TOPICS.out).length === 1)
  const labels = { topic: TOPICS.raw, partition: '0' }
  assert.equal(worker.meter.value('whosecall_published_messages_total', labels), 0)
  await worker.stop()
  is_down = false
  const next = await startWithFindings(t, {}, worker.bus)
  await settled(next, 1)
  assert.deepEqual(subjectsOf(next), ['ip_only ip=203.0.113.9'])
})

test('what is not published raises nothing', async (t) => {
  const worker = await startWithFindings(t)
  publish(worker, Buffer.from(`[${String(fromAddress('203.0.113.9'))},{"nothing":"known"}]`))
  publish(worker, Buffer.from('{"call_type":'))
  await settled(worker, 2)
  assert.equal(worker.bus.read(TOPICS.dead).length, 2)
  assert.deepEqual(findingsOf(worker), [])
})

test('each rule has controls, and they are in its findings', async (t) => {
  for (const rule of FINDING_RULES) assert.ok(Object.keys(RULES[rule].controls).length > 0)
  const worker = await startWithFindings(t)
  publish(worker, fromAddress('203.0.113.9'))
  await settled(worker, 1)
  const [finding] = findingsOf(worker)
  assert.deepEqual(finding?.finding_info.tags, [
    { name: 'nist_csf_2.0', values: ['DE.CM-03'] },
    { name: 'owasp_agentic_2026', values: ['ASI03'] },
  ])
  assert.equal(finding?.finding_info.attacks?.[0]?.technique.uid, 'AML.T0040')
})
