import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'
import { parse } from 'yaml'
import { stackInfo } from '../stack/tools.ts'
import { startProgram, until, type Program } from '../support/program.ts'

/**
 * The commands of docker-compose.yml as they stand there, without containers: only the addresses in `environment` and the
 * mounted folder are those of this machine.
 */
const ROOT = fileURLToPath(new URL('../../', import.meta.url))

interface Service {
  readonly command: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly depends_on?: Readonly<Record<string, unknown>>
}
const compose: { readonly services: Readonly<Record<string, Service>> } = parse(
  readFileSync(`${ROOT}docker-compose.yml`, 'utf8'),
  { merge: true },
)

const [REGISTRY_PORT, METRICS_PORT] = await Promise.all([freePort(), freePort()])
const { brokers, redis_url } = stackInfo()
const ADDRESSES: Readonly<Record<string, string>> = {
  KAFKA_BROKERS: brokers.split(',')[0] ?? '',
  REDIS_URL: redis_url,
  REGISTRY_URL: `http://127.0.0.1:${REGISTRY_PORT}`,
  REGISTRY_ENDPOINT: `127.0.0.1:${REGISTRY_PORT}`,
  METRICS_ENDPOINT: `127.0.0.1:${METRICS_PORT}`,
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address !== null ? address.port : 0
}

function start(name: string): Program {
  const service = compose.services[name]
  assert.ok(service !== undefined)
  for (const variable of Object.keys(service.environment)) {
    assert.ok(variable in ADDRESSES, `${name} sets ${variable}, which nothing reads`)
  }
  const env = Object.fromEntries(
    Object.keys(service.environment).map((variable) => [variable, ADDRESSES[variable] ?? '']),
  )
  const args = service.command.map((argument) =>
    argument.replace('/etc/whosecall/', `${ROOT}deploy/examples/`),
  )
  return startProgram(args, env)
}

async function answers(url: string): Promise<true | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(1000) })
    return response.ok ? true : undefined
  } catch {
    return undefined
  }
}

async function attributedEvents(): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${METRICS_PORT}/metrics`)).text()
  const samples = text.matchAll(
    /^whosecall_events_total\{[^}]*outcome="attributed"[^}]*\} (\d+)$/gm,
  )
  return [...samples].reduce((sum, [, value]) => sum + Number(value), 0)
}

test('the commands of the compose file bring up a worker that attributes the generated calls', async (t) => {
  const running: Program[] = []
  t.after(async () => {
    for (const program of running) program.kill('SIGKILL')
    await Promise.all(running.map((program) => program.exited))
  })
  const up = (name: string): Program => {
    const program = start(name)
    running.push(program)
    return program
  }

  const topics = up('topics')
  assert.deepEqual(await topics.exited, { code: 0, signal: null }, topics.stderr())
  const registry = up('registry')
  await until('the registry is ready', () => answers(`${ADDRESSES['REGISTRY_URL']}/readyz`), {
    program: registry,
  })
  const worker = up('worker')
  await until('the worker is ready', () => answers(`http://127.0.0.1:${METRICS_PORT}/readyz`), {
    program: worker,
  })
  const demo = up('demo')
  const attributed = await until(
    'calls are attributed',
    async () => {
      const events = await attributedEvents()
      return events >= 200 ? events : undefined
    },
    { program: worker },
  )
  assert.ok(attributed >= 200)

  for (const [program, name] of [
    [demo, 'demo'],
    [worker, 'worker'],
    [registry, 'registry'],
  ] as const) {
    program.kill('SIGTERM')
    assert.deepEqual(
      await program.exited,
      { code: 143, signal: null },
      `${name}\n${program.stderr()}`,
    )
  }
  assert.match(demo.stderr(), /sent [1-9]\d* calls/)
})
