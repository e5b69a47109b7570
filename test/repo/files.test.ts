import assert from 'node:assert/strict'
import { posix } from 'node:path'
import { test } from 'node:test'
import { filesOf, textOf } from './tree.ts'

const LINES_MAX = 400
const code = filesOf('services/**/*.ts', 'test/**/*.ts', 'bin/*.mjs')
const prose = filesOf('*.md', 'services/**/*.md', 'test/**/*.md', 'deploy/**/*.md', 'docs/**/*.md')

/** Lines of the files that match, as `path:line`. */
function matches(paths: readonly string[], pattern: RegExp): readonly string[] {
  return paths.flatMap((path) =>
    textOf(path)
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}`] : [])),
  )
}

test('There is something to look at.', () => {
  assert.ok(code.length > 50)
})

test(`No source file has more than ${LINES_MAX} lines.`, () => {
  const long = code
    .map((path) => ({ path, lines: textOf(path).trimEnd().split('\n').length }))
    .filter(({ lines }) => lines > LINES_MAX)
    .map(({ path, lines }) => `${path}: ${lines}`)
  assert.deepEqual(long, [])
})

test('Nothing is put off in a comment.', () => {
  const words = /(?:^|\s)(?:\/\/|\*|<!--|#).*\b(?:T[O]DO|F[I]XME|X[X]X|H[A]CK)\b/
  assert.deepEqual(matches([...code, ...prose], words), [])
})

test('No test is skipped, put off or run alone.', () => {
  const calls = /\b(?:test|it|describe|suite)\.(?:only|skip|todo)\b/
  const options = /\{\s*(?:only|skip|todo)\s*:/
  const context = /\bt\.(?:skip|todo)\(/
  const tests = filesOf('test/**/*.test.ts')
  for (const pattern of [calls, options, context]) assert.deepEqual(matches(tests, pattern), [])
})

test('There is no enum, no default export, no any and no folder of leftovers.', () => {
  const services = code.filter((path) => path.startsWith('services/'))
  assert.deepEqual(matches(services, /^\s*(?:export\s+)?(?:const\s+)?enum\s/), [])
  assert.deepEqual(matches(services, /^\s*export\s+default\b/), [])
  assert.deepEqual(matches(services, /:\s*any\b|\bas\s+any\b|<any>/), [])
  assert.deepEqual(
    code.filter((path) => /\/(?:utils?|helpers?|misc|common)(?:\/|\.ts$)/.test(path)),
    [],
  )
})

test('Files speak of no place on somebody’s machine.', () => {
  const places = /(?<![\w.])\/(?:r[o]ot|h[o]me|w[o]rk|Users)\//
  const paths = [...code, ...prose, ...filesOf('deploy/**/*.{yaml,yml}', '*.{yaml,yml,json}')]
  assert.deepEqual(
    matches(
      paths.filter((path) => path !== 'package-lock.json'),
      places,
    ),
    [],
  )
})

test('Every component has its files: index.ts, config.ts, README.md and its logic.', () => {
  const entries = filesOf('services/worker/{receivers,processors,exporters}/*/*')
  const folders = [...new Set(entries.map((path) => posix.dirname(path)))]
  const lacking = folders.flatMap((folder) => {
    const names = entries
      .filter((path) => posix.dirname(path) === folder)
      .map((path) => posix.basename(path))
    const missing = ['index.ts', 'config.ts', 'README.md'].filter((name) => !names.includes(name))
    const logic = names.filter((name) => name.endsWith('.ts') && !/^(?:index|config)\./.test(name))
    if (logic.length === 0) missing.push('a file with its logic')
    return missing.map((name) => `${folder}: ${name}`)
  })
  assert.deepEqual(lacking, [])
})

test('The tests of a room mirror it: no folder of unit tests without a room.', () => {
  const rooms = new Set(filesOf('services/*/**/*.ts').map((path) => path.split('/')[1]))
  const folders = new Set(filesOf('test/unit/*/**/*.ts').map((path) => path.split('/')[2]))
  assert.deepEqual(
    [...folders].filter((folder) => !rooms.has(folder)),
    [],
  )
})
