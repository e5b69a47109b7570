import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { after, test } from 'node:test'
import { freePorts } from '../stack/child.ts'
import { below, environment, last, play, stagesOf, type Played } from '../support/dockerfile.ts'

/** The image, without a container engine: what its stages do is done in a folder, and what they leave is run. */

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const stages = stagesOf(readFileSync(`${ROOT}deploy/Dockerfile`, 'utf8'))
const final = stages.at(-1)!
const directory = mkdtempSync(join(tmpdir(), 'whosecall-image-'))
after(() => rmSync(directory, { recursive: true, force: true }))
const image = await play(stages, { context: ROOT, directory })

interface Ended {
  readonly code: number
  readonly out: string
}

/** A command of the image; its exit code is not an error. */
function run(
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const [file = '', ...args] = command
  const options = { cwd: image.root, env: { ...environment(image), ...env }, timeout: 60_000 }
  return new Promise((resolve, reject) => {
    execFile(file, args, options, (error, stdout) => {
      const code = error === null ? 0 : error.code
      if (typeof code === 'number') resolve({ code, out: stdout })
      else reject(error ?? new Error('no exit code'))
    })
  })
}

const entry: readonly string[] = JSON.parse(last(final, 'ENTRYPOINT') ?? '[]')
const health: readonly string[] = JSON.parse(
  (last(final, 'HEALTHCHECK') ?? '').replace(/^.*\bCMD /, ''),
)

/** Every file below the root. */
function filesOf({ root }: Played): readonly string[] {
  return globSync('**/*', { cwd: root }).toSorted()
}

test('the image starts with its version, and without arguments it shows the help', async () => {
  const { version }: { version: string } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8'))
  assert.match((await run([...entry, '--version'])).out, new RegExp(version.replaceAll('.', '\\.')))
  const cmd: readonly string[] = JSON.parse(last(final, 'CMD') ?? '[]')
  const help = await run([...entry, ...cmd])
  assert.equal(help.code, 0)
  assert.match(help.out, /whosecall run/)
})

test('it attributes calls with what is in it, and writes nothing into itself', async () => {
  const before = filesOf(image)
  const { code, out } = await run([...entry, 'demo', '--events', '3', '--seed', '7', '--json'])
  assert.equal(code, 0)
  const events = out.trim().split('\n')
  assert.equal(events.length, 3)
  for (const event of events) assert.match(event, /"attribution":\{"outcome":/)
  assert.deepEqual(filesOf(image), before)
})

test('the health check holds while it runs, and fails when nobody answers', async (t) => {
  const [port = 0] = await freePorts(1)
  const url = { HEALTH_URL: `http://127.0.0.1:${port}/livez` }
  assert.equal((await run(health, url)).code, 1)
  const args = ['demo', '--metrics-port', String(port)]
  const demo = spawn(entry[0] ?? '', args, { env: environment(image), cwd: image.root })
  t.after(() => demo.kill('SIGKILL'))
  let out = ''
  await new Promise<void>((resolve) => {
    demo.stdout.on('data', (text: Buffer) => {
      out += text.toString()
      if (out.includes('attributed ')) resolve()
    })
  })
  assert.equal((await run(health, url)).code, 0)
  const ended = once(demo, 'exit')
  demo.kill('SIGTERM')
  await ended
})

test('neither npm nor a package that only tests need is in it', () => {
  for (const path of ['usr/local/lib/node_modules', 'usr/local/bin/npm', 'opt/yarn-v1'])
    assert.equal(existsSync(join(image.root, path)), false, path)
  const { devDependencies }: { devDependencies: Record<string, string> } = JSON.parse(
    readFileSync(`${ROOT}package.json`, 'utf8'),
  )
  const modules = join(image.root, 'opt/whosecall/node_modules')
  assert.ok(existsSync(join(modules, 'kafkajs')))
  for (const name of ['typescript', 'oxlint', 'prettier', 'kubernetes-models']) {
    assert.ok(name in devDependencies, name)
    assert.equal(existsSync(join(modules, name)), false, name)
  }
  assert.deepEqual(globSync('node-linux-*', { cwd: modules }), [])
  assert.equal(existsSync(join(image.root, 'opt/whosecall/test')), false)
})

test('it runs as a user without a name in any other image, that of the chart', () => {
  assert.equal(last(final, 'USER'), '65532:65532')
  const passwd = readFileSync(join(image.root, 'etc/passwd'), 'utf8')
  assert.match(passwd, /^whosecall:x:65532:65532::\/nonexistent:\/usr\/sbin\/nologin$/m)
  const values = readFileSync(`${ROOT}deploy/helm/whosecall/values.yaml`, 'utf8')
  assert.match(values, /^ {2}runAsUser: 65532$/m)
})

test('a command that would touch this machine is not run', () => {
  assert.equal(
    below('/r', 'rm -rf /usr/local/lib/x /opt/y*'),
    'rm -rf /r/usr/local/lib/x /r/opt/y*',
  )
  assert.throws(() => below('/r', 'rm -rf /usr/../../etc'), /is a path of this machine/)
  assert.throws(() => below('/r', 'rm -rf /var/lib'), /\/var\/lib is a path of this machine/)
})
