import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { COMMANDS } from '#/cli/commands.ts'
import { dispatch } from '#/cli/dispatch.ts'
import { LINT_CODES } from '#/cli/lint/codes.ts'
import { SOURCES } from '#/sources/index.ts'
import { createFakeIo } from './fake-io.ts'

const CONFIG = `receivers:
  kafka/gateway:
    brokers: [kafka:9092]
    logs: { topics: [raw.litellm] }
    source: litellm
    trust: trusted
  kafka/aws:
    brokers: [kafka:9092]
    logs: { topics: [raw.aws] }
    source: aws-bedrock-invocation
    trust: trusted
processors:
  attribution:
exporters:
  kafka:
    brokers: [kafka:9092]
    logs: { topic: attributed }
    dead_letter: { topic: dead }
owners:
  directory: { type: file, path: owners.yaml }
service:
  pipelines:
    logs: { receivers: [kafka/gateway, kafka/aws], processors: [attribution], exporters: [kafka] }
`
const SOUND_ROWS = `bindings:
  - { kind: api_key, key: litellm/one, owner: { id: team:a } }
`
const NOW = Date.parse('2026-06-01T00:00:00Z')

interface Linted {
  readonly code: number
  readonly err: string
  readonly found: readonly { readonly code: string; readonly line: number }[]
}

async function lint(
  t: TestContext,
  { config = CONFIG, rows = SOUND_ROWS }: { config?: string; rows?: string },
  ...options: string[]
): Promise<Linted> {
  const cwd = mkdtempSync(join(tmpdir(), 'whosecall-lint-'))
  t.after(() => rmSync(cwd, { recursive: true, force: true }))
  writeFileSync(join(cwd, 'worker.yaml'), config)
  writeFileSync(join(cwd, 'owners.yaml'), rows)
  const io = { ...createFakeIo({ cwd }), clock: { now: () => NOW, sleep: () => Promise.resolve() } }
  const code = await dispatch(['lint', '-c', 'worker.yaml', '--json', ...options], COMMANDS, io)
  const found = io.written.out
    .split('\n')
    .filter(Boolean)
    .map((text): { code: string; line: number } => JSON.parse(text))
  return { code, err: io.written.err, found }
}

function at({ found }: Linted): readonly string[] {
  return found.map(({ code, line }) => `${code}:${line}`)
}

function rowsOf(...rows: readonly string[]): string {
  return ['bindings:', ...rows.map((row) => `  - { ${row} }`), ''].join('\n')
}

const A = 'owner: { id: team:a }'
const B = 'owner: { id: team:b }'
const KEY = 'kind: api_key, key: litellm/one'

test('A config without any slip has no warning.', async (t) => {
  const linted = await lint(t, {})
  assert.deepEqual(at(linted), [])
  assert.equal(linted.code, 0)
})

