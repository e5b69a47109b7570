import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { formatDiagnostics } from '#/config/index.ts'
import { readWorkerConfig } from '#/worker/index.ts'
import { writeCertificates } from '../../stack/certs.ts'

/** What a start would refuse about topics, connections and files is found in the config, all of it at once. */

interface Parts {
  readonly receiver?: string
  readonly topics?: string
  readonly exporter?: string
  readonly owners?: string
}

/** Each part is in a line of its own: the receiver's is 4, its topics' 5, the exporter's 11, that of the owners 15. */
function configOf({ receiver = '', topics = '[raw]', exporter = '', owners = '' }: Parts): string {
  return `receivers:
  kafka:
    source: litellm
    ${receiver}
    logs: { topics: ${topics} }
    trust: trusted
processors:
  attribution: {}
exporters:
  kafka:
    ${exporter}
    logs: { topic: out }
    dead_letter: { topic: dead }
owners:
  ${owners || 'directory: { type: file, path: owners.yaml }'}
service:
  pipelines:
    logs: { receivers: [kafka], processors: [attribution], exporters: [kafka] }
`
}

interface Found {
  readonly place: string
  readonly message: string
  readonly expected: string | undefined
  readonly help: string | undefined
}

function check(
  parts: Parts,
  readFile: (path: string) => string = () => '',
  files?: 'all' | 'none',
): readonly Found[] {
  const read = readWorkerConfig({
    file: 'w.yaml',
    text: configOf(parts),
    env: { TOKEN: 'hunter2' },
    readFile,
    ...(files && { files }),
  })
  const list = read.ok ? read.warnings : read.diagnostics
  assert.doesNotMatch(formatDiagnostics(list, { color: false }), /hunter2/)
  return list.map(({ line, code, path, message, expected, help }) => ({
    place: `${line} ${code} ${path}`,
    message,
    expected,
    help,
  }))
}

const places = (found: readonly Found[]) => found.map(({ place }) => place)

test('the sound parts have no findings', () => {
  assert.deepEqual(check({}), [])
  assert.deepEqual(check({ topics: `[a.b_C-9, ${'x'.repeat(249)}, '^any!thing']` }), [])
})

test('a name that no topic can have is an error wherever it stands', () => {
  const topics = `[ai calls!, a/b, '', '.', '..', ${'x'.repeat(250)}]`
  const found = check({ topics, receiver: 'redrive_topic: re drive' })
  assert.deepEqual(places(found), [
    '4 WC-C115 receivers.kafka.redrive_topic',
    ...[0, 1].map((at) => `5 WC-C115 receivers.kafka.logs.topics[${at}]`),
    '5 WC-C014 receivers.kafka.logs.topics[2]',
    ...[2, 3, 4, 5].map((at) => `5 WC-C115 receivers.kafka.logs.topics[${at}]`),
  ])
  const written = readWorkerConfig({
    file: 'w.yaml',
    text: configOf({}).replace('topic: out', "topic: '^out'").replace('topic: dead', 'topic: d+'),
    env: {},
    readFile: () => '',
  })
  assert.ok(!written.ok)
  assert.deepEqual(
    written.diagnostics.map(({ code, path }) => `${code} ${path}`),
    ['WC-C115 exporters.kafka.logs.topic', 'WC-C115 exporters.kafka.dead_letter.topic'],
  )
})

test('a pattern that lacks its ^ is told so', () => {
  const [found] = check({ topics: '[ai.calls.*]' })
  assert.equal(found?.help, 'a pattern begins with ^, such as ^ai.calls.*')
})

test('a pattern is judged by the rules by which it is used later', () => {
  assert.deepEqual(places(check({ topics: String.raw`['^a\-b']` })), [
    '5 WC-C107 receivers.kafka.logs.topics[0]',
  ])
})

test('a port above 65535 is an error', () => {
  assert.deepEqual(places(check({ receiver: 'brokers: [a:65535, a:65536]' })), [
    '4 WC-C015 receivers.kafka.brokers[1]',
  ])
})

