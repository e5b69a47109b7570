import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import { test, type TestContext } from 'node:test'
import { COMMANDS } from '#/cli/commands.ts'
import type { Io } from '#/cli/command.ts'
import { dispatch } from '#/cli/dispatch.ts'
import { durationMs } from '#/cli/durations.ts'
import { BUSY_STATUS } from '../../../support/status-fixture.ts'
import { createFakeIo, type FakeIo } from '../fake-io.ts'

async function serve(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  return `http://127.0.0.1:${address.port}`
}

/** Of a port that was free a moment ago. */
async function closedUrl(): Promise<string> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  assert.ok(typeof address === 'object' && address !== null)
  return `http://127.0.0.1:${address.port}`
}

const STATUS = JSON.stringify(BUSY_STATUS)

test('a pipe gets one plain snapshot with all of it', async (t) => {
  const url = await serve(t, (request, response) => {
    assert.equal(request.url, '/status.json')
    response.end(STATUS)
  })
  const io = createFakeIo()
  assert.equal(await dispatch(['top', '--url', url], COMMANDS, io), 0)
  assert.match(io.written.out, /^whosecall 1\.2\.3 {2}http:\/\/127/)
  assert.match(io.written.out, /llm-raw\/0\/9000\/3\n/)
  assert.ok(!io.written.out.includes('\u001B'))
})

test('--json is the status as one line', async (t) => {
  const url = await serve(t, (_request, response) => void response.end(STATUS))
  const io = createFakeIo({ is_terminal: true })
  assert.equal(await dispatch(['top', '--json', '--url', url], COMMANDS, io), 0)
  assert.deepEqual(JSON.parse(io.written.out), BUSY_STATUS)
})

test('a terminal is drawn over until the command is asked to end, and given back', async (t) => {
  const url = await serve(t, (_request, response) => void response.end(STATUS))
  const io = createFakeIo({ is_terminal: true })
  assert.equal(await dispatch(['top', '--url', url], COMMANDS, stoppedAfter(3, io)), 0)
  assert.ok(io.written.out.startsWith('\u001B[?1049h\u001B[?25l\u001B[Hwhosecall 1.2.3'))
  assert.ok(io.written.out.endsWith('\u001B[?25h\u001B[?1049l'))
  assert.equal(io.written.out.split('\u001B[H').length - 1, 3)
})

test('a worker that answered before is waited for', async (t) => {
  let asked = 0
  const url = await serve(t, (_request, response) => {
    asked += 1
    if (asked === 2) response.writeHead(503)
    response.end(asked === 2 ? '{}' : STATUS)
  })
  const io = createFakeIo({ is_terminal: true })
  assert.equal(await dispatch(['top', '--url', url], COMMANDS, stoppedAfter(3, io)), 0)
  const [, first, second, third] = io.written.out.split('\u001B[H')
  assert.doesNotMatch(first!, /RECONNECTING/)
  assert.match(second!, /RECONNECTING {2}no answer for 0 s; what stands below is of 2026/)
  assert.doesNotMatch(third!, /RECONNECTING/)
})

test('where nothing listens, the error says what to do', async (t) => {
  const url = await serve(t, (_request, response) => void response.writeHead(404).end())
  for (const [of, said] of [
    [await closedUrl(), /no worker at http:\/\/127\.0\.0\.1:\d+: nothing listens there\n.*--url/],
    [url, /it has no \/status\.json: is it the admin server of a worker\?/],
  ] as const)
    await assert.rejects(dispatch(['top', '--url', of], COMMANDS, createFakeIo()), {
      code: 'dependency_unreachable',
      message: said,
    })
})

test('what is no status is not shown', async (t) => {
  const url = await serve(t, (_request, response) => void response.end('{"version":"1"}'))
  await assert.rejects(dispatch(['top', '--url', url], COMMANDS, createFakeIo()), {
    message: /no status: at is missing/,
  })
})

test('an address or an interval that is none is a usage error', async () => {
  for (const line of [
    ['--url', 'localhost'],
    ['--interval', '2'],
    ['--interval', '1ms'],
  ])
    await assert.rejects(dispatch(['top', ...line], COMMANDS, createFakeIo()), { code: 'usage' })
})

test('a length of time has a unit, and may have a fraction', () => {
  assert.equal(durationMs('since', '1.5h'), 5_400_000)
  assert.equal(durationMs('since', '250ms'), 250)
  assert.throws(() => durationMs('since', '5d', { max_ms: 86_400_000 }), /from 0ms to 1d/)
  for (const text of ['', '5', '5 m', '-5m', 'm', '5w'])
    assert.throws(() => durationMs('since', text), { code: 'usage' })
})

/** Time passes only by sleeping; the command is asked to end when it was drawn that often. */
function stoppedAfter(draws: number, io: FakeIo): Io {
  let now = 0
  return {
    ...io,
    clock: {
      now: () => now,
      async sleep(ms) {
        now += ms
        if (io.written.out.split('\u001B[H').length - 1 >= draws) io.stopNow()
      },
    },
  }
}
