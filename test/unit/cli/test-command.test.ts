import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { COMMANDS } from '#/cli/commands.ts'
import { dispatch } from '#/cli/dispatch.ts'
import { temporaryFolder } from '../../support/worker.ts'
import { createFakeIo } from './fake-io.ts'

const CALL = '{ call_type: acompletion, metadata: { user_api_key_hash: k1 } }'
const HEAD = `defaults:
  source: litellm
  directory: [{ kind: api_key, key: litellm/k1, owner: { id: team:one } }]
cases:
`
const GOOD = `  - name: a good one
    message: { json: ${CALL} }
    expect: { owner: team:one, reason: none, counters: { whosecall_events_total: 1 } }
`
const WRONG = `  - name: a wrong one
    message: { json: ${CALL} }
    expect:
      outcome: attributed
      owner: team:two
      counters: { 'whosecall_events_total{outcome="attributed"}': 2 }
`

async function run(
  t: TestContext,
  files: Readonly<Record<string, string>>,
  line: readonly string[],
) {
  const cwd = temporaryFolder(t)
  mkdirSync(join(cwd, 'deep'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text)
  const io = createFakeIo({ cwd })
  const code = await dispatch(['test', ...line], COMMANDS, io).catch((error: unknown) =>
    String(error),
  )
  return { code, ...io.written }
}

test('each expectation that is not met is told with its place, what was expected and what came', async (t) => {
  const { code, out, err } = await run(t, { 'a.yaml': HEAD + GOOD + WRONG }, ['a.yaml'])
  assert.equal(code, 1)
  assert.equal(out, 'ok   a.yaml:5 a good one\nFAIL a.yaml:8 a wrong one\n')
  assert.match(err, /^a\.yaml:12:14: error\[WC-T001\]: a wrong one/)
  assert.match(err, /expected team:two, found team:one/)
  assert.match(err, /\na\.yaml:13:\d+: error\[WC-T001\][^]*expected 2, found 1/)
  assert.match(err, /1 passed, 1 failed\n$/)
})

test('a filter chooses cases by name, and one that chooses none is an error', async (t) => {
  const files = { 'a.yaml': HEAD + GOOD + WRONG }
  const good = await run(t, files, ['a.yaml', '--filter', 'good'])
  assert.deepEqual([good.code, good.out], [0, 'ok   a.yaml:5 a good one\n'])
  const none = await run(t, files, ['a.yaml', '--filter', 'bad'])
  assert.match(String(none.code), /no case has a name that holds "bad"/)
})

test('a folder is searched for files with cases, and other files are left alone', async (t) => {
  const files = { 'deep/a.test.yaml': HEAD + GOOD, 'deep/worker.yaml': 'receivers: {}\n' }
  const { code, out } = await run(t, files, ['.', '--json'])
  assert.equal(code, 0)
  assert.deepEqual(JSON.parse(out), {
    file: 'deep/a.test.yaml',
    line: 5,
    name: 'a good one',
    ok: true,
    failures: [],
  })
  assert.match(String((await run(t, {}, ['deep'])).code), /no file of tests in deep/)
})

const BROKEN: readonly (readonly [string, string, RegExp])[] = [
  ['a misspelt key', GOOD.replace('owner:', 'ownr:'), /unknown key "ownr"[^]*did you mean owner\?/],
  ['a misspelt word', GOOD.replace('reason: none', 'reason: ip_onyl'), /did you mean ip_only\?/],
  [
    'a metric that does not exist',
    GOOD.replace('whosecall_events_total', 'whosecall_event_total'),
    /there is no metric whosecall_event_total[^]*did you mean whosecall_events_total\?/,
  ],
  [
    'a label that does not exist',
    WRONG.replace('{outcome=', '{outcom='),
    /whosecall_events_total has no label outcom[^]*did you mean outcome\?/,
  ],
  [
    'a message in two forms',
    GOOD.replace('message: {', 'message: { text: a,'),
    /stands there twice/,
  ],
  ['no message', GOOD.replace(`json: ${CALL}`, ''), /the message is missing/],
  ['a time that is none', `${GOOD}    now: tomorrow\n`, /this is no instant[^]*tomorrow/],
  [
    'a row that is none',
    `${GOOD}    directory: [{ kind: api_kei, key: a/b, owner: { id: x } }]\n`,
    /did you mean api_key\?/,
  ],
  ['a receiver without a config', `${GOOD}    receiver: kafka\n`, /a receiver is one of a config/],
]
for (const [what, text, expected] of BROKEN)
  test(`a file of tests with ${what} is broken and says where`, async (t) => {
    const { code, err } = await run(t, { 'a.yaml': HEAD + text }, ['a.yaml'])
    assert.equal(code, 78)
    assert.match(err, /^a\.yaml:\d+:\d+: error\[WC-/)
    assert.match(err, expected)
    assert.match(err, /1 broken file\n$/)
  })

test('a case that cannot be run fails alone', async (t) => {
  const missing = GOOD.replace(`json: ${CALL}`, 'file: gone.ndjson, line: 3').replace(
    'good',
    'lost',
  )
  const { code, err } = await run(t, { 'a.yaml': HEAD + GOOD + missing }, ['a.yaml'])
  assert.equal(code, 1)
  assert.match(err, /WC-T002[^]*cannot read gone\.ndjson/)
  assert.match(err, /1 passed, 1 failed/)
})

const RECORDS = [
  '{"call_type":"acompletion","prompt_tokens":90,"completion_tokens":0,"metadata":{"user_api_key_hash":"k1"}}',
  '{"call_type":"acompletion","prompt_tokens":10,"completion_tokens":0,"metadata":{}}',
]
const ARCHIVE = {
  'owners.yaml': 'bindings: [{ kind: api_key, key: litellm/k1, owner: { id: team:one } }]\n',
  'calls.ndjson': `${RECORDS.join('\n')}\n`,
}
const ASK = ['--source', 'litellm', '--owners', 'owners.yaml', 'calls.ndjson']

test('an archive is held against a coverage, by events and by tokens', async (t) => {
  const events = await run(t, ARCHIVE, ['--min-coverage', '0.9', ...ASK])
  assert.equal(events.code, 1)
  assert.equal(
    events.out,
    'coverage by events: 50.0 % (1 attributed, 1 unattributed), below 90.0 %\n',
  )
  const by_tokens = ['--min-coverage', '0.9', '--coverage-by', 'tokens', '--json']
  const tokens = await run(t, ARCHIVE, [...by_tokens, ...ASK])
  assert.equal(tokens.code, 0)
  assert.deepEqual(JSON.parse(tokens.out), {
    by: 'tokens',
    attributed: 90,
    unattributed: 10,
    coverage: 0.9,
    min_coverage: 0.9,
    ok: true,
  })
})

test('a coverage that is no share, and options that belong to it alone, are errors', async (t) => {
  const percent = await run(t, ARCHIVE, ['--min-coverage', '90', ...ASK])
  assert.match(String(percent.code), /must be a share from 0 to 1/)
  const alone = await run(t, ARCHIVE, ['calls.ndjson', '--owners', 'owners.yaml'])
  assert.match(String(alone.code), /--owners goes with --min-coverage/)
})
