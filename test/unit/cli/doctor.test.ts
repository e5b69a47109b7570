import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { bytesText, checkText, durationText, type Check } from '#/cli/doctor/check.ts'
import { checkGroup } from '#/cli/doctor/groups.ts'
import { checkHost, checkSecretFiles, readHost, secretFiles, type Host } from '#/cli/doctor/host.ts'
import { checkDirectory, checkRedis, checkSkew } from '#/cli/doctor/owners.ts'
import { checkSizes, checkTopic, type TopicFacts } from '#/cli/doctor/topics.ts'
import type { RedisFacts } from '#/owners/index.ts'
import { configOf } from '../../support/drawn-graphs.ts'
import { createFakeIo } from './fake-io.ts'

const TOPIC: TopicFacts = {
  topic: 'calls',
  use: 'input',
  layout: { partitions: 6, replicas: 3, in_sync: 3 },
  configs: new Map([
    ['max.message.bytes', '1048588'],
    ['retention.ms', '604800000'],
    ['cleanup.policy', 'delete'],
    ['message.timestamp.type', 'CreateTime'],
    ['min.insync.replicas', '2'],
  ]),
  brokers: 'kafka:9092',
}

function said(checks: readonly Check[]): readonly string[] {
  return checks.map(({ status, message }) => `${status} ${message}`)
}

function topic(
  use: TopicFacts['use'],
  configs: Readonly<Record<string, string>> = {},
  layout: Partial<TopicFacts['layout']> = {},
): TopicFacts {
  return {
    ...TOPIC,
    use,
    layout: { ...TOPIC.layout, ...layout },
    configs: new Map([...TOPIC.configs!, ...Object.entries(configs)]),
  }
}

test('A sound topic passes in every use.', () => {
  for (const use of ['input', 'redrive', 'output', 'dead letters', 'findings'] as const)
    assert.deepEqual(said(checkTopic(topic(use))), [
      `pass ${use}, 6 partitions, messages up to 1 MiB, kept 7 d`,
    ])
})

const TOPICS: readonly (readonly [title: string, facts: TopicFacts, expected: RegExp])[] = [
  [
    'Fewer replicas in sync than a write needs',
    topic('output', {}, { in_sync: 1 }),
    /^fail 1 replicas are in sync .* asks for 2/,
  ],
  [
    'Reading with fewer replicas in sync',
    topic('input', {}, { in_sync: 1 }),
    /^warn only 1 of 3 replicas/,
  ],
  [
    'A write that one broker may lose',
    topic('output', { 'min.insync.replicas': '1' }),
    /^warn min\.insync\.replicas is 1/,
  ],
  [
    'One replica',
    topic('findings', { 'min.insync.replicas': '1' }, { replicas: 1, in_sync: 1 }),
    /^warn it has one replica/,
  ],
  [
    'A compacted input',
    topic('input', { 'cleanup.policy': 'compact' }),
    /^warn it is compacted: calls/,
  ],
  [
    'A compacted output',
    topic('output', { 'cleanup.policy': 'compact,delete' }),
    /^warn it is compacted: messages/,
  ],
  [
    'Compacted dead letters',
    topic('dead letters', { 'cleanup.policy': 'compact' }),
    /^fail it is compacted/,
  ],
  [
    'A short retention',
    topic('dead letters', { 'retention.ms': '3600000' }),
    /^warn messages are kept for 1 h: that is all the time for a redrive/,
  ],
  [
    'A stamp of the broker',
    topic('output', { 'message.timestamp.type': 'LogAppendTime' }),
    /^warn message\.timestamp\.type/,
  ],
  [
    'Configs that are kept back',
    { ...TOPIC, configs: undefined },
    /^warn its limits are kept back/,
  ],
]
for (const [title, facts, expected] of TOPICS)
  test(`${title} is told once, with a fix.`, () => {
    const [one, ...more] = checkTopic(facts)
    assert.match(`${one?.status} ${one?.message}`, expected)
    assert.deepEqual(more, [])
    assert.ok((one?.fix ?? '').length > 0)
  })

