/** The sample lines of a source, and the worker without a bus that reads them with the owners that lie beside them. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import type { Decision } from '#/core/decision.ts'
import type { Ports } from '#/core/ports.ts'
import type { Encoding } from '#/core/words.ts'
import { createDeadline, createLogger, createMeter, systemClock } from '#/telemetry/index.ts'
import { readWorkerConfig, startOffline, type WorkerConfig } from '#/worker/index.ts'
import type { ObservedMessage } from '#/worker/pipeline/judge.ts'

const SAMPLES = new URL('../data/samples/', import.meta.url)
export const OWNERS_FILE = new URL('owners.yaml', SAMPLES)
/** The Kafka timestamp of every message. */
export const TIMESTAMP_MS = 1_795_089_600_000

interface Entry {
  readonly file: string
  readonly line: number
  readonly parses: boolean
}
const index: { readonly entries: readonly Entry[] } = JSON.parse(
  readFileSync(new URL('index.json', SAMPLES), 'utf8'),
)

/** Lines that the index says can be read. */
export function sampleLines(source: string): readonly string[] {
  const file = `${source}.ndjson`
  const lines = readFileSync(new URL(file, SAMPLES), 'utf8').split('\n')
  const readable = index.entries.filter((entry) => entry.file === file && entry.parses)
  const numbers = [...new Set(readable.map(({ line }) => line))]
  assert.ok(numbers.length > 0, `${file} has no line that can be read`)
  return numbers.map((number) => lines[number - 1] ?? '')
}

export interface SamplePipeline {
  judge(values: readonly (Buffer | string)[]): Promise<readonly ObservedMessage[]>
  stop(): Promise<void>
}

/** A worker's config for one source; `auto` may be the source, or the encoding. */
export function sampleConfig(source: string, encoding?: Encoding | 'auto'): WorkerConfig {
  const kafka = {
    brokers: ['unused:9092'],
    logs: { topics: ['archive'], ...(encoding === undefined ? {} : { encoding }) },
    source,
    trust: 'trusted',
  }
  const text = JSON.stringify({
    receivers: { kafka },
    processors: { attribution: {} },
    exporters: {
      kafka: { brokers: ['unused:9092'], logs: { topic: 'out' }, dead_letter: { topic: 'dead' } },
    },
    owners: { directory: { type: 'file', path: OWNERS_FILE.pathname } },
    service: {
      pipelines: {
        logs: { receivers: ['kafka'], processors: ['attribution'], exporters: ['kafka'] },
      },
    },
  })
  const read = readWorkerConfig({ file: 'test', text, env: {}, readFile: () => '' })
  assert.ok(read.ok, JSON.stringify(read))
  return read.config
}

export function quietPorts(): Ports {
  return {
    clock: systemClock,
    logger: createLogger({ level: 'error', format: 'json' }),
    meter: createMeter({ process_metrics: false }),
  }
}

/** `source` may be `auto`; without an encoding it is the usual one of the source, or recognised. */
export async function startSamplePipeline(
  source: string,
  encoding?: Encoding | 'auto',
): Promise<SamplePipeline> {
  const { receivers, processors, owners } = sampleConfig(source, encoding)
  const offline = await startOffline({
    receiver: receivers['kafka']!,
    processors,
    owners,
    ports: quietPorts(),
  })
  return {
    judge: (values) =>
      offline.attribute(
        'samples',
        values.map((value, offset) => ({
          value: Buffer.from(value),
          offset,
          timestamp: TIMESTAMP_MS,
        })),
      ),
    stop: () => offline.stop(createDeadline(systemClock, 1000)),
  }
}

/** What a decision says about whose call it was; equal for two spellings of one event. */
export interface Verdict {
  readonly class?: string | undefined
  readonly outcome?: string | undefined
  readonly reason?: string | undefined
  readonly owner?: string | undefined
  readonly method?: string | undefined
  readonly level?: string | undefined
  readonly confidence?: string | undefined
}

export function verdictOf(decision: Decision): Verdict {
  const { outcome, reason, owner, method, level, confidence } = decision
  return {
    class: decision.class,
    outcome,
    reason,
    owner: outcome === 'attributed' ? owner?.id : undefined,
    method,
    level,
    confidence,
  }
}

/** One a message: the verdicts of its events, or the code of its dead letter. */
export function verdictsOf(message: ObservedMessage): readonly Verdict[] | string {
  if (message.fate !== 'published') return `${message.fate}: ${message.code}`
  return message.decisions.map(verdictOf)
}
