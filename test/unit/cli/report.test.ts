import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reportError } from '#/cli/report.ts'
import { ERROR_CODES, WhosecallError, type ErrorCode } from '#/core/errors.ts'
import { createFakeIo } from './fake-io.ts'

test('an error that an operator can act on is its message and the exit code of its kind', async () => {
  const codes = Object.keys(ERROR_CODES).filter((code): code is ErrorCode => code in ERROR_CODES)
  assert.deepEqual(
    await Promise.all(
      codes.map((code) => reportError(new WhosecallError(code, 'x'), createFakeIo())),
    ),
    [2, 69, 70, 78],
  )
  const io = createFakeIo()
  await reportError(new WhosecallError('usage', 'which file?'), io)
  assert.deepEqual(io.written, { out: '', err: 'whosecall: error: which file?\n' })
})

test('anything else is a bug: a short message, the stack only when asked for', async () => {
  const io = createFakeIo()
  assert.equal(await reportError(new TypeError('x is not a function'), io), 70)
  assert.match(io.written.err, /^whosecall: internal error: x is not a function\nThis is a bug/)
  assert.doesNotMatch(io.written.err, /at .*report\.test/)
  const debug = createFakeIo({ env: { WHOSECALL_DEBUG: '1' } })
  assert.equal(await reportError(new TypeError('x'), debug), 70)
  assert.match(debug.written.err, /at .*report\.test/)
  assert.equal(await reportError('thrown text', createFakeIo()), 70)
})
