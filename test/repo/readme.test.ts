import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { parse } from 'yaml'
import { readWorkerConfig } from '#/worker/index.ts'
import { CATALOGUE } from '#/telemetry/index.ts'
import { ROOT, textOf } from './tree.ts'

/**
 * The README, taken at its word: every command in a `sh` block runs as it stands there, every config and object in it is
 * valid, every metric exists. A comment above a block says how it is run when that is not simply to its end: until
 * something appears, beside another command, or by a test of its own.
 */
const readme = textOf('README.md')

interface Block {
  readonly language: string
  readonly text: string
  /** The comment right above the block. */
  readonly note: string
}

const blocks: readonly Block[] = [
  ...readme.matchAll(
    /(?:<!-- (?<note>[^>]*) -->\n\n)?^```(?<language>\w+)\n(?<text>[\s\S]*?)^```$/gm,
  ),
].map(({ groups }) => ({
  language: groups?.['language'] ?? '',
  text: groups?.['text'] ?? '',
  note: groups?.['note'] ?? '',
}))

const commands = blocks
  .filter(({ language }) => language === 'sh')
  .flatMap(({ text, note }) =>
    text
      .trimEnd()
      .split('\n')
      .map((line) => ({ line, note })),
  )

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

interface Running {
  readonly child: ChildProcess
  out(): string
  readonly ended: Promise<Ended>
}

