import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { COMMANDS } from '#/cli/commands.ts'
import { dispatch } from '#/cli/dispatch.ts'
import type { Detected } from '#/cli/sources/detect.ts'
import type { SourceFacts } from '#/cli/sources/facts.ts'
import { WhosecallError } from '#/core/errors.ts'
import { SOURCES } from '#/sources/index.ts'
import { encodeLogs, oneRecord, text } from '../formats/otlp.ts'
import { createFakeIo, type FakeIo } from './fake-io.ts'

const SAMPLES = fileURLToPath(new URL('../../data/samples/', import.meta.url))

interface Entry {
  readonly file: string
  readonly line: number
  readonly index?: number
  readonly parses: boolean
  readonly expect: { readonly class?: string }
}
const index: { readonly entries: readonly Entry[] } = JSON.parse(
  readFileSync(`${SAMPLES}index.json`, 'utf8'),
)

async function cli(io: FakeIo, ...line: string[]): Promise<number> {
  return dispatch(['sources', ...line], COMMANDS, io)
}

async function printed(...line: string[]): Promise<string> {
  const io = createFakeIo({ cwd: SAMPLES })
  assert.equal(await cli(io, ...line), 0)
  return io.written.out
}

async function detected(
  stdin: string,
  ...line: string[]
): Promise<{ readonly rows: readonly (Detected & { line: number })[]; readonly code: number }> {
  const io = createFakeIo({ stdin })
  const code = await cli(io, 'detect', '--json', ...line, '-')
  const rows = io.written.out.split('\n').filter(Boolean)
  return { rows: rows.map((row): Detected & { line: number } => JSON.parse(row)), code }
}

function isUsage(pattern: RegExp): (error: unknown) => boolean {
  return (error) =>
    error instanceof WhosecallError && error.exitCode === 2 && pattern.test(error.message)
}

function factsIn(out: string): readonly SourceFacts[] {
  return out
    .trimEnd()
    .split('\n')
    .map((line): SourceFacts => JSON.parse(line))
}

test('the list has a line for every source, in the order of the table, and talk on stderr', async () => {
  const io = createFakeIo()
  assert.equal(await cli(io), 0)
  const [head, ...lines] = io.written.out.trimEnd().split('\n')
  assert.match(head ?? '', /^source +messages +verified +claimed +at best/)
  assert.deepEqual(
    lines.map((line) => line.split(' ')[0]),
    SOURCES.map(({ name }) => name),
  )
  assert.match(io.written.err, /trusted_resource_attributes/)
})

test('what a source can tell and what it cannot are all there is, and nothing is both', async () => {
  const facts = factsIn(await printed('--json'))
  assert.deepEqual(
    facts.map(({ name }) => name),
    SOURCES.map(({ name }) => name),
  )
  const sizes = facts.map((one) => {
    const { verified, stamped, claimed, tokens, correlation, policy, cannot_tell } = one
    const told = new Set<string>([
      ...[...verified, ...stamped, ...claimed, ...correlation, ...policy],
      ...tokens.map((name) => `${name} tokens`),
      ...(one.cost === null ? [] : ['cost']),
      ...(one.address ? ['address'] : []),
    ])
    assert.deepEqual(
      cannot_tell.filter((name) => told.has(name)),
      [],
      one.name,
    )
    return told.size + cannot_tell.length
  })
  assert.equal(new Set(sizes).size, 1, String(sizes))
})

test('facts come from the data file: who writes a slot, how sure, tokens, cost', async () => {
  const facts = new Map(factsIn(await printed('--json')).map((one) => [one.name, one]))
  const litellm = facts.get('litellm')
  assert.deepEqual(litellm?.verified, ['credential', 'scope', 'claim'])
  assert.deepEqual(litellm.claimed, ['consumer', 'agent', 'claim'])
  assert.equal(litellm.at_best, 'high')
  assert.deepEqual(litellm.cost, { currency: 'USD', basis: 'list' })
  assert.ok(litellm.address && litellm.account)

  const vllm = facts.get('vllm')
  assert.equal(vllm?.at_best, 'none')
  assert.deepEqual([vllm.verified, vllm.claimed, vllm.tokens], [[], [], []])

  const spans = facts.get('otel-genai-spans')
  assert.equal(spans?.messages, 'OTLP spans')
  assert.deepEqual([spans.at_best, spans.at_best_stamped], ['low', 'exact'])
  assert.ok(spans.stamped.includes('workload') && !spans.verified.includes('workload'))
})

