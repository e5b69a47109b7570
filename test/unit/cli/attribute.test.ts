import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { COMMANDS } from '#/cli/commands.ts'
import { dispatch } from '#/cli/dispatch.ts'
import { WhosecallError } from '#/core/errors.ts'
import { temporaryFolder } from '../../support/worker.ts'
import { encodeLogs, type LogsData } from '../formats/otlp.ts'
import { createFakeIo } from './fake-io.ts'

test('an archive larger than what is worked on at a time comes out line by line as it was', async (t) => {
  const cwd = mkdtempSync(join(tmpdir(), 'whosecall-attribute-'))
  t.after(() => rmSync(cwd, { recursive: true, force: true }))
  writeFileSync(join(cwd, 'owners.yaml'), 'bindings: []\n')
  const note = 'x'.repeat(2_000)
  const lines = Array.from({ length: 1_500 }, (_, id) =>
    JSON.stringify({ id, call_type: 'acompletion', metadata: {}, note }),
  )
  writeFileSync(join(cwd, 'calls.ndjson'), `${lines.join('\n')}\n`)
  const io = createFakeIo({ cwd })
  const line = ['attribute', '--source', 'litellm', '--owners', 'owners.yaml', 'calls.ndjson']
  assert.equal(await dispatch(line, COMMANDS, io), 0)
  assert.equal(io.written.err, '1500 messages: 1500 unattributed\n')
  const written = io.written.out.trimEnd().split('\n')
  assert.equal(written.length, lines.length)
  for (const [at, text] of written.entries()) {
    assert.ok(text.startsWith(lines[at]?.slice(0, -1) ?? '?'), `line ${at + 1}`)
    assert.match(text, new RegExp(`/${at}/0@\\d+"}}$`))
  }
})

/** A config with receivers of these sources, each trusting its topic or not, and the owner file beside it. */
function configOf(cwd: string, receivers: Readonly<Record<string, object>>): string {
  writeFileSync(join(cwd, 'owners.yaml'), 'bindings: []\n')
  const ids = Object.keys(receivers)
  const text = JSON.stringify({
    receivers: Object.fromEntries(
      ids.map((id, i) => [
        id,
        {
          brokers: ['unused:9092'],
          group_id: `group-${i}`,
          logs: { topics: [`topic-${i}`] },
          trust: 'trusted',
          ...receivers[id],
        },
      ]),
    ),
    processors: { attribution: {} },
    exporters: {
      kafka: { brokers: ['unused:9092'], logs: { topic: 'out' }, dead_letter: { topic: 'dead' } },
    },
    owners: { directory: { type: 'file', path: join(cwd, 'owners.yaml') } },
    service: {
      pipelines: { logs: { receivers: ids, processors: ['attribution'], exporters: ['kafka'] } },
    },
  })
  writeFileSync(join(cwd, 'worker.yaml'), text)
  return join(cwd, 'worker.yaml')
}

function sampleLines(name: string, count: number): readonly string[] {
  const file = new URL(`../../data/samples/${name}.ndjson`, import.meta.url)
  return readFileSync(file, 'utf8').split('\n').filter(Boolean).slice(0, count)
}

async function reportOf(
  cwd: string,
  config: string,
  lines: readonly string[],
  more: string[] = [],
) {
  const io = createFakeIo({ cwd, stdin: `${lines.join('\n')}\n` })
  assert.equal(
    await dispatch(['attribute', '-c', config, '--report', ...more, '-'], COMMANDS, io),
    0,
  )
  const rows = io.written.out
    .trimEnd()
    .split('\n')
    .map((row): { line: number; fate: string; code?: string } => JSON.parse(row))
  return rows.map(({ line, fate, code }) => [line, code ?? fate])
}

