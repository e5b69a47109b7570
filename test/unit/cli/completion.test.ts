import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { Command } from '#/cli/command.ts'
import { COMMANDS, type CommandRow } from '#/cli/commands.ts'
import { bashCompletion } from '#/cli/completion/bash.ts'
import { fishCompletion } from '#/cli/completion/fish.ts'
import { completedCommands } from '#/cli/completion/model.ts'
import { zshCompletion } from '#/cli/completion/zsh.ts'
import { dispatch } from '#/cli/dispatch.ts'
import { createFakeIo } from './fake-io.ts'

async function scriptOf(shell: string): Promise<string> {
  const io = createFakeIo()
  assert.equal(await dispatch(['completion', shell], COMMANDS, io), 0)
  return io.written.out
}

/** A folder with files to complete. */
function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'whosecall-completion-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  for (const name of ['worker.yaml', 'word list.txt']) writeFileSync(join(path, name), '')
  mkdirSync(join(path, 'wonders'))
  return path
}

/** Words as bash breaks them, the last being completed, and what it should offer. */
const BASH: readonly (readonly [words: readonly string[], offered: readonly string[]])[] = [
  [['whosecall', 'gr'], ['graph']],
  [['whosecall', 'print'], ['print-config']],
  [['whosecall', '--v'], ['--version']],
  [['whosecall', 'help', 'li'], ['lint']],
  [['whosecall', 'graph', '--for'], ['--format']],
  [
    ['whosecall', 'graph', '-'],
    ['--config', '-c', '--format', '--help', '-h'],
  ],
  [
    ['whosecall', 'graph', '--format', ''],
    ['mermaid', 'dot', 'json'],
  ],
  [
    ['whosecall', 'graph', '--format', '='],
    ['mermaid', 'dot', 'json'],
  ],
  [['whosecall', 'graph', '--format', '=', 'd'], ['dot']],
  [['whosecall', 'redrive', '--reason', 'too_large', '--reason', 'mal'], ['malformed']],
  [['whosecall', 'redrive', '--limit', ''], []],
  [
    ['whosecall', 'completion', ''],
    ['bash', 'zsh', 'fish'],
  ],
  [['whosecall', 'schema', 'attri'], ['attribution']],
  [['whosecall', 'sources', 'litel'], ['litellm']],
  [
    ['whosecall', 'run', '-c', 'wo'],
    ['wonders', 'word list.txt', 'worker.yaml'],
  ],
  [['whosecall', 'run', '--config', '=', 'work'], ['worker.yaml']],
  [['whosecall', 'run', 'work'], ['worker.yaml']],
  [['whosecall', 'run', 'nowhere/'], []],
  [['whosecall', 'demo', ''], []],
  [['whosecall', 'unknown', ''], []],
]

test('In bash, commands, options, choices, words and files are offered where they may stand.', async (t) => {
  const cases = BASH.map(
    ([words]) =>
      `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; ` +
      '_whosecall; for word in "${COMPREPLY[@]}"; do echo "$word"; done; echo --',
  )
  const script = [await scriptOf('bash'), 'complete -p whosecall', ...cases].join('\n')
  const out = execFileSync('bash', ['--noprofile', '--norc'], {
    cwd: folder(t),
    input: script,
    encoding: 'utf8',
  })
  const [registered = '', ...rest] = out.split('\n')
  assert.equal(registered, 'complete -F _whosecall whosecall')
  const offered = rest
    .join('\n')
    .split(/^--\n/m)
    .map((text) => text.split('\n').filter(Boolean))
  for (const [index, [words, expected]] of BASH.entries())
    assert.deepEqual(offered[index]?.toSorted(), expected.toSorted(), words.join(' '))
})

test('Every command and every option is in every script.', async () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const script = await scriptOf(shell)
    for (const { name, load } of COMMANDS) {
      assert.ok(script.includes(name), `${name} in ${shell}`)
      for (const option of Object.keys((await load()).options)) {
        const spelt = shell === 'fish' ? `-l ${option} ` : `--${option}`
        assert.ok(script.includes(spelt), `--${option} in ${shell}`)
      }
    }
  }
})

