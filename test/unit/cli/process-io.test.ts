import assert from 'node:assert/strict'
import { test } from 'node:test'
import { signalExitCode, wantsColor } from '#/cli/process-io.ts'

test('colour is for terminals, NO_COLOR forbids it and FORCE_COLOR wins', () => {
  assert.equal(wantsColor({}, true), true)
  assert.equal(wantsColor({}, false), false)
  assert.equal(wantsColor({ NO_COLOR: '1' }, true), false)
  assert.equal(wantsColor({ NO_COLOR: '' }, true), true)
  assert.equal(wantsColor({ NO_COLOR: '1', FORCE_COLOR: '1' }, false), true)
  assert.equal(wantsColor({ FORCE_COLOR: '' }, false), true)
  assert.equal(wantsColor({ FORCE_COLOR: '0' }, true), false)
  assert.equal(wantsColor({ TERM: 'dumb' }, true), false)
})

test('a signal has the exit code of the shell convention', () => {
  const codes = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map(signalExitCode)
  assert.deepEqual(codes, [130, 143, 129])
})
