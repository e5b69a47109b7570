import assert from 'node:assert/strict'
import { test } from 'node:test'
import { COMMANDS } from '#/cli/commands.ts'
import { dispatch } from '#/cli/dispatch.ts'
import { catchHangups } from '#/cli/run/hangup.ts'
import { createFakeIo } from './fake-io.ts'

test('a hangup before there is something to reload is made up for, once', () => {
  let hangUp = () => {}
  const onHangup = catchHangups({ onHangup: (listener) => void (hangUp = listener) })
  hangUp()
  hangUp()
  let reloads = 0
  onHangup(() => (reloads += 1))
  assert.equal(reloads, 1)
  hangUp()
  assert.equal(reloads, 2)
})

test('a worker that has not even read its config does not end at a hangup', async () => {
  let listening = false
  const io = { ...createFakeIo(), onHangup: () => void (listening = true) }
  await assert.rejects(dispatch(['run', '-c', '/no/such/file.yaml'], COMMANDS, io), /cannot read/)
  assert.ok(listening)
})
