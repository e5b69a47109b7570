/** The behaviour cases of this repository, and the tests of its example config, through `whosecall test` itself. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { COMMANDS } from '#/cli/commands.ts'
import { dispatch } from '#/cli/dispatch.ts'
import { CLASSES, DEAD_LETTER_REASONS, OUTCOMES, REASONS } from '#/core/words.ts'
import { ROOT, filesOf, textOf } from '../repo/tree.ts'
import { createFakeIo } from '../unit/cli/fake-io.ts'

async function run(...given: readonly string[]) {
  const io = createFakeIo({ cwd: ROOT })
  const code = await dispatch(['test', '--json', ...given], COMMANDS, io)
  const reports = io.written.out
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { readonly name: string; readonly ok: boolean })
  return { code, reports, err: io.written.err }
}

test('every behaviour case holds', async () => {
  const { code, reports, err } = await run('test/cases')
  assert.equal(code, 0, err)
  assert.ok(reports.length >= 60, String(reports.length))
  assert.ok(reports.every(({ ok }) => ok))
  const names = reports.map(({ name }) => name)
  assert.equal(new Set(names).size, names.length)
})

test('the cases expect every outcome, reason, class and dead letter that a message can come to', () => {
  const text = filesOf('test/cases/**/*.yaml').map(textOf).join('\n')
  const from_broker = ['too_large', 'rejected']
  const words = [...OUTCOMES, ...REASONS, ...CLASSES, ...DEAD_LETTER_REASONS]
  for (const word of words.filter((one) => !from_broker.includes(one)))
    assert.match(text, new RegExp(`(?:outcome|reason|class|code): ${word}\\b`), word)
})

test('the example config passes the tests beside it', async () => {
  const { code, reports, err } = await run('deploy/examples')
  assert.equal(code, 0, err)
  assert.ok(reports.length >= 4)
})
