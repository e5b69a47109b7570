import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { test, type TestContext } from 'node:test'
import { ROOT, textOf } from '../repo/tree.ts'
import { ownKafka, stackInfo } from '../stack/tools.ts'
import { until } from '../support/program.ts'

/**
 * The commands of the README that need Kafka and Redis, in their order and as they stand there; only the environment says
 * where the servers are. Those that go on for ever are watched until they work and ended by a signal.
 */

/** What a command prints once it works; the others end by themselves. */
const WORKS: Readonly<Record<string, string>> = {
  'npm run -s whosecall -- registry -c deploy/examples/registry.yaml': 'registry is listening',
  'npm run -s whosecall -- run -c deploy/examples/worker.yaml': 'the worker runs',
  'npm run -s whosecall -- demo --kafka': 'sending generated calls',
}

function commands(): readonly string[] {
  const [, block = ''] =
    /<!-- run: by test\/integration\/readme\.test\.ts -->\n\n```sh\n([\s\S]*?)```/.exec(
      textOf('README.md'),
    ) ?? []
  return block.trimEnd().split('\n')
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

interface Started {
  text(): string
  alive(): boolean
  /** To the whole process group, as a terminal does. */
  signal(name: NodeJS.Signals): void
  readonly code: Promise<number | null>
}

function start(t: TestContext, line: string, env: Readonly<Record<string, string>>): Started {
  const child = spawn('sh', ['-c', line], {
    cwd: ROOT,
    detached: true,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text = (text + chunk).slice(-100_000)
    })
  const code = once(child, 'close').then(() => child.exitCode)
  const alive = (): boolean => child.exitCode === null && child.signalCode === null
  function signal(name: NodeJS.Signals): void {
    if (child.pid !== undefined && alive()) process.kill(-child.pid, name)
  }
  t.after(() => signal('SIGKILL'))
  return { text: () => text, alive, signal, code }
}

test('the commands of the README run a worker beside a real Kafka, one after the other', async (t) => {
  const kafka = await ownKafka(t)
  const [registry_port, metrics_port] = [await freePort(), await freePort()]
  const env = {
    KAFKA_BROKERS: kafka.listeners.plaintext,
    REDIS_URL: stackInfo().redis_url,
    REGISTRY_ENDPOINT: `127.0.0.1:${registry_port}`,
    REGISTRY_URL: `http://127.0.0.1:${registry_port}`,
    METRICS_ENDPOINT: `127.0.0.1:${metrics_port}`,
  }
  const lines = commands()
  assert.equal(lines.length, 5)
  const running = new Map<string, Started>()
  for (const line of lines) {
    const program = start(t, line, env)
    const works = WORKS[line]
    if (works === undefined) {
      assert.equal(await program.code, 0, `${line}\n${program.text()}`)
      continue
    }
    running.set(works, program)
    await until(line, () => {
      if (program.text().includes(works)) return true
      assert.ok(program.alive(), `${line}\n${program.text()}`)
      return undefined
    })
  }
  await until('calls are attributed', async () => {
    const answer = await fetch(`http://127.0.0.1:${metrics_port}/metrics`)
    const metrics = await answer.text()
    return /^whosecall_events_total\{.*outcome="attributed".*\} [1-9]/m.test(metrics) || undefined
  })
  for (const program of [...running.values()].toReversed()) {
    program.signal('SIGTERM')
    await program.code
  }
  assert.match(running.get('the worker runs')?.text() ?? '', /the worker has stopped/)
})
