import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { formatDiagnostics } from '#/config/index.ts'
import { read } from './sample.ts'

/** Whatever stands in the file: an answer, never an exception, and every place lies in the file. */

const SOUND = `receivers:
  kafka/raw: &k
    brokers: [a, "b"]
    auth: {type: plain, username: u, password: "hunter2"}
    logs:
      topics:
        - one
        - \${env:TOPIC:-two}
  kafka/b: *k
  memory:
service:
  url: |
    several
    lines
  ratio: 0.25 # a share
`

const PIECES = [
  '\t',
  ' ',
  '\n',
  ':',
  '- ',
  '{',
  '}',
  '[',
  ']',
  '"',
  "'",
  '&a',
  '*a',
  '!x',
  '${',
  '}',
  '$$',
  '|',
  '>',
  '#',
  '%',
  '@',
  '? ',
  '<<: ',
  '---\n',
  '\u0000',
  '\uFEFF',
  '😀',
  '\r',
  'service:\n',
  'x:y\n',
  '~',
]

const edit = fc.record({
  at: fc.nat(SOUND.length),
  cut: fc.nat(8),
  put: fc.array(fc.constantFrom(...PIECES), { maxLength: 4 }).map((parts) => parts.join('')),
})

function checkAnswer(text: string): void {
  const result = read(text)
  if (result.ok) return
  const lines = text.split(/\r?\n/)
  assert.ok(result.diagnostics.length > 0)
  for (const { line, column, length, code, message } of result.diagnostics) {
    const width = (lines[line - 1] ?? '').length
    const place = `${code} ${line}:${column}+${length} ${message} in ${JSON.stringify(text)}`
    assert.ok(line >= 1 && line <= lines.length, place)
    assert.ok(column >= 1 && column <= width + 1, place)
  }
  const printed = formatDiagnostics(result.diagnostics, { color: false })
  assert.match(printed, /\d+ errors?(?:, \d+ warnings?)?\n$/)
}

test('The text that is mutated is sound.', () => {
  assert.ok(read(SOUND).ok)
})

test('A config with a few slips gets an answer, and places in the file.', () => {
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
      let text = SOUND
      for (const { at, cut, put } of edits) text = text.slice(0, at) + put + text.slice(at + cut)
      checkAnswer(text)
    }),
    { numRuns: 400 },
  )
})

test('Any text gets an answer.', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => checkAnswer(text)),
    { numRuns: 300 },
  )
})
