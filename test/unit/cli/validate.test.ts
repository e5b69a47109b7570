import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { COMMANDS } from '#/cli/commands.ts'
import { dispatch } from '#/cli/dispatch.ts'
import { WhosecallError } from '#/core/errors.ts'
import { createFakeIo, type FakeIo } from './fake-io.ts'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const EXAMPLE = `${ROOT}deploy/examples/worker.yaml`

function configFile(t: TestContext, edit: (text: string) => string): string {
  const folder = mkdtempSync(join(tmpdir(), 'whosecall-validate-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'worker.yaml')
  writeFileSync(file, edit(readFileSync(EXAMPLE, 'utf8')))
  return file
}

async function cli(io: FakeIo, ...line: string[]): Promise<number> {
  return dispatch(line, COMMANDS, io)
}

test('the example configs are valid, without a warning', async () => {
  const io = createFakeIo()
  assert.equal(await cli(io, 'validate', '-c', EXAMPLE, '--deny-warnings'), 0)
  const [verdict, series] = io.written.err.split('\n')
  assert.equal(verdict, `${EXAMPLE} is valid`)
  assert.match(series!, /^metrics: at most \d+ series, and \d+ for each partition that is read$/)
})

test('an invalid config exits 78 and every error is reported with its place', async (t) => {
  const file = configFile(t, (text) =>
    text
      .replace('group_id: whosecall-kong', 'groupid: whosecall-kong')
      .replace('attribution: {}', 'attribution: {detail: all}'),
  )
  const io = createFakeIo()
  assert.equal(await cli(io, 'validate', file), 78)
  assert.match(io.written.err, /worker\.yaml:\d+:\d+: error\[WC-C\d+\].*groupid/)
  assert.match(io.written.err, /did you mean group_id\?/)
  assert.match(io.written.err, /minimal, standard, full/)
  assert.equal(io.written.out, '')
})

test('--json prints the diagnostics as data', async (t) => {
  const file = configFile(t, (text) =>
    text.replace('group_id: whosecall-kong', 'groupid: whosecall-kong'),
  )
  const io = createFakeIo()
  assert.equal(await cli(io, 'validate', '--json', '-c', file), 78)
  const diagnostics = io.written.out
    .trimEnd()
    .split('\n')
    .map((line): { file: string; line: number } => JSON.parse(line))
  assert.ok(diagnostics.length >= 1)
  assert.ok(diagnostics.every((one) => one.file === file && one.line > 0))
  assert.equal(io.written.err, '')
})

/** A config whose owners are in `name` beside it. */
function configWithOwners(t: TestContext, name: string, text?: string): string {
  const file = configFile(t, (config) =>
    config.replace(
      / {2}directory:[^]*?(?=\nservice:)/,
      `  directory: { type: file, path: ${name} }\n`,
    ),
  )
  if (text !== undefined) writeFileSync(join(dirname(file), name), text)
  return file
}

test('the owner file of the config is read, and its bindings are counted', async (t) => {
  const row = '{ kind: api_key, key: litellm/x, owner: { id: team:a } }'
  const file = configWithOwners(t, 'owners.yaml', `bindings:\n  - ${row}\n`)
  const io = createFakeIo({ cwd: dirname(file) })
  assert.equal(await cli(io, 'validate', '-c', file, '--deny-warnings'), 0)
  assert.equal(io.written.err.split('\n')[0], `${file} is valid; owners.yaml has 1 binding`)
})

test('errors of the owner file exit 78, all of them with their place, and warnings can be denied', async (t) => {
  const broken = 'kind,key,owner.id\nspiffe,no-uri,team:a\nfriend,x,team:a\n'
  const file = configWithOwners(t, 'owners.csv', broken)
  const io = createFakeIo({ cwd: dirname(file) })
  assert.equal(await cli(io, 'validate', '-c', file), 78)
  assert.match(io.written.err, /^owners\.csv:2:8: error\[WC-C120\]: /)
  assert.match(io.written.err, /^owners\.csv:3:1: error\[WC-C120\]: /m)
  assert.match(io.written.err, /^2 errors$/m)

  const twice = 'kind,key,owner.id\nuser,litellm|u,team:a\nuser,litellm|u,team:b\n'
  const doubtful = configWithOwners(t, 'owners.csv', twice)
  const cwd = dirname(doubtful)
  const json = createFakeIo({ cwd })
  assert.equal(await cli(json, 'validate', '-c', doubtful, '--json'), 0)
  const found: { file: string; line: number; code: string } = JSON.parse(json.written.out)
  assert.deepEqual([found.file, found.line, found.code], ['owners.csv', 3, 'WC-C121'])
  assert.equal(await cli(createFakeIo({ cwd }), 'validate', '-c', doubtful, '--deny-warnings'), 1)
})

test('an owner file that is not there is an error at its place, with the directory that was looked in', async (t) => {
  const file = configWithOwners(t, 'absent.yaml')
  const cwd = dirname(file)
  const io = createFakeIo({ cwd })
  assert.equal(await cli(io, 'validate', '-c', file), 78)
  assert.match(
    io.written.err,
    /worker\.yaml:\d+:\d+: error\[WC-C116\]: the owner file cannot be read/,
  )
  assert.match(io.written.err, /path: absent\.yaml.*\n.*\^{11} found "absent\.yaml"/)
  assert.ok(io.written.err.includes(`starts at the working directory, here ${cwd}\n`))
  assert.match(io.written.err, /^1 error$/m)
})

test('an owner file above its limit is an error, because no worker would read it', async (t) => {
  const file = configWithOwners(t, 'owners.csv', `kind,key,owner.id\n${'#'.repeat(2000)}`)
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replace('owners.csv', 'owners.csv, file_bytes_max: 1024'),
  )
  const io = createFakeIo({ cwd: dirname(file) })
  assert.equal(await cli(io, 'validate', '-c', file), 78)
  assert.match(io.written.err, /^owners\.csv:1:1: error\[WC-C122\]: .*file_bytes_max allows 1024/)
})

test('what connects to nothing needs no file of a connection, and what validates does', async (t) => {
  const file = configFile(t, (text) =>
    text.replace('group_id: whosecall-kong', 'tls: { ca_file: absent.pem }'),
  )
  assert.equal(await cli(createFakeIo({ cwd: dirname(file) }), 'print-config', '-c', file), 0)
  assert.equal(await cli(createFakeIo({ cwd: dirname(file) }), 'validate', '-c', file), 78)
})

test('warnings are only findings when they are denied', async (t) => {
  const file = configFile(t, (text) => text.replace(/ +trust: trusted.*\n/, ''))
  assert.equal(await cli(createFakeIo(), 'validate', '-c', file), 0)
  assert.equal(await cli(createFakeIo(), 'validate', '-c', file, '--deny-warnings'), 1)
})

test('a config comes from stdin with -, and a file that is not there is said so', async () => {
  const io = createFakeIo({ stdin: readFileSync(EXAMPLE, 'utf8') })
  assert.equal(await cli(io, 'validate', '-c', '-'), 0)
  await assert.rejects(
    cli(createFakeIo({ cwd: ROOT }), 'validate', '-c', 'nowhere.yaml'),
    (error) =>
      error instanceof WhosecallError &&
      error.exitCode === 78 &&
      /nowhere\.yaml/.test(error.message),
  )
  await assert.rejects(
    cli(createFakeIo(), 'validate'),
    (error) => error instanceof WhosecallError && error.exitCode === 2,
  )
})

test('print-config fills in defaults and substitutions and shows no secret', async () => {
  const io = createFakeIo({
    env: { KAFKA_BROKERS: 'broker.example:9093', REDIS_KEY_SECRET: 'do-not-print-me-ever' },
  })
  assert.equal(await cli(io, 'print-config', '-c', EXAMPLE), 0)
  assert.match(io.written.out, /broker\.example:9093/)
  assert.match(io.written.out, /initial_offset: earliest/)
  assert.doesNotMatch(io.written.out, /do-not-print-me-ever/)
})

test('schema lists and prints the published schemas', async () => {
  const list = createFakeIo()
  assert.equal(await cli(list, 'schema'), 0)
  const names = list.written.out.trimEnd().split('\n')
  assert.ok(names.includes('config'))
  for (const name of names) {
    const io = createFakeIo()
    assert.equal(await cli(io, 'schema', name), 0)
    const schema: { $schema?: string } = JSON.parse(io.written.out)
    assert.equal(schema.$schema, 'https://json-schema.org/draft/2020-12/schema', name)
  }
  await assert.rejects(cli(createFakeIo(), 'schema', 'confg'), /did you mean config\?/)
})

const REGISTRY = `${ROOT}deploy/examples/registry.yaml`

test('the config of a registry is told by its sections, checked with its owner file, and printed', async () => {
  const env = { REGISTRY_TOKEN: 'a-token-that-is-long-enough' }
  const io = createFakeIo({ cwd: ROOT, env })
  assert.equal(await cli(io, 'validate', '-c', REGISTRY, '--deny-warnings'), 0, io.written.err)
  assert.match(io.written.err, /registry\.yaml is valid; services\/cli\/demo\/owners\.yaml has \d+/)

  const owners = 'owners: { directory: { type: file, path: services/cli/demo/owners.yaml } }\n'
  const token = "registry: { bearer_token: '${env:REGISTRY_TOKEN}' }\n"
  const print = createFakeIo({ cwd: ROOT, env, stdin: token + owners })
  assert.equal(await cli(print, 'print-config', '-c', '-'), 0)
  assert.match(print.written.out, /endpoint: 127\.0\.0\.1:8085/)
  assert.match(print.written.out, /bearer_token: <redacted>/)
  assert.doesNotMatch(print.written.out, /a-token-that/)

  const alone = createFakeIo({ cwd: ROOT, stdin: owners })
  assert.equal(await cli(alone, 'validate', '-c', '-', '--deny-warnings'), 0, alone.written.err)
})

test('errors of a registry config come with their place, and half a worker is no registry', async () => {
  const broken = 'registry:\n  endpont: 127.0.0.1:1\nowners: { directory: { type: fil } }\n'
  const io = createFakeIo({ cwd: ROOT, stdin: broken })
  assert.equal(await cli(io, 'validate', '-c', '-'), 78)
  assert.match(io.written.err, /^-:2:3: error.*endpont/m)
  assert.match(io.written.err, /did you mean endpoint\?/)
  assert.match(io.written.err, /^-:3:/m)
  assert.doesNotMatch(io.written.err, /receivers/)

  const half = createFakeIo({ cwd: ROOT, stdin: 'receivers: {}\nowners: {}\n' })
  assert.equal(await cli(half, 'validate', '-c', '-'), 78)
  assert.match(half.written.err, /exporters/)
})
