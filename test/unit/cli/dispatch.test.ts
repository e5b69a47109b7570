import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseArguments } from '#/cli/arguments.ts'
import type { Arguments, Command, OptionSpec } from '#/cli/command.ts'
import { COMMANDS, type CommandRow } from '#/cli/commands.ts'
import { dispatch } from '#/cli/dispatch.ts'
import { WhosecallError } from '#/core/errors.ts'
import { createFakeIo } from './fake-io.ts'

const OPTIONS: Readonly<Record<string, OptionSpec>> = {
  config: { type: 'text', short: 'c', value: 'FILE', description: 'config file' },
  events: { type: 'integer', min: 1, max: 10, description: 'how many' },
  format: { type: 'text', choices: ['json', 'text'], description: 'how' },
  tag: { type: 'text', multiple: true, description: 'tags' },
  json: { type: 'flag', description: 'as JSON' },
}

function rowsWith(run: (args: Arguments) => number): {
  readonly rows: readonly CommandRow[]
  readonly loads: string[]
} {
  const loads: string[] = []
  const command: Command = {
    help: { examples: [['whosecall run -c x.yaml', 'runs it']], usage: '-c FILE' },
    options: OPTIONS,
    run: (args) => Promise.resolve(run(args)),
  }
  const row = (name: string): CommandRow => ({
    name,
    summary: `does ${name}`,
    operands: 'any',
    load: () => {
      loads.push(name)
      return Promise.resolve(command)
    },
  })
  return { rows: [row('run'), row('validate'), row('print-config')], loads }
}

const neverRun = (): number => assert.fail('a command ran that should not')

async function usageError(line: readonly string[]): Promise<string> {
  const { rows } = rowsWith(neverRun)
  const error: unknown = await dispatch(line, rows, createFakeIo()).catch(
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof WhosecallError)
  assert.equal(error.exitCode, 2)
  return error.message
}

test('a command gets its options and its exit code is the answer', async () => {
  const seen: unknown[] = []
  const { rows } = rowsWith((args) => {
    seen.push(args.text('config'), args.integer('events'), args.texts('tag'), args.flag('json'))
    seen.push(args.positionals)
    return 1
  })
  const line = ['run', '-c', 'a.yaml', '--events=7', '--tag', 'x', '--tag', 'y', '--', '--b']
  assert.equal(await dispatch(line, rows, createFakeIo()), 1)
  assert.deepEqual(seen, ['a.yaml', 7, ['x', 'y'], false, ['--b']])
})

test('asking for an option that is not declared is a bug', async () => {
  const { rows } = rowsWith((args) => Number(args.flag('jsn')))
  await assert.rejects(dispatch(['run'], rows, createFakeIo()), /--jsn is not declared/)
})

test('the front help begins with examples, names every command and loads none', async () => {
  for (const line of [['--help'], ['-h'], ['help']]) {
    const { rows, loads } = rowsWith(neverRun)
    const io = createFakeIo()
    assert.equal(await dispatch(line, rows, io), 0)
    assert.match(io.written.out, /^Examples\n {2}whosecall demo/)
    for (const row of rows) assert.ok(io.written.out.includes(`${row.name} `))
    assert.match(io.written.out, /Exit codes +0 ok · 1 findings · 2 usage · 69/)
    assert.deepEqual([loads, io.written.err], [[], ''])
  }
})

test('no command at all prints the help as talk and is a usage error', async () => {
  const io = createFakeIo()
  assert.equal(await dispatch([], rowsWith(neverRun).rows, io), 2)
  assert.equal(io.written.out, '')
  assert.match(io.written.err, /^Examples/)
})

test('the help of a command begins with its examples and lists its options in order', async () => {
  for (const line of [
    ['run', '--help'],
    ['run', '-c', 'x', '-h'],
    ['help', 'run'],
  ]) {
    const io = createFakeIo()
    assert.equal(await dispatch(line, rowsWith(neverRun).rows, io), 0)
    assert.match(io.written.out, /^Examples\n {2}whosecall run -c x.yaml {2}runs it\n/)
    assert.match(io.written.out, /Usage {2}whosecall run -c FILE/)
    assert.match(io.written.out, /-c, --config FILE .*\n.*--events N .*\n.*--format /)
  }
})