/** Every path and pattern in a part of a data file. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, member]) => [
    ...(name.startsWith('/') ? [name] : []),
    ...textsIn(member),
  ])
}

for (const source of SOURCES)
  test(`${source.name} is shown with every field and word of its evidence`, async () => {
    const out = await printed(source.name)
    const fields = source.identities.flatMap(({ aliases }) =>
      aliases.flatMap(({ first }) => first.map(({ field }) => field)),
    )
    const maps = source.tag_maps.map(({ field }) => field || 'other members of the event')
    const { detect, needs, nobody, shared, account, net, time, wrappers, texts } = source
    const { cost, tokens, call } = source
    const parts = { detect, needs, nobody, shared, net, time, wrappers, texts, cost: cost?.first }
    const counts = { input: tokens?.map(({ input, output }) => [input, output]), call }
    const classes = source.classes.map((rule) => rule.class)
    const expected = [
      ...[...fields, ...maps, ...classes],
      ...textsIn(account === 'always' ? [] : account),
      ...textsIn(counts).filter((one) => one.startsWith('/')),
      ...textsIn(parts).filter((one) => one.startsWith('/')),
      ...textsIn([nobody, shared]),
    ]
    assert.ok(expected.length > 0)
    for (const one of expected) assert.ok(out.includes(one), one)
  })

test('--json of one source is its facts and the data file itself', async () => {
  const { source, name }: { source: unknown; name: string } = JSON.parse(
    await printed('litellm', '--json'),
  )
  const file = SOURCES.find((one) => one.name === 'litellm')
  assert.deepEqual([name, source], ['litellm', JSON.parse(JSON.stringify(file))])
})

test('a name that is none is a usage error with the nearest one', async () => {
  const none = createFakeIo()
  await assert.rejects(cli(none, 'litelm'), isUsage(/no source litelm; did you mean litellm\?/))
  await assert.rejects(cli(none, 'zzz'), isUsage(/no source zzz; there are litellm, /))
  await assert.rejects(cli(none, 'litellm', 'vllm'), isUsage(/one source at a time/))
  await assert.rejects(cli(none, '--encoding', 'json'), isUsage(/--encoding is an option of/))
  await assert.rejects(cli(none, 'detect'), isUsage(/which file/))
  await assert.rejects(cli(none, 'detect', 'nowhere.ndjson'), isUsage(/no file nowhere\.ndjson/))
})

for (const { name, detect } of SOURCES)
  test(`each line of the samples of ${name} is recognised, with its class and a reason`, async () => {
    const io = createFakeIo({ cwd: SAMPLES })
    const code = await cli(io, 'detect', '--json', `${name}.ndjson`)
    const rows = io.written.out
      .trimEnd()
      .split('\n')
      .map((row): Detected & { line: number } => JSON.parse(row))
    const entries = index.entries.filter(({ file }) => file === `${name}.ndjson`)
    assert.equal(code, entries.every(({ parses }) => parses) ? 0 : 1)
    const lines = Map.groupBy(rows, ({ line }) => line)
    for (const { line, parses } of entries) {
      const found = lines.get(line) ?? []
      const own = entries.filter((entry) => entry.line === line)
      if (!parses) assert.equal(found[0]?.failure, 'malformed')
      else {
        for (const row of found) {
          assert.equal(row.failure, undefined)
          if (row.class === 'empty') continue
          assert.equal(row.source, name)
          assert.equal(row.has.length > 0, detect.length > 0)
        }
        const classes = new Set(found.map((row) => row.class))
        assert.deepEqual(classes, new Set(own.map(({ expect }) => expect.class ?? 'call')))
        const events = found.reduce((sum, row) => sum + Math.max(row.events, 1), 0)
        assert.equal(events, own.length)
      }
    }
  })

test('what no source is recognised in has a nearest one, with the fields that it lacks', async () => {
  const line = { consumer: { id: 'c' }, authenticated_entity: { id: 'e' }, service: { id: 's' } }
  const { rows, code } = await detected(`${JSON.stringify(line)}\n`)
  assert.equal(code, 1)
  assert.equal(rows[0]?.failure, 'unknown_source')
  assert.equal(rows[0].source, undefined)
  assert.equal(rows[0].next?.source, 'kong-ai-proxy')
  assert.equal(rows[0].next.fits, false)
  assert.ok(rows[0].next.lacks.includes('/started_at'))
})

test('what nothing speaks for has no nearest source', async () => {
  const { rows } = await detected('{"message":"hello"}\n')
  assert.deepEqual(rows[0]?.next, undefined)
  assert.equal(rows[0]?.failure, 'unknown_source')
})

test('a line of two sources is of the one that is tried first, and the other is said', async () => {
  const line = { call_type: 'acompletion', kind: 'call', virtual_key_id: 'v' }
  const { rows, code } = await detected(JSON.stringify(line))
  assert.deepEqual([code, rows[0]?.source], [0, 'litellm'])
  assert.deepEqual([rows[0]?.next?.source, rows[0]?.next?.fits], ['bifrost', true])
})

test('a recognised event without what it needs says what that is', async () => {
  const { rows, code } = await detected('{"litellm_call_id":"x"}')
  assert.equal(code, 1)
  assert.deepEqual(
    [rows[0]?.source, rows[0]?.failure, rows[0]?.has, rows[0]?.lacks],
    ['litellm', 'wrong_shape', ['/litellm_call_id'], ['/call_type']],
  )
})

test('events of one message that come to the same are told once', async () => {
  const litellm = '{"call_type":"acompletion"}'
  const bifrost = '{"kind":"call","virtual_key_id":"v"}'
  const { rows } = await detected(`[${litellm},${bifrost},${litellm}]\n\n[]\n`)
  assert.deepEqual(
    rows.map(({ line, index: first, events, source }) => [line, first, events, source]),
    [
      [1, 0, 2, 'litellm'],
      [1, 1, 1, 'bifrost'],
      [3, 0, 0, undefined],
    ],
  )
})

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'whosecall-sources-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

test('with --encoding otlp_proto the whole file is one message', async (t) => {
  const cwd = folder(t)
  const record = { attributes: [text('event.name', 'api_request')] }
  const logs = encodeLogs(oneRecord(record, [text('service.name', 'claude-code')]))
  writeFileSync(join(cwd, 'logs.bin'), logs)
  const io = createFakeIo({ cwd })
  assert.equal(await cli(io, 'detect', '--encoding', 'otlp_proto', 'logs.bin'), 0)
  assert.match(io.written.out, /^logs\.bin:1: claude-code-otel \(call\): has \/resource\/service/)
  assert.equal(io.written.err, '1 claude-code-otel\n')
})

test('no value of a line is ever printed', async () => {
  const secret = 'sk-very-secret-value'
  const lines = [
    { call_type: secret, litellm_call_id: secret, metadata: { user_api_key_hash: secret } },
    { [secret.slice(3)]: secret, consumer: { id: secret } },
    { started_at: 1, latencies: secret, ai: secret },
  ]
  for (const format of ['--json', undefined]) {
    const io = createFakeIo({ stdin: lines.map((line) => JSON.stringify(line)).join('\n') })
    await cli(io, 'detect', ...(format === undefined ? [] : [format]), '-')
    assert.equal(io.written.out.split('\n').length, 4)
    assert.doesNotMatch(io.written.out + io.written.err, /very-secret/)
  }
})