test('Limits of what is written are held against the largest message that is read.', () => {
  const input = topic('input', { 'max.message.bytes': '1000000' })
  const written = (use: TopicFacts['use'], bytes: number) =>
    topic(use, { 'max.message.bytes': String(bytes) })
  const statuses = (outputs: readonly TopicFacts[], message_bytes_max = 16_777_216) =>
    checkSizes(input, outputs, message_bytes_max).map(({ status }) => status)
  assert.deepEqual(statuses([written('output', 1_004_096), written('dead letters', 1_065_536)]), [])
  assert.deepEqual(statuses([written('output', 1_000_000)]), ['warn'])
  assert.deepEqual(statuses([written('dead letters', 1_000_000)]), ['warn'])
  assert.deepEqual(statuses([written('dead letters', 999_999)]), ['fail'])
  assert.deepEqual(statuses([written('findings', 1000)]), [])
  assert.deepEqual(statuses([], 999_999), ['warn'])
  assert.deepEqual(statuses([{ ...TOPIC, use: 'output', configs: undefined }]), [])
})

test('A group passes with its members and what waits for it; loss, other protocols and refusals are told.', () => {
  const group = { state: 'Stable', protocol_type: 'consumer', members: 2 }
  const offsets = [{ partition: 0, oldest: 10, next: 30 }]
  const reading = (at: number) => [{ topic: 'calls', offsets, committed: new Map([[0, at]]) }]
  assert.deepEqual(said(checkGroup('g', group, reading(25))), ['pass 2 members, 5 messages wait'])
  assert.deepEqual(said(checkGroup('g', { ...group, members: 1 }, reading(-1))), [
    'pass 1 member, nothing committed yet',
  ])
  assert.match(said(checkGroup('g', group, reading(5)))[0] ?? '', /^warn .* before the oldest/)
  assert.match(said(checkGroup('g', group, reading(31)))[0] ?? '', /^warn .* made anew/)
  const refused = { refused: 'Not authorized' }
  assert.match(said(checkGroup('g', refused, []))[0] ?? '', /^fail .* Not authorized/)
  const hidden = [{ topic: 'calls', offsets: refused, committed: new Map([[0, 1]]) }]
  assert.match(said(checkGroup('g', group, hidden))[0] ?? '', /^fail .* may not see/)
  const connect = { ...group, protocol_type: 'connect' }
  assert.match(said(checkGroup('g', connect, []))[0] ?? '', /^fail .* of connect/)
})

const REDIS: RedisFacts = {
  version: '7.2.4',
  role: 'master',
  time_ms: 1_000_000,
  asked_at_ms: 1_000_001,
  round_trip_ms: 0.4,
  maxmemory_bytes: 1_073_741_824,
  maxmemory_policy: 'allkeys-lru',
  used_bytes: 1_048_576,
  evicted_keys: 0,
}

test('A Redis for caching passes; one that would grow, refuse, forget or lag is told.', () => {
  assert.deepEqual(said(checkRedis('r', 100, REDIS)), [
    'pass version 7.2.4, 1 MiB of 1 GiB used, a PING takes 0.4 ms',
    'pass within 2 s of ours',
  ])
  const first = (facts: Partial<RedisFacts>) =>
    said(checkRedis('r', 100, { ...REDIS, ...facts }))[0]
  assert.match(first({ maxmemory_bytes: 0 }) ?? '', /^warn it has no maxmemory/)
  assert.match(first({ maxmemory_policy: 'noeviction' }) ?? '', /^warn full at 1 GiB/)
  assert.match(first({ evicted_keys: 7 }) ?? '', /^warn it has evicted 7 keys/)
  assert.match(first({ role: 'slave' }) ?? '', /^fail it is a slave/)
  assert.match(first({ round_trip_ms: 60 }) ?? '', /^warn a PING takes 60 ms/)
})

test('A directory is judged by status, contract, latency and clock.', () => {
  const config = { endpoint: 'http://d', timeout_ms: 500 }
  const facts = {
    status: 200,
    round_trip_ms: 12,
    date_ms: 0,
    answered_at_ms: 900,
    is_batch_reply: true,
  }
  const of = (change: Partial<typeof facts>) =>
    said(checkDirectory(config, { ...facts, ...change }))
  assert.deepEqual(of({}), ['pass an empty lookup took 12 ms', 'pass within 2 s of ours'])
  assert.match(of({ status: 401 })[0] ?? '', /^fail it refuses us/)
  assert.match(of({ status: 404 })[0] ?? '', /^fail it answers with status 404$/)
  assert.match(of({ is_batch_reply: false })[0] ?? '', /^fail .* not as the lookup contract/)
  assert.match(of({ round_trip_ms: 300 })[0] ?? '', /^warn an empty lookup took 300 ms/)
})