test('with a config each line goes to the receiver whose source wrote it, in any mixture', async (t) => {
  const cwd = temporaryFolder(t)
  const config = configOf(cwd, {
    'kafka/litellm': { source: 'litellm' },
    'kafka/kong': { source: 'kong-ai-proxy' },
    'kafka/otel': { source: 'claude-code-otel', logs: { topics: ['o'], encoding: 'otlp_json' } },
  })
  const kong = sampleLines('kong-ai-proxy', 2)
  const litellm = sampleLines('litellm', 2)
  const otel = sampleLines('claude-code-otel', 1)
  const lines = [kong[0]!, litellm[0]!, kong[1]!, ...otel, litellm[1]!, '{"broken":', '{"a":1}']
  const rows = await reportOf(cwd, config, lines)
  assert.deepEqual(
    rows.filter(([, fate]) => fate !== 'published'),
    [
      [6, 'malformed'],
      [7, 'unknown_source'],
    ],
  )
  assert.deepEqual([...new Set(rows.map(([line]) => line))], [1, 2, 3, 4, 5, 6, 7])
})

test('a receiver is a receiver with its own options, not the first one with another source', async (t) => {
  const cwd = temporaryFolder(t)
  const [kong, litellm] = [sampleLines('kong-ai-proxy', 1), sampleLines('litellm', 1)]
  const config = configOf(cwd, {
    'kafka/litellm': { source: 'litellm', limits: { message_bytes_max: 1_024 } },
    'kafka/kong': { source: 'kong-ai-proxy' },
    'kafka/rest': { source: 'auto', limits: { message_bytes_max: 1_024 } },
  })
  const padded = (line: string) => `${line.slice(0, -1)},"padding":"${'x'.repeat(2_000)}"}`
  const lines = [padded(kong[0]!), padded(litellm[0]!), padded('{"a":1}')]
  assert.deepEqual(await reportOf(cwd, config, lines), [
    [1, 'published'],
    [2, 'limit_exceeded'],
    [3, 'limit_exceeded'],
  ])
})

test('what is of no receiver is read as auto, unless the source is named', async (t) => {
  const cwd = temporaryFolder(t)
  const config = configOf(cwd, { kafka: { source: 'litellm' } })
  const lines = [...sampleLines('kong-ai-proxy', 1), '{"a":1}']
  assert.deepEqual(await reportOf(cwd, config, lines), [
    [1, 'published'],
    [2, 'wrong_shape'],
  ])
  assert.deepEqual(await reportOf(cwd, config, lines, ['--source', 'litellm']), [
    [1, 'wrong_shape'],
    [2, 'wrong_shape'],
  ])
})

test('files that cannot be read are usage errors before any work begins', async (t) => {
  const cwd = temporaryFolder(t)
  configOf(cwd, { kafka: { source: 'litellm' } })
  writeFileSync(join(cwd, 'calls.ndjson'), sampleLines('litellm', 1).join('\n'))
  for (const [line, what, code] of [
    [['--owners', 'owners.yaml', 'calls.ndjson', '.'], /^\. is a directory/, 2],
    [['--owners', 'owners.yaml', 'calls.ndjson', 'absent'], /^cannot read absent: ENOENT/, 2],
    [['--owners', '.', 'calls.ndjson'], / is no owner file$/, 78],
    [['--owners', 'absent', 'calls.ndjson'], /there is no owner file .*absent$/, 78],
  ] as const) {
    const io = createFakeIo({ cwd })
    const error: unknown = await dispatch(['attribute', ...line], COMMANDS, io).catch(
      (thrown: unknown) => thrown,
    )
    assert.ok(error instanceof WhosecallError, String(error))
    assert.equal(error.exitCode, code)
    assert.match(error.message, what)
    assert.equal(io.written.out, '')
  }
})

test('a config whose receivers read protobuf takes each file as one message', async (t) => {
  const cwd = temporaryFolder(t)
  const config = configOf(cwd, {
    kafka: { source: 'claude-code-otel', logs: { topics: ['o'], encoding: 'otlp_proto' } },
  })
  const message: LogsData = JSON.parse(sampleLines('claude-code-otel', 1)[0]!)
  writeFileSync(join(cwd, 'message.bin'), encodeLogs(message))
  const io = createFakeIo({ cwd })
  const line = ['attribute', '-c', config, '--report', 'message.bin']
  assert.equal(await dispatch(line, COMMANDS, io), 0)
  assert.match(io.written.err, /^1 messages: /)
  assert.doesNotMatch(io.written.err, /dead-lettered/)
})