const ROWS: readonly (readonly [
  title: string,
  rows: readonly string[],
  found: readonly string[],
])[] = [
  [
    'A row inside another of its key and owner',
    [`${KEY}, ${A}`, `${KEY}, ${A}, valid_from: 2026-01-01`],
    ['WC-L001:3'],
  ],
  ['A row that stands twice', [`${KEY}, ${A}`, `${KEY}, ${A}`], ['WC-L001:3']],
  [
    'A second owner at the same time',
    [`${KEY}, ${A}`, `${KEY}, ${B}, valid_from: 2026-01-01`],
    ['WC-L002:3'],
  ],
  ['A key that is owned and shared', [`${KEY}, ${A}`, `${KEY}, ownership: shared`], ['WC-L002:3']],
  [
    'A key that changed hands',
    [`${KEY}, ${A}, valid_to: 2026-01-01`, `${KEY}, ${B}, valid_from: 2026-01-01`],
    [],
  ],
  [
    'A longer row of the same owner',
    [`${KEY}, ${A}, valid_to: 2026-01-01`, `${KEY}, ${A}, valid_from: 2025-01-01`],
    [],
  ],
  ['A key that nobody owns any more', [`${KEY}, ${A}, valid_to: 2026-01-01`], ['WC-L003:2']],
  ['A key that ends later', [`${KEY}, ${A}, valid_to: 2026-07-01`], []],
  ['A key that means nobody', [`kind: api_key, key: litellm/unknown, ${A}`], ['WC-L004:2']],
  [
    'A network in that of the same owner',
    [`kind: ip, key: 10.0.0.0/8, ${A}`, `kind: ip, key: 10.1.0.0/16, ${A}`],
    ['WC-L005:3'],
  ],
  [
    'A network in that of somebody else',
    [`kind: ip, key: 10.1.2.3, ${A}`, `kind: ip, key: 10.0.0.0/8, ${B}`],
    ['WC-L006:2'],
  ],
  [
    'A network that takes a part back',
    [
      `kind: ip, key: 10.0.0.0/8, ${A}`,
      `kind: ip, key: 10.1.0.0/16, ${B}`,
      `kind: ip, key: 10.1.1.0/24, ${A}`,
    ],
    ['WC-L006:3', 'WC-L006:4'],
  ],
  [
    'Networks beside each other',
    [`kind: ip, key: 10.0.0.0/16, ${A}`, `kind: ip, key: 10.1.0.0/16, ${B}`],
    [],
  ],
  ['IPv6 and IPv4', [`kind: ip, key: '::/0', ${A}`, `kind: ip, key: 10.1.0.0/16, ${A}`], []],
  ['A key of a system that nobody reads', [`kind: api_key, key: kong/one, ${A}`], ['WC-L007:2']],
  ['A kind that nobody reads', [`kind: spiffe, key: 'spiffe://a/b', ${A}`], ['WC-L007:2']],
  [
    'A scope of a type that the source does not tell',
    [`kind: scope, key: litellm/cluster/x, ${A}`],
    ['WC-L007:2'],
  ],
  [
    'A role written as its ARN',
    [`kind: aws_role, key: 'arn:aws:iam::111122223333:role/path/x', ${A}`],
    ['WC-L008:2'],
  ],
  ['A mail in capitals', [`kind: mail, key: Somebody@Example.com, ${A}`], ['WC-L008:2']],
  [
    'A team that was forgotten in the list of teams',
    [
      'kind: team, key: a, owner: { id: team:a, team: a }',
      'kind: tenant_tag, key: team=b, owner: { id: team:b, team: b }',
      `${KEY}, owner: { id: team:c, team: C }`,
    ],
    ['WC-L009:4'],
  ],
  [
    'Teams that are hardly listed at all',
    [
      'kind: team, key: a, owner: { id: team:a, team: a }',
      `${KEY}, owner: { id: team:b, team: b }`,
      `kind: api_key, key: litellm/two, owner: { id: team:c, team: c }`,
    ],
    [],
  ],
]

for (const [title, rows, expected] of ROWS)
  test(`${title}: ${expected.join(' and ') || 'no warning'}.`, async (t) => {
    assert.deepEqual(at(await lint(t, { rows: rowsOf(...rows) })), expected)
  })

const GATEWAY = '    source: litellm\n    trust: trusted\n'
const AWS = '    source: aws-bedrock-invocation\n    trust: trusted\n'
const ALIAS = "'/metadata/user_api_key_alias'"

