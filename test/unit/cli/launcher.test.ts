import assert from 'node:assert/strict'
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'

const LAUNCHER = fileURLToPath(new URL('../../../bin/whosecall.mjs', import.meta.url))

/** Makes the launcher believe that it runs on an old Node, whatever runs the tests. */
const PRETEND_NODE_20 =
  'data:text/javascript,' +
  encodeURIComponent(
    "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.0.0' } })",
  )

type Launched = ChildProcessByStdio<null, Readable, Readable>

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'whosecall-launcher-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

function script(t: TestContext, body: string): string {
  const path = join(folder(t), 'script.ts')
  writeFileSync(path, body)
  return path
}

function launch(
  t: TestContext,
  args: readonly string[],
  options: { readonly old_node?: boolean; readonly launcher?: string; readonly cwd?: string } = {},
): Launched {
  const flags = options.old_node === true ? ['--import', PRETEND_NODE_20] : []
  const child = spawn(process.execPath, [...flags, options.launcher ?? LAUNCHER, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: options.cwd ?? tmpdir(),
  })
  t.after(() => child.kill('SIGKILL'))
  return child
}

async function finish(child: Launched): Promise<{
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly out: string
  readonly err: string
}> {
  const exit = once(child, 'exit')
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)])
  const [code, signal] = await exit
  return { code, signal, out, err }
}

const PRINT_ARGUMENTS =
  'const line: string = JSON.stringify(process.argv.slice(2)); console.log(line)'

test('a new enough Node runs the script itself, from any folder and through a symbolic link', async (t) => {
  const path = script(t, `${PRINT_ARGUMENTS}; console.log(process.pid)`)
  const link = join(folder(t), 'wc')
  symlinkSync(LAUNCHER, link)
  const child = launch(t, ['--script', path, 'one', '--two=a b', '--', '3'], { launcher: link })
  const { code, out, err } = await finish(child)
  assert.equal(out, `["one","--two=a b","--","3"]\n${child.pid}\n`)
  assert.deepEqual([code, err], [0, ''])
})

test('an old Node hands over to the packaged one, with the arguments and the exit code', async (t) => {
  const path = script(t, `${PRINT_ARGUMENTS}; console.log(process.execPath); process.exit(7)`)
  const { code, out, err } = await finish(
    launch(t, ['--script', path, 'one', '--two'], { old_node: true }),
  )
  assert.match(out, /^\["one","--two"\]\n.*[/\\]node_modules[/\\]node-[^/\\]+[/\\]bin[/\\]node/)
  assert.deepEqual([code, err], [7, ''])
})

test('a signal reaches the program under the packaged Node, and its exit code comes back', async (t) => {
  const path = script(
    t,
    `process.on('SIGTERM', () => { console.log('asked to stop'); process.exit(143) })
     setInterval(() => undefined, 1000)
     console.log('ready')`,
  )
  const child = launch(t, ['--script', path], { old_node: true })
  const done = finish(child)
  await once(child.stdout, 'data')
  child.kill('SIGTERM')
  const { code, out } = await done
  assert.deepEqual([code, out], [143, 'ready\nasked to stop\n'])
})

test('a program that dies of a signal makes the launcher die of it', async (t) => {
  const path = script(t, "process.kill(process.pid, 'SIGTERM')")
  const { code, signal } = await finish(launch(t, ['--script', path], { old_node: true }))
  assert.deepEqual([code, signal], [null, 'SIGTERM'])
})

test('a launcher that is killed leaves no program behind', async (t) => {
  const path = script(t, "setInterval(() => undefined, 1000); console.log('ready')")
  const child = launch(t, ['--script', path], { old_node: true })
  await once(child.stdout, 'data')
  const closed = once(child, 'close')
  child.stdout.resume()
  child.stderr.resume()
  child.kill('SIGKILL')
  // The pipes are the program's too: they close only when the program has ended.
  await closed
  assert.equal(child.signalCode, 'SIGKILL')
})

test('without any Node that is new enough the message names the package and the versions', async (t) => {
  const root = folder(t)
  cpSync(join(LAUNCHER, '..'), join(root, 'bin'), { recursive: true })
  const { code, err } = await finish(
    launch(t, ['demo'], { old_node: true, launcher: join(root, 'bin/whosecall.mjs') }),
  )
  assert.equal(code, 69)
  assert.match(
    err,
    /needs Node 24 or newer; this is Node 20\.0\.0, and the package node-\S+ is not/,
  )
  assert.match(err, /npm ci/)
})
