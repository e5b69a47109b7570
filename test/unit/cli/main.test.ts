import assert from 'node:assert/strict'
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { test, type TestContext } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** The process itself: exit codes, streams, signals. */
const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const MAIN = `${ROOT}services/cli/main.ts`

type Child = ChildProcessByStdio<null, Readable, Readable>

function start(t: TestContext, args: readonly string[]): Child {
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
  t.after(() => child.kill('SIGKILL'))
  return child
}

async function finish(child: Child): Promise<{ code: number | null; out: string; err: string }> {
  const exit = once(child, 'exit')
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)])
  const [code] = await exit
  return { code, out, err }
}

test('help is data, and exits 0', async (t) => {
  const { code, out, err } = await finish(start(t, [MAIN, '--help']))
  assert.deepEqual([code, err], [0, ''])
  assert.match(out, /^Examples\n/)
})

test('a usage error exits 2 with one line on stderr', async (t) => {
  const { code, out, err } = await finish(start(t, [MAIN, 'demo', '--evnets', '5']))
  assert.deepEqual([code, out], [2, ''])
  assert.equal(err, 'whosecall: error: unknown option --evnets; did you mean --events?\n')
})

test('the demo with --json prints one event a line, the same each time, and ends by itself', async (t) => {
  const line = [MAIN, 'demo', '--events', '300', '--seed', '7', '--json']
  const [first, second] = await Promise.all([finish(start(t, line)), finish(start(t, line))])
  assert.deepEqual([first.code, first.err, second.code], [0, '', 0])
  assert.ok(first.out === second.out, 'two runs differ')
  const lines = first.out.trimEnd().split('\n')
  assert.equal(lines.length, 300)
  const attributed = lines.filter((one) =>
    /attribution\.outcome|"attribution":\{"outcome"/.test(one),
  )
  assert.equal(attributed.length, 300)
})

test('a reader that has seen enough ends the demo quietly', async (t) => {
  const child = start(t, [MAIN, 'demo', '--events', '100000', '--json'])
  const exit = once(child, 'exit')
  const err = text(child.stderr)
  await once(child.stdout, 'data')
  child.stdout.destroy()
  assert.deepEqual([(await exit)[0], await err], [0, ''])
})

test('a signal ends the demo in under two seconds, with a summary', async (t) => {
  const child = start(t, [MAIN, 'demo', '--metrics-port', '0'])
  const done = finish(child)
  let seen = ''
  child.stdout.on('data', (chunk: Buffer) => {
    seen += chunk.toString()
    if (seen.includes('team:payments') && !child.killed) {
      at_ms = performance.now()
      child.kill('SIGINT')
    }
  })
  let at_ms = Number.NaN
  const { code } = await done
  const seconds = (performance.now() - at_ms) / 1000
  assert.equal(code, 130)
  assert.match(seen, /Summary {2}[\d,]+ events in/)
  assert.ok(seconds < 2, `${seconds} s`)
})

/** A command that does not end when it is asked to. It says when the echo of a first signal can no longer come. */
const STUBBORN = `
  import { createProcessIo } from ${JSON.stringify(pathToFileURL(`${ROOT}services/cli/process-io.ts`).href)}
  const { io } = createProcessIo((code) => process.exit(code))
  io.stop.addEventListener('abort', () => {
    console.log('asked: ' + io.stop.reason)
    setTimeout(() => console.log('still here'), 400)
  })
  setInterval(() => undefined, 1000)
  console.log('ready')`

test('a second signal ends the process at once, the echo of the first does not', async (t) => {
  const child = start(t, ['--input-type=module', '--eval', STUBBORN])
  const done = finish(child)
  let seen = ''
  child.stdout.on('data', (chunk: Buffer) => {
    const before = seen
    seen += chunk.toString()
    const appeared = (word: string): boolean => seen.includes(word) && !before.includes(word)
    if (appeared('ready') || appeared('asked') || appeared('still here')) child.kill('SIGTERM')
  })
  const { code } = await done
  assert.equal(code, 143)
  assert.equal(seen, 'ready\nasked: SIGTERM\nstill here\n')
})