const CHANGES: readonly (readonly [
  title: string,
  change: (config: string) => string,
  row: string,
  found: readonly string[],
])[] = [
  [
    'A nobody word that is a bound key',
    withLine(GATEWAY, 'nobody_words: [on*]'),
    `${KEY}, ${A}`,
    ['WC-L010:7'],
  ],
  [
    'A nobody word that hides nothing',
    withLine(GATEWAY, 'nobody_words: [two]'),
    `${KEY}, ${A}`,
    [],
  ],
  [
    'A nobody word that is one anyway',
    withLine(GATEWAY, 'nobody_words: [Unknown, x, X]'),
    `${KEY}, ${A}`,
    ['WC-L011:7', 'WC-L011:7'],
  ],
  [
    'A shared word that is a bound key',
    withLine(GATEWAY, `shared_words: { ${ALIAS}: [common] }`),
    `kind: api_key, key: litellm/common, ${A}`,
    ['WC-L010:7'],
  ],
  [
    'A shared word whose key is bound as shared',
    withLine(GATEWAY, `shared_words: { ${ALIAS}: [common] }`),
    'kind: api_key, key: litellm/common, ownership: shared',
    [],
  ],
  [
    'A shared word that means nobody',
    withLine(GATEWAY, `shared_words: { ${ALIAS}: [none] }`),
    `${KEY}, ${A}`,
    ['WC-L011:7'],
  ],
  [
    'A broker where there are no roles',
    withLine(GATEWAY, 'trusted_brokers: [gate]'),
    `${KEY}, ${A}`,
    ['WC-L011:7'],
  ],
  [
    'A broker that is a pattern',
    withLine(AWS, "trusted_brokers: ['gate*']"),
    `${KEY}, ${A}`,
    ['WC-L011:12'],
  ],
  [
    'A broker that is bound',
    withLine(AWS, 'trusted_brokers: [gate]'),
    `kind: aws_role, key: 'aws:111122223333:role/gate', ${A}`,
    ['WC-L010:12'],
  ],
  [
    'A pattern over the topic of another receiver',
    (c) => c.replace('[raw.aws]', "['^raw.*']"),
    `${KEY}, ${A}`,
    ['WC-L012:9'],
  ],
  [
    'A pattern that leaves the topic of another receiver out',
    (c) => c.replace('[raw.aws]', "['^raw.*'], exclude_topics: [litellm]"),
    `${KEY}, ${A}`,
    [],
  ],
  [
    'Two patterns, one inside the other',
    (c) => c.replace('[raw.litellm]', "['^raw.*']").replace('[raw.aws]', "['^raw\\.aws\\.[0-9]+']"),
    `${KEY}, ${A}`,
    ['WC-L012:9'],
  ],
  [
    'Two patterns of different beginnings',
    (c) => c.replace('[raw.litellm]', "['^lite.*']").replace('[raw.aws]', "['^aws.*']"),
    `${KEY}, ${A}`,
    [],
  ],
  [
    'A name beside its own pattern',
    (c) => c.replace('[raw.aws]', "[aws.b, '^aws.*']"),
    `${KEY}, ${A}`,
    ['WC-L013:9'],
  ],
  [
    'Exclusions without a pattern',
    (c) => c.replace('[raw.aws]', '[raw.aws], exclude_topics: [b]'),
    `${KEY}, ${A}`,
    ['WC-L013:9'],
  ],
  [
    'A processor in no pipeline, as validate says it',
    (c) => c.replace('  attribution:\n', '  attribution:\n  redaction: { drop: [/messages] }\n'),
    `${KEY}, ${A}`,
    ['WC-C101:14'],
  ],
]

function withLine(after: string, line: string): (config: string) => string {
  return (config) => config.replace(after, `${after}    ${line}\n`)
}

for (const [title, change, row, expected] of CHANGES)
  test(`${title}: ${expected.join(' and ') || 'no warning'}.`, async (t) => {
    const config = change(CONFIG)
    assert.notEqual(config, CONFIG)
    assert.deepEqual(at(await lint(t, { config, rows: rowsOf(row) })), expected)
  })

test('A target tells which alerts could never fire, and a strange one is a usage error.', async (t) => {
  const low = await lint(t, {}, '--target', '0.9')
  assert.deepEqual(at(low), ['WC-L014:1'])
  assert.deepEqual(at(await lint(t, {}, '--target', '0.95')), [])
  for (const target of ['95', '1', '0', '-0.5', 'x'])
    await assert.rejects(lint(t, {}, `--target=${target}`), /share between 0 and 1/)
})

