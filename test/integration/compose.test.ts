import assert from 'node:assert/strict'
import { once } from 'node:events'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test, type TestContext } from 'node:test'
import { parse } from 'yaml'
import { freePorts, spawnServer } from '../stack/child.ts'
import { findProgram } from '../stack/programs.ts'
import { stackInfo } from '../stack/tools.ts'
import { startProgram, until, type Program } from '../support/program.ts'
import { temporaryFolder } from '../support/worker.ts'

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

/**
 * Prometheus as the compose file starts it, until it has scraped worker and registry and its rules have a value. Addresses and
 * folders are those of this machine.
 */
async function watched(t: TestContext): Promise<void> {
  const directory = temporaryFolder(t)
  const [port = 0] = await freePorts(1)
  cpSync(`${ROOT}deploy/prometheus`, directory, { recursive: true })
  const config = join(directory, 'prometheus.yaml')
  const text = readFileSync(config, 'utf8')
    .replace('worker:9464', ADDRESSES['METRICS_ENDPOINT'] ?? '')
    .replace('registry:8085', ADDRESSES['REGISTRY_ENDPOINT'] ?? '')
    .replace('alertmanager:9093', '127.0.0.1:9')
  writeFileSync(config, text)
  const args = (compose.services['prometheus']?.command ?? []).map((argument) =>
    argument
      .replace('=/etc/prometheus/', `=${directory}/`)
      .replace(/=\/prometheus$/, `=${join(directory, 'data')}`),
  )
  const server = await spawnServer({
    name: 'prometheus',
    command: await findProgram('prometheus'),
    args: [...args, `--web.listen-address=127.0.0.1:${port}`],
    directory,
  })
  t.after(() => server.kill())
  await server.logged('Server is ready to receive web requests', 20_000)
  async function values(query: string): Promise<number> {
    const url = `http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(query)}`
    const answer = await fetch(url)
    const { data } = (await answer.json()) as { data: { result: readonly unknown[] } }
    return data.result.length
  }
  await until('Prometheus scrapes worker and registry', async () =>
    (await values('up == 1')) === 2 ? true : undefined,
  )
  await until('coverage is recorded', async () =>
    (await values('job:whosecall_unattributed_per_events:ratio_rate5m')) === 1 ? true : undefined,
  )
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

  await watched(t)

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