function run(t: TestContext, line: string): Running {
  const child = spawn('sh', ['-c', line], {
    cwd: ROOT,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  t.after(() => signal(child, 'SIGKILL'))
  const ended = once(child, 'close').then(([code]: readonly (number | null)[]) => ({
    code: code ?? null,
    out,
    err,
  }))
  return { child, out: () => out, ended }
}

const endings = new Map<string, Promise<Ended>>()

/** A command that ends by itself; several tests look at the same run. */
function endingOf(t: TestContext, line: string): Promise<Ended> {
  const known = endings.get(line) ?? run(t, line).ended
  endings.set(line, known)
  return known
}

/** To the whole process group, as a terminal does. */
function signal(child: ChildProcess, name: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  process.kill(-child.pid, name)
}

async function until(running: Running, word: string): Promise<void> {
  while (!running.out().includes(word)) {
    const data = once(running.child.stdout ?? running.child, 'data').then(() => 'data')
    const what = await Promise.race([data, running.ended.then(() => 'end')])
    assert.ok(what === 'data' || running.out().includes(word), `it ended without saying ${word}`)
  }
}

test('every command has a way in which it is run', () => {
  const known = [
    '',
    'run: beside npm start',
    'run: by its own test, or not at all with a reason',
    'run: by test/integration/readme.test.ts',
  ]
  assert.ok(commands.length >= 9)
  for (const { line, note } of commands) assert.ok(known.includes(note), `${line}: ${note}`)
})

test('the commands that end by themselves succeed', async (t) => {
  const lines = commands.filter(({ note }) => note === '').map(({ line }) => line)
  assert.ok(lines.length >= 5)
  for (const line of lines) {
    const { code, err } = await endingOf(t, line)
    assert.equal(code, 0, `${line}\n${err.slice(-2000)}`)
  }
})

test('npm start shows an attributed event, serves its metrics to the command beside it, and ends on Ctrl-C', async (t) => {
  const [start] = commands.filter(({ line }) => line === 'npm start')
  const [beside] = commands.filter(({ note }) => note === 'run: beside npm start')
  assert.ok(start !== undefined && beside !== undefined)
  const demo = run(t, start.line)
  await until(demo, 'attributed ')
  const { code, out } = await run(t, beside.line).ended
  assert.equal(code, 0)
  assert.match(out, /whosecall_events_total\{.*outcome="attributed".*\} [1-9]/)
  signal(demo.child, 'SIGINT')
  const ended = await demo.ended
  assert.match(ended.out, /Summary/)
})

/** What this file does not run, and why. */
const NOT_RUN: Readonly<Record<string, string>> = {
  'git clone https://git.example.com/platform/whosecall.git && cd whosecall':
    'the address stands for yours',
  'npm ci': 'it would replace the packages that this test runs on; .ci/run begins with it',
  'npm start': 'has a test of its own above, which ends it by a signal',
  'docker compose up --build':
    'needs a container engine; test/integration/compose.test.ts runs the commands of its services',
  'docker compose --profile observability up --build':
    'needs a container engine; test/integration/compose.test.ts runs the commands of its services',
  'npm run check': '.ci/run runs it',
  'npm test': 'runs this test',
}

test('what is not run here is a short list with reasons, and the CI runs what it is said to run', () => {
  const exempt = commands.filter(({ note }) => note.startsWith('run: by its own test'))
  assert.deepEqual(exempt.map(({ line }) => line).toSorted(), Object.keys(NOT_RUN).toSorted())
  const ci = textOf('.ci/run').split('\n')
  for (const line of ['npm ci', 'npm run check', 'npm test']) assert.ok(ci.includes(line), line)
})

test('the output in the text is what comes out', async (t) => {
  const real = blocks.filter(({ note }) => note.startsWith('real: '))
  assert.equal(real.length, 2)
  for (const { note, text } of real) {
    const line = note.replace('real: ', '')
    // The demo goes on for ever; faster, it tells the same story. Lines with a rate depend on the machine.
    const { out } =
      line === 'npm start'
        ? await untilInterrupted(t, `${line} -- --rate 4000 --metrics-port 0`)
        : await endingOf(t, line)
    const printed = new Set(out.split('\n'))
    const shown = text.split('\n').filter((one) => !/ events · /.test(one))
    assert.ok(shown.length > 3)
    for (const one of shown) assert.ok(printed.has(one), one)
  }
})

async function untilInterrupted(t: TestContext, line: string): Promise<Ended> {
  const running = run(t, line)
  await until(running, 'of the gap comes from')
  signal(running.child, 'SIGINT')
  return running.ended
}

test('the scripts that the text names exist', () => {
  const { scripts }: { scripts: Record<string, string> } = JSON.parse(textOf('package.json'))
  for (const [, name = ''] of readme.matchAll(/npm run (?:-s )?([a-z:]+)/g))
    assert.ok(name in scripts, name)
})

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'whosecall-readme-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

function checked(note: string): string {
  const [block, ...more] = blocks.filter((one) => one.note === `check: ${note}`)
  assert.ok(block !== undefined && more.length === 0, note)
  return block.text
}

test('the config is valid, without a warning, and about twenty lines long', () => {
  const text = checked('a valid config')
  const result = readWorkerConfig({ file: 'worker.yaml', text, env: {}, readFile: () => '' })
  assert.ok(result.ok, JSON.stringify(result))
  assert.deepEqual(result.warnings, [])
  assert.ok(text.trimEnd().split('\n').length <= 22)
})

test('the owner file names the owner of the first call of the demo', async (t) => {
  const path = folder(t)
  writeFileSync(join(path, 'owners.yaml'), checked('a valid owner file'))
  const call = await run(t, 'npm start --silent -- --events 1 --seed 7 --json').ended
  const { attribution: _, ...record }: { attribution: unknown } = JSON.parse(call.out)
  writeFileSync(join(path, 'calls.ndjson'), JSON.stringify(record))
  const args = `--source litellm --report --owners ${path}/owners.yaml ${path}/calls.ndjson`
  const report = await run(t, `npm run -s whosecall -- attribute ${args}`).ended
  assert.equal(report.code, 0, report.err)
  assert.match(report.out, /"owner_id":"team:payments"/)
})

test('the attribution object is what the schema describes', () => {
  const schema: object = JSON.parse(textOf('schemas/attribution.schema.json'))
  const { attribution }: { attribution: unknown } = JSON.parse(checked('an attribution object'))
  const ajv = new Ajv2020({ strict: false })
  addFormats.default(ajv)
  const validate = ajv.compile(schema)
  assert.ok(validate(attribution), JSON.stringify(validate.errors))
})

test('every metric in the text is in the catalogue', () => {
  const names = new Set([...readme.matchAll(/whosecall_[a-z_]+/g)].map(([name]) => name))
  assert.ok(names.size >= 9)
  for (const name of names) assert.ok(name in CATALOGUE, name)
})

test('every option that the text gives a default for has it', () => {
  const compose: { services: Record<string, { image: string }> } = parse(
    textOf('docker-compose.yml'),
    { merge: true },
  )
  assert.match(compose.services['kafka']?.image ?? '', /4\.1\.1/)
  const text = checked('a valid config')
  const result = readWorkerConfig({ file: 'worker.yaml', text, env: {}, readFile: () => '' })
  assert.ok(result.ok)
  assert.equal(result.config.service.shutdown_timeout_ms, 20_000)
  assert.equal(result.config.service.telemetry.metrics.endpoint, '127.0.0.1:9464')
})