test('Clocks may differ by two seconds, and by a minute before it fails.', () => {
  const status = (theirs: number) => checkSkew('x', theirs, 0).status
  assert.deepEqual([1_999, -2_000, 2_001, -60_000, 60_001].map(status), [
    'pass',
    'pass',
    'warn',
    'warn',
    'fail',
  ])
})

const CONFIG = configOf(`receivers:
  kafka:
    brokers: [kafka:9092]
    logs: { topics: [raw] }
    source: litellm
    tls: { key_file: /secrets/tls.key, cert_file: /secrets/tls.crt }
    trust: trusted
processors: { attribution: }
exporters:
  kafka: { brokers: [kafka:9092], logs: { topic: out }, dead_letter: { topic: dead } }
owners: { directory: { type: http, endpoint: 'http://d' } }
service:
  pipelines:
    logs: { receivers: [kafka], processors: [attribution], exporters: [kafka] }
`)
const HOST: Host = { node: '24.1.0', memory_bytes: 2 ** 31, heap_bytes: 2 ** 30, files_max: 65_536 }

test('The host is held against what the config may hold.', () => {
  const statuses = (change: Partial<Host>) =>
    checkHost({ ...HOST, ...change }, CONFIG).map(({ subject, status }) => `${subject} ${status}`)
  assert.deepEqual(statuses({}), ['node pass', 'memory pass', 'heap pass', 'open files pass'])
  assert.ok(statuses({ node: '22.9.0' }).includes('node fail'))
  assert.ok(statuses({ memory_bytes: 2 ** 27 }).includes('memory fail'))
  assert.ok(statuses({ memory_bytes: 2 ** 29, heap_bytes: 2 ** 29 }).includes('memory warn'))
  assert.ok(statuses({ heap_bytes: 2 ** 28 }).includes('heap warn'))
  assert.ok(statuses({ heap_bytes: 2 ** 32 }).includes('heap warn'))
  assert.ok(statuses({ files_max: 256 }).includes('open files warn'))
  assert.ok(!statuses({ files_max: undefined }).some((one) => one.startsWith('open files')))
})

test('Each worker of a service needs its own memory.', () => {
  const host = { ...HOST, memory_bytes: 2 ** 30 }
  const memoryOf = (workers: number) =>
    checkHost(host, { ...CONFIG, service: { ...CONFIG.service, workers } }).find(
      ({ subject }) => subject === 'memory',
    )
  assert.equal(memoryOf(1)?.status, 'pass')
  assert.equal(memoryOf(4)?.status, 'warn')
  assert.match(memoryOf(4)?.message ?? '', /with everything full 4 workers take about/)
  assert.match(memoryOf(4)?.fix ?? '', /service\.workers/)
})

test('This host can be read.', () => {
  const { node, memory_bytes, heap_bytes } = readHost()
  assert.equal(node, process.versions.node)
  assert.ok(memory_bytes > 0 && heap_bytes > 0)
})

test('Files with secrets are found, and those that everybody may read are told.', (t) => {
  assert.deepEqual(secretFiles(CONFIG), ['/secrets/tls.key'])
  const folder = mkdtempSync(join(tmpdir(), 'whosecall-doctor-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, mode] of [
    ['open', 0o644],
    ['closed', 0o640],
  ] as const) {
    writeFileSync(join(folder, name), 'x')
    chmodSync(join(folder, name), mode)
  }
  const checks = checkSecretFiles(['open', 'closed', 'missing', 'open'], (name) =>
    join(folder, name),
  )
  assert.deepEqual(
    checks.map(({ subject, status }) => `${subject} ${status}`),
    ['open warn', 'closed pass', 'missing fail'],
  )
})

test('A line says status, place and fix; sizes and times are for people.', () => {
  const { out } = createFakeIo()
  const check: Check = { area: 'redis', subject: 'r', status: 'warn', message: 'm', fix: 'f' }
  assert.equal(checkText(check, out), 'warn  redis r: m\n      fix: f')
  assert.deepEqual([0, 1023, 1024, 1_572_864, 2 ** 40].map(bytesText), [
    '0 B',
    '1023 B',
    '1 KiB',
    '1.5 MiB',
    '1 TiB',
  ])
  assert.deepEqual([0.4, 999, 1000, 90_000, 86_400_000].map(durationText), [
    '0.4 ms',
    '999 ms',
    '1 s',
    '1.5 min',
    '1 d',
  ])
})
