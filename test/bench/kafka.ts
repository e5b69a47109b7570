/**
 * `npm run bench:kafka [-- --json] [--quick] [--only TEXT]`: the whole worker on a real broker, against a byte mirror.
 * KAFKA_BROKERS names a broker; without it one is started. Writes its section of RESULTS.md; `--quick` runs little, `--only`
 * the rows whose name holds the text, and neither writes anything.
 */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startKafka } from '../stack/kafka.ts'
import { openCluster } from './kafka/cluster.ts'
import { redisRows, REDIS_ROWS } from './kafka/redis-calls.ts'
import { CASES, IDENTITIES, nameOf, throughputRows } from './kafka/throughput.ts'
import { ownersJson } from './load.ts'
import { printRows, RESULTS_FILE, table, writeSection } from './results.ts'
import type { Row } from './row.ts'

const COMPRESSIONS = ['none', 'zstd', 'lz4'] as const

const METHOD = `A real broker on the same machine, topics of 4 partitions that are filled beforehand, \`acks=all\`, idempotent producers.
Ours is the whole worker as \`whosecall run\` starts it (owner file of ${IDENTITIES} keys, metrics scraped twice a second); the
baseline is a process that copies every message unchanged by kafkajs with the same settings and commits once a second. Both carry the
same topic over, in turns, the first to go changing; a life is measured from its first fifth to its end, in events per second of
CPU time of the process. Medians of the lives; \`resident memory peak\` is the highest of all lives, and its ratio is baseline /
ours.

The worker produces through kafkajs, but encodes record batches itself. The baseline is kafkajs as everybody has it; the rows
"the mirror with our record batches, too" compare with a mirror that encodes them as the worker does, so that all that is left
between the two is scanning, deciding, splicing and the bytes that attribution adds.

*Redis calls*: 100 000 identities by Zipf's law with exponent 1.1, an http directory behind memory and Redis; every command
counts, writes too: one \`MGET\` takes the keys of a slice together. The baseline asks Redis once per event.`

const NOTES = `What limits the throughput now: a third of the worker's CPU time is its own work (scan, decide, splice), a fifth encoding and
sending, an eighth the garbage collector, which has an object or two of kafkajs and of ours for each message. The worker writes half
a kilobyte of attribution an event: 2.1 times the bytes that it read without prompts, 1.2 times with them, 1.4 times of the
JSON events; a bare mirror writes what it reads.`

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
    },
  })
  const log = (line: string) => void process.stderr.write(`${line}\n`)
  const directory = await mkdtemp(join(tmpdir(), 'whosecall-bench-kafka-'))
  const given = process.env['KAFKA_BROKERS']
  const kafka = given ? undefined : await startKafka(directory, log)
  const cluster = openCluster(given || (kafka?.listeners.plaintext ?? ''))
  try {
    const { quick, only } = values
    const rows = await allRows({ directory, cluster, log, quick, only })
    const is_whole = !quick && only === ''
    if (is_whole)
      writeSection({ name: 'kafka', title: 'On a broker', method: METHOD, rows, notes: NOTES })
    if (values.json) printRows(rows)
    else process.stdout.write(`${table(rows)}\n`)
    if (is_whole) log(`written to ${RESULTS_FILE}`)
  } finally {
    await cluster.close()
    await kafka?.kill()
    await rm(directory, { recursive: true, force: true })
  }
}

async function allRows(of: {
  readonly directory: string
  readonly cluster: ReturnType<typeof openCluster>
  readonly log: (line: string) => void
  readonly quick: boolean
  readonly only: string
}): Promise<readonly Row[]> {
  const owner_file = join(of.directory, 'owners.json')
  await writeFile(owner_file, ownersJson(IDENTITIES))
  const tail = randomBytes(4).toString('hex')
  const options = { ...of, owner_file, tail }
  const rows: Row[] = []
  for (const each of CASES)
    for (const compression of each.compressed ? COMPRESSIONS : (['none'] as const)) {
      if (!nameOf(each, compression).includes(of.only)) continue
      const full = compression === 'none'
      const rounds = of.quick ? 1 : full ? 3 : 2
      const scale = of.quick ? 0.1 : full ? 1 : 0.5
      rows.push(...(await throughputRows(each, { ...options, rounds, scale, compression })))
    }
  if (!of.quick && REDIS_ROWS.includes(of.only))
    rows.push(...(await redisRows(of.cluster, of.directory, tail, of.log)))
  return rows
}

await main()