test('help after -- is not an option', async () => {
  const { rows } = rowsWith((args) => args.positionals.length)
  assert.equal(await dispatch(['run', '--', '--help'], rows, createFakeIo()), 1)
})

test('an unknown command suggests the nearest and runs nothing', async () => {
  assert.match(await usageError(['rnu']), /unknown command "rnu"; did you mean "run"\?/)
  assert.match(await usageError(['print']), /did you mean "print-config"\?/)
  assert.match(await usageError(['printconfig']), /did you mean "print-config"\?/)
  assert.match(await usageError(['valdate', '-c', 'x']), /did you mean "validate"\?/)
  assert.doesNotMatch(await usageError(['frobnicate']), /did you mean/)
  assert.match(await usageError(['--run']), /unknown option --run; did you mean "run"\?/)
})

test('an unknown option suggests the nearest and runs nothing', async () => {
  assert.equal(
    await usageError(['run', '--confg', 'x']),
    'unknown option --confg; did you mean --config?',
  )
  assert.equal(await usageError(['run', '--zzz']), 'unknown option --zzz')
  assert.equal(await usageError(['run', '-x']), 'unknown option -x')
})

test('values that do not fit are usage errors that say what would', async () => {
  assert.match(await usageError(['run', '--events', '0']), /a whole number from 1 to 10, not "0"/)
  assert.match(await usageError(['run', '--events', '1e1']), /whole number/)
  assert.match(
    await usageError(['run', '--format', 'jsn']),
    /one of json, text, not "jsn"; did you mean json/,
  )
  assert.match(await usageError(['run', '--events', '-1']), /from 1 to 10, not "-1"/)
  assert.match(await usageError(['run', '--events', '-1', '--', '--events', '-1']), /not "-1"/)
  assert.match(await usageError(['run', '--config']), /--config/)
  assert.match(await usageError(['run', '--json=yes']), /--json/)
})

test('--version prints the version of the package', async () => {
  const io = createFakeIo()
  assert.equal(await dispatch(['--version'], rowsWith(neverRun).rows, io), 0)
  assert.match(io.written.out, /^whosecall \d+\.\d+\.\d+\n$/)
})

test('every command of the table loads, has examples that parse, and describes its options', async () => {
  for (const row of COMMANDS) {
    const command = await row.load()
    const [first] = command.help.examples
    assert.ok(first?.[0].includes(`whosecall ${row.name}`), row.name)
    for (const [example] of command.help.examples) {
      const [, name, line = ''] = /\bwhosecall ([a-z-]+)([^|>]*)/.exec(example) ?? []
      const called = await COMMANDS.find((one) => one.name === name)?.load()
      assert.ok(called !== undefined, `${row.name}: ${example}`)
      parseArguments(line.split(' ').filter(Boolean), called.options)
    }
    for (const [name, option] of Object.entries(command.options)) {
      assert.match(name, /^[a-z][a-z-]*$/)
      assert.notEqual(option.description, '')
      assert.notEqual(option.short, 'h', `${row.name} --${name}`)
    }
  }
})

test('an argument that a command would not look at is a usage error', async () => {
  for (const [line, what] of [
    ['demo extra', /^unexpected argument extra\nUsage: whosecall demo \[options\]$/],
    ['schema config x', /^unexpected argument x\nUsage: whosecall schema \[NAME\]$/],
    ['validate -c a.yaml b.yaml', /^one config file at a time, not also b\.yaml$/],
    ['validate a.yaml b.yaml', /^one config file at a time, not also b\.yaml$/],
    ['print-config -c a.yaml x', /not also x$/],
    ['run -c a.yaml b.yaml', /not also b\.yaml$/],
    ['redrive -c a.yaml malformed', /not also malformed$/],
    ['registry a.yaml b.yaml', /not also b\.yaml$/],
  ] as const) {
    const error: unknown = await dispatch(line.split(' '), COMMANDS, createFakeIo()).catch(
      (thrown: unknown) => thrown,
    )
    assert.ok(error instanceof WhosecallError, line)
    assert.equal(error.exitCode, 2, line)
    assert.match(error.message, what, line)
  }
})
