/** The samples of each source as they leave in an output encoding: what the golden files hold. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import type { OutputEncoding } from '#/core/words.ts'
import { createDeadline, createLogger, createMeter, systemClock } from '#/telemetry/index.ts'
import { readWorkerConfig, startOffline } from '#/worker/index.ts'

const SAMPLES = new URL('../data/samples/', import.meta.url)
const TIMESTAMP = 1_795_089_600_000

export const GOLDEN_ENCODINGS = ['ocsf', 'ecs'] as const

export function goldenFile(encoding: OutputEncoding, source: string): URL {
  return new URL(`../data/golden/${encoding}/${source}.ndjson`, import.meta.url)
}

/** One line an event, in the order of the samples; lines that are no event of the source are left out. */
export async function shapedSamples(
  encoding: OutputEncoding,
  source: string,
  processors: object = { attribution: {} },
): Promise<readonly string[]> {
  const owners = new URL('owners.yaml', SAMPLES).pathname
  const text = JSON.stringify({
    receivers: {
      kafka: { brokers: ['unused:9092'], logs: { topics: ['archive'] }, source, trust: 'trusted' },
    },
    processors,
    exporters: {
      kafka: {
        brokers: ['unused:9092'],
        logs: { topic: 'out', encoding },
        dead_letter: { topic: 'dead' },
      },
    },
    owners: { directory: { type: 'file', path: owners } },
    service: {
      pipelines: {
        logs: {
          receivers: ['kafka'],
          processors: Object.keys(processors),
          exporters: ['kafka'],
        },
      },
    },
  })
  const read = readWorkerConfig({ file: 'test', text, env: {}, readFile: () => '' })
  assert.ok(read.ok, JSON.stringify(read))
  const offline = await startOffline({
    receiver: read.config.receivers['kafka']!,
    processors: read.config.processors,
    owners: read.config.owners,
    encoding,
    ports: {
      clock: systemClock,
      logger: createLogger({ level: 'error', format: 'json' }),
      meter: createMeter({ process_metrics: false }),
    },
  })
  const lines = readFileSync(new URL(`${source}.ndjson`, SAMPLES), 'utf8')
    .split('\n')
    .filter(Boolean)
  const messages = lines.map((line, offset) => ({
    value: Buffer.from(line),
    offset,
    timestamp: TIMESTAMP,
  }))
  const results = await offline.attribute(`${source}.ndjson`, messages)
  await offline.stop(createDeadline(systemClock, 1000))
  return results.flatMap(({ value }) => (value ? value.toString().split('\n') : []))
}