test('connections that lack something are errors, of receivers and exporters at once', () => {
  const found = check({
    receiver: 'auth: { sasl: { mechanism: PLAIN, username: u } }',
    exporter: 'auth: { sasl: { mechanism: OAUTHBEARER } }',
  })
  assert.deepEqual(places(found), [
    '4 WC-C117 receivers.kafka.auth.sasl.password',
    '11 WC-C117 exporters.kafka.auth.sasl.oauthbearer',
  ])
  assert.deepEqual(places(check({ exporter: 'tls: { cert_file: a.pem }' }, () => '-----BEGIN ')), [
    '11 WC-C117 exporters.kafka.tls',
  ])
})

test('a custom source that contradicts itself is an error at its place, and stops no other check', () => {
  const custom =
    'custom: { name: acme, encoding: json, fields: [{ field: /a, slot: claim, by: caller }] }'
  const found = readWorkerConfig({
    file: 'w.yaml',
    text: configOf({ receiver: custom, topics: '[a b]' }).replace('litellm', 'custom'),
    env: {},
    readFile: () => '',
  })
  assert.ok(!found.ok)
  assert.deepEqual(
    found.diagnostics.map(({ code, path }) => `${code} ${path}`),
    ['WC-C118 receivers.kafka.custom', 'WC-C115 receivers.kafka.logs.topics[0]'],
  )
})

/** As the file system says it. */
function missing(path: string): never {
  throw Object.assign(new Error('no'), { code: 'ENOENT', path: join('/srv/place', path) })
}

const REDIS =
  'directory: { type: http, endpoint: "http://reg" }\n  redis: { endpoint: "rediss://r", key_secret: 0123456789abcdef, tls: { ca_file: c.pem } }'

test('a file that cannot be read is an error that says where it was looked for', () => {
  const parts = {
    receiver: 'tls: { ca_file: ./no/ca.pem }',
    exporter:
      'auth: { sasl: { mechanism: OAUTHBEARER, oauthbearer: { token_file: "${env:TOKEN}" } } }',
    owners: REDIS,
  }
  const found = check(parts, missing)
  assert.deepEqual(places(found), [
    '4 WC-C116 receivers.kafka.tls.ca_file',
    '11 WC-C116 exporters.kafka.auth.sasl.oauthbearer.token_file',
    '16 WC-C116 owners.redis.tls.ca_file',
  ])
  assert.equal(found[0]?.message, 'ca_file cannot be read: there is no such file')
  assert.equal(found[0]?.help, 'a relative path starts at the working directory, here /srv/place')
  assert.deepEqual(check(parts, missing, 'none'), [])
})

test('a file whose name could not be substituted is not also missed', () => {
  const found = check(
    { owners: 'directory: { type: file, path: "${env:NONE}/o.yaml" }' },
    missing,
    'all',
  )
  assert.deepEqual(places(found), ['15 WC-C020 owners.directory.path'])
})

test('files of a section that is turned off are not read', () => {
  assert.deepEqual(check({ receiver: 'tls: { insecure: true, ca_file: no.pem }' }, missing), [])
})

test('the owner file is only missed when all files are asked for, as a worker can wait for it', () => {
  assert.deepEqual(check({}, missing), [])
  assert.deepEqual(places(check({}, missing, 'all')), ['15 WC-C116 owners.directory.path'])
})

async function certificates(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'whosecall-certs-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return writeCertificates(folder)
}

test('files that hold no PEM, and a key of another certificate, are errors', async (t) => {
  const { ca_file, cert_file, key_file, stranger } = await certificates(t)
  const readFile = (path: string) => readFileSync(path, 'utf8')
  const tls = (ca: string, key: string) => ({
    receiver: `tls: { ca_file: ${ca}, cert_file: ${cert_file}, key_file: ${key} }`,
  })
  assert.deepEqual(check(tls(ca_file, key_file), readFile), [])
  assert.deepEqual(
    places(check(tls(fileURLToPath(import.meta.resolve('#/bus/config.ts')), key_file), readFile)),
    ['4 WC-C116 receivers.kafka.tls.ca_file'],
  )
  assert.deepEqual(places(check(tls(ca_file, stranger.key_file), readFile)), [
    '4 WC-C116 receivers.kafka.tls',
  ])
})