test('Warnings exit 0, denied ones 1, ignored ones not at all.', async (t) => {
  const rows = rowsOf(`kind: ip, key: 10.0.0.0/8, ${A}`, `kind: ip, key: 10.1.0.0/16, ${B}`)
  assert.equal((await lint(t, { rows })).code, 0)
  assert.equal((await lint(t, { rows }, '--deny-warnings')).code, 1)
  const ignoring = await lint(t, { rows }, '--deny-warnings', '--ignore', 'WC-L006')
  assert.deepEqual([ignoring.code, ignoring.found.length], [0, 0])
  await assert.rejects(lint(t, { rows }, '--ignore', 'cidr'), /takes a code/)
})

test('An invalid config and an invalid owner file exit 78 with their errors.', async (t) => {
  const config = await lint(t, { config: CONFIG.replace('source: litellm', 'source: litelm') })
  assert.deepEqual([config.code, config.found[0]?.code], [78, 'WC-C012'])
  const rows = await lint(t, { rows: rowsOf('kind: api_key, key: x, owner: { id: a }') })
  assert.deepEqual([rows.code, at(rows)], [78, ['WC-C120:2']])
  const missing = await lint(t, {}, '--owners', 'nowhere.yaml')
  assert.deepEqual([missing.code, at(missing)], [78, ['WC-C122:1']])
})

test('No warning quotes a key or an owner of the file.', async (t) => {
  const io = createFakeIo({ cwd: mkdtempSync(join(tmpdir(), 'whosecall-lint-')) })
  t.after(() => rmSync(io.cwd, { recursive: true, force: true }))
  writeFileSync(join(io.cwd, 'worker.yaml'), CONFIG)
  const row = 'kind: mail, key: Jane.Roe@Example.com, owner: { id: user:jane, team: Jane }'
  writeFileSync(join(io.cwd, 'owners.yaml'), rowsOf(row, row, row.replace(':jane', ':joe')))
  assert.equal(await dispatch(['lint', 'worker.yaml'], COMMANDS, io), 0)
  assert.match(io.written.err, /WC-L001/)
  assert.doesNotMatch(io.written.err, /jane|joe/i)
})

test('Every owner of the samples can be asked for by the sources that are there.', async () => {
  const cwd = fileURLToPath(new URL('../../../', import.meta.url))
  const receivers = Object.fromEntries(
    SOURCES.map(({ name }) => [
      `kafka/${name}`,
      { brokers: ['k:9092'], logs: { topics: [name] }, source: name, trust: 'trusted' },
    ]),
  )
  const config = JSON.stringify({
    receivers,
    processors: { attribution: { fingerprint_key: 'sixteen or more characters' } },
    exporters: { kafka: { logs: { topic: 'out' }, dead_letter: { topic: 'dead' } } },
    owners: { directory: { type: 'file', path: 'test/data/samples/owners.yaml' } },
    service: {
      pipelines: {
        logs: {
          receivers: Object.keys(receivers),
          processors: ['attribution'],
          exporters: ['kafka'],
        },
      },
    },
  })
  const io = createFakeIo({ cwd, stdin: config })
  assert.equal(await dispatch(['lint', '-c', '-', '--json'], COMMANDS, io), 0)
  assert.doesNotMatch(io.written.out, /WC-L007/)
})

test('The example config and the owners of the demo have no warning.', async () => {
  const cwd = fileURLToPath(new URL('../../../', import.meta.url))
  const io = createFakeIo({ cwd })
  const line = [
    'lint',
    '-c',
    'deploy/examples/worker.yaml',
    '--owners',
    'services/cli/demo/owners.yaml',
  ]
  assert.equal(await dispatch([...line, '--deny-warnings'], COMMANDS, io), 0, io.written.err)
})

test('Each code is tested here.', () => {
  const text = readFileSync(new URL(import.meta.url), 'utf8')
  for (const code of Object.keys(LINT_CODES)) assert.ok(text.includes(`'${code}:`), code)
})
