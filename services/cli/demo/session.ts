import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { formatDiagnostics } from '#/config/index.ts'
import { createMemoryBus, type MemoryBus } from '#/bus/memory/index.ts'
import type { ConsumerHandler } from '#/core/bus.ts'
import type { Started } from '#/core/component.ts'
import type { Run } from '#/core/run.ts'
import { createDeadline, createLogger, createMeter } from '#/telemetry/index.ts'
import { createWorker, readWorkerConfig, type Worker, type WorkerConfig } from '#/worker/index.ts'
import type { Io } from '../command.ts'
import { VERSION } from '../version.ts'
import { DEMO_TOPICS, type Caller } from './callers.ts'
import { generate, type GeneratedEvent } from './generate.ts'

/**
 * The worker on the in-process bus, with the generator before it and a reader behind it. Events come back in the order in
 * which they were generated: the timestamp of a message, which whosecall keeps, is its number.
 */
const OUTPUT_TOPIC = 'ai.calls.attributed'
const DEAD_LETTER_TOPIC = 'ai.calls.dead-letter'
const DEAD_LETTER_BYTES_MAX = 2 * 1024 * 1024
const IN_FLIGHT_EVENTS_MAX = 256
/** Per topic; several times what can be in flight. */
const RETAINED_BYTES_MAX = 8 * 1024 * 1024
const TICK_MS = 25
const STOP_MS_MAX = 1500

export interface Plan {
  readonly seed: number
  readonly events?: number
  /** As fast as it goes without it. */
  readonly per_second?: number
  readonly metrics_port: number
}

export interface Output {
  readonly caller: Caller
  readonly value: Buffer
}

export interface Session {
  readonly metrics_url: string
  /** Feeds the worker and yields what comes out, in order, until the plan is done or the command is asked to end. */
  play(): AsyncIterable<readonly Output[]>
  stop(): Promise<void>
}

export async function startSession(plan: Plan, io: Io): Promise<Session> {
  const bus = createMemoryBus({ cluster_id: 'demo', retained_bytes_max: RETAINED_BYTES_MAX })
  for (const topic of [...Object.values(DEMO_TOPICS), OUTPUT_TOPIC]) bus.createTopic(topic)
  bus.createTopic(DEAD_LETTER_TOPIC, { max_message_bytes: DEAD_LETTER_BYTES_MAX })
  const worker = await startWorker(plan.metrics_port, bus, io)
  return {
    metrics_url: `${worker.value.admin_url}/metrics`,
    play: () => play(plan, bus, worker, io),
    async stop() {
      using deadline = createDeadline(io.clock, STOP_MS_MAX)
      await worker.stop(deadline)
    },
  }
}

/** On the port that was asked for; on any other when somebody has that one already. */
async function startWorker(port: number, bus: MemoryBus, io: Io): Promise<Started<Worker>> {
  try {
    return await startWorkerAt(port, bus, io)
  } catch (error) {
    if (!isPortTaken(error)) throw error
    return startWorkerAt(0, bus, io)
  }
}

function isPortTaken(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return ('code' in error && error.code === 'EADDRINUSE') || isPortTaken(error.cause)
}

function startWorkerAt(port: number, bus: MemoryBus, io: Io): Promise<Started<Worker>> {
  const config = demoConfig(`127.0.0.1:${port}`)
  const logger = createLogger(config.service.telemetry.logs)
  const meter = createMeter()
  meter.gauge('whosecall_build_info').set(1, { version: VERSION })
  return createWorker({
    config,
    ports: { clock: io.clock, logger, meter },
    exposition: meter,
    version: VERSION,
    connect: () => bus,
  }).start()
}

function demoConfig(metrics_endpoint: string): WorkerConfig {
  const file = fileURLToPath(new URL('demo.yaml', import.meta.url))
  const result = readWorkerConfig({
    file: 'demo.yaml',
    text: readFileSync(file, 'utf8'),
    env: {
      DEMO_OWNERS: fileURLToPath(new URL('owners.yaml', import.meta.url)),
      DEMO_METRICS_ENDPOINT: metrics_endpoint,
    },
    readFile: () => '',
  })
  if (result.ok) return result.config
  throw new Error(formatDiagnostics(result.diagnostics, { color: false }))
}

