/**
 * `npm run bench [-- --json] [--only TEXT]`: everything that needs no broker. Writes its sections of RESULTS.md; with `--json`
 * it prints one line a row on stdout and nothing else there. `--only` runs the rows whose name holds the text, and writes
 * nothing.
 */
import { parseArgs } from 'node:util'
import { printRows, RESULTS_FILE, table, writeSection } from './results.ts'
import { metricsRows, METRICS_SECTION } from './metrics.ts'
import { sourceRows, SOURCES_SECTION } from './sources.ts'
import { workerRows } from './worker-batch.ts'

const METHOD = `Without a broker, one core. Each row is a contest of 9 rounds in which both sides take turns, the first to go
changing, after a warm-up; speeds are events per second of CPU time of the process, and the medians stand here.

*Worker batch*: slices of 1 MB as the worker takes them, OTLP messages of 100 records from 10 resources, plain JSON messages
of one event. Ours: scan, decide (real source, real rules, owner file in memory, decision memo), splice. Baseline: decode
(protobufjs or \`JSON.parse\`), find the owner in a Map, add the very same attributes, encode; there are no rules, and before
it is measured the two outputs are compared. 10 000 identities by Zipf's law with
exponent 1.1; prompts of 2 000 characters of four kinds.`

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
    },
  })
  const log = (line: string) => void process.stderr.write(`${line}\n`)
  const rows = await workerRows(log, values.only)
  const source_rows = await sourceRows(log, values.only)
  const metrics_rows = await metricsRows(log, values.only)
  const is_whole = values.only === ''
  if (is_whole) {
    writeSection({ name: 'bench', title: 'Without a broker', method: METHOD, rows })
    writeSection({ ...SOURCES_SECTION, rows: source_rows })
    writeSection({ ...METRICS_SECTION, rows: metrics_rows })
  }
  if (values.json) printRows([...rows, ...source_rows, ...metrics_rows])
  else
    for (const part of [rows, source_rows, metrics_rows])
      if (part.length > 0) process.stdout.write(`${table(part)}\n`)
  if (is_whole) log(`written to ${RESULTS_FILE}`)
}

await main()
