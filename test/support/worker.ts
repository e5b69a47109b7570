import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { createMemoryBus, type MemoryBus, type MemoryBusOptions } from '#/bus/memory/index.ts'
import type { Status } from '#/core/status.ts'
import { createDeadline, createLogger, createMeter, systemClock } from '#/telemetry/index.ts'
import type { PrometheusMeter } from '#/telemetry/index.ts'
import {
  createWorker,
  readWorkerConfig,
  type ReadConfig,
  type ShadowReport,
  type WorkerConfig,
} from '#/worker/index.ts'

/** The whole worker on the in-process bus. Whatever a test starts here ends with the test. */

export const OWNERS_YAML = `
bindings:
  - { kind: api_key, key: litellm/known, owner: { id: team:payments, team: payments, cost_center: CC-1 } }
  - { kind: api_key, key: litellm/shared, ownership: shared }
  - { kind: user, key: litellm|u-1, owner: { id: team:users } }
`

export const TOPICS = { raw: 'raw', out: 'attributed', dead: 'dead-letters', redrive: 'redrive' }

type OnDisk = WorkerConfig | 'broken' | undefined

export interface TestWorkerOptions {
  readonly bus?: MemoryBusOptions
  readonly receiver?: object
  readonly exporter_logs?: object
  /** More of the first exporter. */
  readonly exporter?: object
  /** Further exporters of the pipeline, by id. Their topics are the test's to create. */
  readonly exporters?: Readonly<Record<string, object>>
  readonly attribution?: object
  readonly redaction?: object
  readonly owners?: object
  readonly service?: object
  readonly dead_letter_bytes_max?: number
  readonly out_bytes_max?: number
  readonly raw_partitions?: number
  readonly out_partitions?: number
  /** What the config file says when it is read again; `undefined` as long as it is the same. */
  readonly onDisk?: (config: WorkerConfig) => OnDisk | Promise<OnDisk>
  /** The candidate that judges beside the config. */
  readonly shadow?: (config: WorkerConfig) => WorkerConfig
}

export interface TestWorker {
  readonly bus: MemoryBus
  readonly config: WorkerConfig
  readonly meter: PrometheusMeter
  readonly admin_url: string
  status(): Status
  reload(): Promise<void>
  readonly shadow: ShadowReport | undefined
  stop(): Promise<void>
}

export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'whosecall-test-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export function workerConfig(t: TestContext, options: TestWorkerOptions = {}): WorkerConfig {
  const owners = join(temporaryFolder(t), 'owners.yaml')
  writeFileSync(owners, OWNERS_YAML)
  const text = JSON.stringify({
    receivers: {
      kafka: {
        brokers: ['memory:9092'],
        logs: { topics: [TOPICS.raw] },
        source: 'litellm',
        trust: 'trusted',
        origin: 'test',
        ...options.receiver,
      },
    },
    processors: {
      attribution: { ...options.attribution },
      ...(options.redaction ? { redaction: options.redaction } : {}),
    },
    exporters: {
      kafka: {
        brokers: ['memory:9092'],
        logs: { topic: TOPICS.out, ...options.exporter_logs },
        dead_letter: { topic: TOPICS.dead },
        retry_on_failure: { initial_interval_ms: 1, max_interval_ms: 5 },
        ...options.exporter,
      },
      ...options.exporters,
    },
    owners: options.owners ?? { directory: { type: 'file', path: owners } },
    service: {
      pipelines: {
        logs: {
          receivers: ['kafka'],
          processors: options.redaction ? ['attribution', 'redaction'] : ['attribution'],
          exporters: ['kafka', ...Object.keys(options.exporters ?? {})],
        },
      },
      telemetry: { metrics: { endpoint: '127.0.0.1:0' } },
      commit_interval_ms: 10,
      ...options.service,
    },
  })
  const read = readWorkerConfig({
    file: 'test.yaml',
    text,
    env: {},
    readFile: (path) => readFileSync(path, 'utf8'),
  })
  assert.ok(read.ok, read.ok ? '' : JSON.stringify(read.diagnostics, undefined, 1))
  return read.config
}

export async function startTestWorker(
  t: TestContext,
  options: TestWorkerOptions = {},
  existing?: MemoryBus,
): Promise<TestWorker> {
  const bus = existing ?? createMemoryBus({ cluster_id: 'cluster', poison: true, ...options.bus })
  bus.createTopic(TOPICS.raw, { partitions: options.raw_partitions ?? 1 })
  bus.createTopic(TOPICS.redrive)
  bus.createTopic(TOPICS.out, {
    partitions: options.out_partitions ?? 1,
    ...(options.out_bytes_max === undefined ? {} : { max_message_bytes: options.out_bytes_max }),
  })
  bus.createTopic(TOPICS.dead, { max_message_bytes: options.dead_letter_bytes_max ?? 2_000_000 })
  const config = workerConfig(t, options)
  const meter = createMeter({ process_metrics: false })
  const worker = await createWorker({
    config,
    ports: { clock: systemClock, logger: createLogger({ level: 'error', format: 'json' }), meter },
    exposition: meter,
    version: '0.0.0',
    readConfig: async () => readAgain((await options.onDisk?.(config)) ?? config),
    shadow: options.shadow?.(config),
    connect: () => bus,
  }).start()
  let stopped: Promise<void> | undefined
  const stop = () => (stopped ??= worker.stop(createDeadline(systemClock, 2_000)))
  t.after(stop)
  return { bus, config, meter, ...worker.value, stop }
}

function readAgain(found: WorkerConfig | 'broken'): Awaited<ReturnType<ReadConfig>> {
  if (found !== 'broken')
    return { text: JSON.stringify(found), result: { ok: true, config: found } }
  const readFile = (): string => ''
  const text = 'receivers: {}'
  return { text, result: readWorkerConfig({ file: 'test.yaml', text, env: {}, readFile }) }
}

/** Waits for something that the worker does by itself. Fails, saying for what it waited, after ten seconds. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  const give_up_ms = Date.now() + 10_000
  while (!(await condition())) {
    assert.ok(Date.now() < give_up_ms, `waited in vain until ${what}`)
    await systemClock.sleep(5)
  }
}

/** A LiteLLM record; `hash` is its key. */
export function litellmCall(hash: string | null, more: object = {}): Buffer {
  return Buffer.from(
    JSON.stringify({
      call_type: 'acompletion',
      startTime: 1795089600.104,
      prompt_tokens: 10,
      completion_tokens: 5,
      metadata: { user_api_key_hash: hash },
      ...more,
    }),
  )
}
