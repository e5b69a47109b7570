import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createScreen } from '#/cli/demo/screen.ts'
import { createFakeIo } from '../fake-io.ts'

test('without a terminal the live line is a plain line every five seconds', async () => {
  const io = createFakeIo()
  const screen = createScreen(io.out)
  for (let now = 0; now <= 10_000; now += 500) await screen.live(() => `at ${now}`, now)
  await screen.print('done')
  await screen.close()
  assert.equal(io.written.out, 'at 5000\nat 10000\ndone\n')
})

test('on a terminal the live line is rewritten in place and other lines go above it', async () => {
  const io = createFakeIo({ is_terminal: true })
  const screen = createScreen(io.out)
  await screen.print('first')
  await screen.live(() => 'one', 1000)
  await screen.live(() => 'too soon', 1100)
  await screen.print('between')
  await screen.live(() => 'two', 1300)
  await screen.close()
  const clear = '\r\u001B[2K'
  assert.equal(io.written.out, `first\n${clear}one${clear}between\none${clear}two\n`)
})