/** A table that stays as it is, so that scripts can be compared as texts. */
const COMMAND: Command = {
  help: { examples: [], usage: '' },
  options: {
    config: { type: 'text', short: 'c', value: 'FILE', description: "the file, or 'none': [x]" },
    format: { type: 'text', choices: ['a', 'b'], description: 'how', multiple: true },
    limit: { type: 'integer', value: 'N,…', description: 'how many' },
  },
  words: () => ['one', 'two'],
  run: () => Promise.resolve(0),
}
const ROWS: readonly CommandRow[] = [
  {
    name: 'make',
    summary: "make it: don't ask",
    operands: 'any',
    load: () => Promise.resolve(COMMAND),
  },
  {
    name: 'end',
    summary: 'end it',
    operands: 'none',
    load: () => Promise.resolve({ ...COMMAND, options: {}, words: () => [] }),
  },
]

test('The script of zsh is written as its _arguments reads it.', async () => {
  const script = zshCompletion(await completedCommands(ROWS))
  const at = script.indexOf('        make)\n')
  assert.ok(script.startsWith('#compdef whosecall\n'))
  assert.ok(script.includes("    'make:make it\\: don'\\''t ask'\n    'end:end it'\n"))
  assert.equal(
    script.slice(at, script.indexOf('      esac', at)),
    `        make)
          _arguments -s \\
            '(-c --config)-c[the file, or '\\''none'\\''\\: \\[x\\]]:FILE:_files' \\
            '(-c --config)--config=[the file, or '\\''none'\\''\\: \\[x\\]]:FILE:_files' \\
            '*--format=[how]:N:(a b)' \\
            '(--limit)--limit=[how many]:N:' \\
            '(-h --help)-h[print this help]' \\
            '(-h --help)--help[print this help]' \\
            '*:argument:{_alternative "words:word:(one two)" "files:file:_files"}'
          ;;
        end)
          _arguments -s \\
            '(-h --help)-h[print this help]' \\
            '(-h --help)--help[print this help]'
          ;;
`,
  )
})

test('The script of fish is one line for each thing.', async () => {
  const script = fishCompletion(await completedCommands(ROWS))
  const lines = script.split('\n').filter((line) => line.includes('__whosecall_command '))
  assert.deepEqual(lines.slice(2), [
    `complete -c whosecall -n "__whosecall_command ''" -f -a make -d 'make it: don\\'t ask'`,
    `complete -c whosecall -n "__whosecall_command ''" -f -a end -d 'end it'`,
    `complete -c whosecall -n "__whosecall_command ''" -f -a help -d 'examples and options of a command'`,
    `complete -c whosecall -n '__whosecall_command help' -f -a 'make end'`,
    `complete -c whosecall -n '__whosecall_command make' -F -a 'one two'`,
    `complete -c whosecall -n '__whosecall_command make' -l config -s c -r -F -d 'the file, or \\'none\\': [x]'`,
    `complete -c whosecall -n '__whosecall_command make' -l format -x -a 'a b' -d 'how'`,
    `complete -c whosecall -n '__whosecall_command make' -l limit -x -d 'how many'`,
    `complete -c whosecall -n '__whosecall_command make' -l help -s h -d 'print this help'`,
    `complete -c whosecall -n '__whosecall_command end' -f`,
    `complete -c whosecall -n '__whosecall_command end' -l help -s h -d 'print this help'`,
  ])
})

test('Each shell that is here can read its script.', async () => {
  const checks = { bash: ['-n'], zsh: ['-n'], fish: ['--no-execute'] }
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const here = Object.entries(checks).filter(([shell]) =>
    folders.some((path) => existsSync(join(path, shell))),
  )
  assert.ok(here.length > 0)
  for (const [shell, options] of here)
    execFileSync(shell, options, {
      input: await scriptOf(shell),
      stdio: ['pipe', 'ignore', 'pipe'],
    })
})

test('A word that means something to a shell is a bug, not a part of a script.', async () => {
  for (const word of ['$(id)', 'a b', "it's", '`id`', '*', '']) {
    const load = () => Promise.resolve({ ...COMMAND, words: () => [word] })
    const rows = [{ ...ROWS[0]!, load }]
    await assert.rejects(completedCommands(rows), /cannot be completed/)
  }
  assert.ok(bashCompletion(await completedCommands(ROWS)).includes("'one two'"))
})

test('Which shell must be said, and an unknown one names the nearest.', async () => {
  const io = createFakeIo()
  await assert.rejects(dispatch(['completion'], COMMANDS, io), /for which shell\?/)
  await assert.rejects(dispatch(['completion', 'fihs'], COMMANDS, io), /did you mean fish\?/)
  await assert.rejects(dispatch(['completion', 'powershell'], COMMANDS, io), /there are bash, zsh/)
})