async function* play(
  plan: Plan,
  bus: MemoryBus,
  worker: Started<Worker>,
  io: Io,
): AsyncIterable<readonly Output[]> {
  const returned = createReturned()
  const reader = await bus
    .consumer({
      group_id: 'demo-viewer',
      topics: [OUTPUT_TOPIC, DEAD_LETTER_TOPIC],
      initial_offset: 'earliest',
      handler: returned.handler,
    })
    .start()
  const failure = watchFailure(worker.value)
  const source = createSource(plan, io.clock.now())
  try {
    while (!io.stop.aborted && failure.error === undefined) {
      const due = source.due(io.clock.now())
      for (let sent = 0; sent < due && returned.waiting() < IN_FLIGHT_EVENTS_MAX; sent += 1) {
        const event = source.next()
        if (event === undefined) break
        returned.expect(event)
        bus.publish(event.topic, 0, { ...event, headers: undefined })
      }
      const outputs = returned.take()
      if (outputs.length > 0) yield outputs
      else if (source.isDone() && returned.waiting() === 0) return
      else await io.clock.sleep(plan.per_second === undefined ? 1 : TICK_MS, io.stop)
    }
    if (failure.error !== undefined) throw failure.error
  } finally {
    using deadline = createDeadline(io.clock, STOP_MS_MAX)
    await reader.stop(deadline)
  }
}

function watchFailure(worker: Worker): { readonly error: unknown } {
  const failure: { error: unknown } = { error: undefined }
  const watch = async (): Promise<void> => {
    failure.error = await worker.failed
  }
  void watch()
  return failure
}

interface Source {
  /** How many events may be sent by now. */
  due(now_ms: number): number
  next(): GeneratedEvent | undefined
  isDone(): boolean
}

function createSource(plan: Plan, now_ms: number): Source {
  const { per_second } = plan
  const watched = plan.events === undefined && per_second !== undefined
  const timing = watched ? { start_ms: now_ms, spacing_ms: Math.max(1, 1000 / per_second) } : {}
  const events = generate({ ...plan, ...timing })
  let sent = 0
  let done = false
  return {
    due: (at_ms) =>
      per_second === undefined
        ? Number.POSITIVE_INFINITY
        : Math.floor(((at_ms - now_ms) * per_second) / 1000) + 1 - sent,
    next() {
      const { value, done: ended } = events.next()
      if (ended === true) {
        done = true
        return undefined
      }
      sent += 1
      done = sent === plan.events
      return value
    },
    isDone: () => done,
  }
}

interface Returned {
  readonly handler: ConsumerHandler
  expect(event: GeneratedEvent): void
  /** How many were sent and have not been taken yet. */
  waiting(): number
  take(): readonly Output[]
}

/** Puts what comes back into the order in which it was sent. At most `IN_FLIGHT_EVENTS_MAX` are remembered. */
function createReturned(): Returned {
  const expected: { readonly timestamp: number; readonly caller: Caller }[] = []
  const arrived = new Map<number, Buffer>()
  const onRun = (run: Run): Promise<void> => {
    for (let index = 0; index < run.count; index += 1) {
      if (run.topic === DEAD_LETTER_TOPIC) throw new Error('a generated event was dead-lettered')
      const range = run.bytes.subarray(run.value_starts[index], run.value_ends[index])
      arrived.set(run.timestamps[index] ?? 0, Buffer.from(range))
    }
    run.release()
    return Promise.resolve()
  }
  const nothing = (): void => undefined
  return {
    handler: {
      onRun,
      onSkipped: nothing,
      onAssigned: nothing,
      onBegun: nothing,
      onRevoked: nothing,
      onEnd: nothing,
      onOutOfRange: () => {
        throw new Error('the demo has lost events')
      },
      onFailure: (error) => {
        throw error
      },
    },
    expect: ({ timestamp, caller }) => expected.push({ timestamp, caller }),
    waiting: () => expected.length,
    take() {
      const outputs: Output[] = []
      for (const { timestamp, caller } of expected) {
        const value = arrived.get(timestamp)
        if (value === undefined) break
        arrived.delete(timestamp)
        outputs.push({ caller, value })
      }
      expected.splice(0, outputs.length)
      return outputs
    },
  }
}
