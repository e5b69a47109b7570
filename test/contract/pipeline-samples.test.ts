/** Every sample line, through the whole pipeline: with its own source, and with `source: auto`. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { SOURCES } from '#/sources/index.ts'
import { createDeadline, createLogger, createMeter, systemClock } from '#/telemetry/index.ts'
import { readWorkerConfig, startOffline } from '#/worker/index.ts'
import { reportRows } from '../../services/cli/attribute.ts'

const SAMPLES = new URL('../data/samples/', import.meta.url)

interface Entry {
  readonly file: string
  readonly line: number
  readonly index?: number
  readonly expect: Readonly<Record<string, unknown>>
}
const index = JSON.parse(readFileSync(new URL('index.json', SAMPLES), 'utf8')) as {
  readonly entries: readonly Entry[]
}

async function reportOf(source: string, file: string): Promise<readonly Record<string, unknown>[]> {
  const owners = new URL('owners.yaml', SAMPLES).pathname
  const text = JSON.stringify({
    receivers: {
      kafka: {
        brokers: ['unused:9092'],
        logs: { topics: ['archive'], ...(source === 'auto' ? { encoding: 'auto' } : {}) },
        source,
        trust: 'trusted',
      },
    },
    processors: { attribution: {} },
    exporters: {
      kafka: { brokers: ['unused:9092'], logs: { topic: 'out' }, dead_letter: { topic: 'dead' } },
    },
    owners: { directory: { type: 'file', path: owners } },
    service: {
      pipelines: {
        logs: { receivers: ['kafka'], processors: ['attribution'], exporters: ['kafka'] },
      },
    },
  })
  const read = readWorkerConfig({ file: 'test', text, env: {}, readFile: () => '' })
  assert.ok(read.ok, JSON.stringify(read))
  const offline = await startOffline({
    receiver: read.config.receivers['kafka']!,
    processors: read.config.processors,
    owners: read.config.owners,
    ports: {
      clock: systemClock,
      logger: createLogger({ level: 'error', format: 'json' }),
      meter: createMeter({ process_metrics: false }),
    },
  })
  const lines = readFileSync(new URL(file, SAMPLES), 'utf8').split('\n').filter(Boolean)
  const results = await offline.attribute(
    file,
    lines.map((line, offset) => ({
      value: Buffer.from(line),
      offset,
      timestamp: 1_795_089_600_000,
    })),
  )
  await offline.stop(createDeadline(systemClock, 1000))
  return results.flatMap((result) => reportRows(file, result.offset + 1, result)) as Record<
    string,
    unknown
  >[]
}

for (const { name } of SOURCES)
  for (const source of [name, 'auto'])
    test(`samples of ${name} come to what the index says with source ${source}`, async () => {
      const file = `${name}.ndjson`
      const rows = await reportOf(source, file)
      const expected = index.entries.filter((entry) => entry.file === file)
      assert.ok(expected.length > 0)
      for (const entry of expected) {
        const row = rows.find(
          (r) => r['line'] === entry.line && (r['index'] ?? 0) === (entry.index ?? 0),
        )
        const got = Object.fromEntries(
          Object.entries(row ?? {}).filter(
            ([key, value]) => !['file', 'line', 'index'].includes(key) && value !== undefined,
          ),
        )
        assert.deepEqual(got, entry.expect, `${file}:${entry.line}`)
      }
      assert.equal(rows.length, expected.length)
    })
