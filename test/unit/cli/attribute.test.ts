import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { COMMANDS } from '#/cli/commands.ts'
import { dispatch } from '#/cli/dispatch.ts'
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
