import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { formatDiagnostics } from '#/config/index.ts'
import type { Decision } from '#/core/decision.ts'
import { messageOf, WhosecallError } from '#/core/errors.ts'
import { ENCODINGS, OUTPUT_ENCODINGS, type OutputEncoding } from '#/core/words.ts'
import { canLeaveAs } from '#/formats/shapes/index.ts'
import { SOURCES } from '#/sources/index.ts'
import { createDeadline, createLogger, createMeter } from '#/telemetry/index.ts'
import { readWorkerConfig, startOffline, type Offline, type WorkerConfig } from '#/worker/index.ts'
import type { ObservedMessage } from '#/worker/pipeline/judge.ts'
import { encodingsOf } from '#/worker/receivers/kafka/receiver.ts'
import { EXIT_OK, type Arguments, type Command, type Io } from './command.ts'
import { linesOf, wholeOf } from './lines.ts'
import { CONFIG_OPTION, requireConfigOffline } from './worker-config.ts'

/**
 * The pipeline over yesterday's archive: every line of a file is one message, and what the worker would publish is
 * printed. Nothing is connected to but the owner directory.
 */

/** Lines are worked on in portions of at most this many bytes. */
const PORTION_BYTES_MAX = 1_048_576

const NAMES = SOURCES.map(({ name }) => name)

export const command: Command = {
  help: {
    examples: [
      [
        'whosecall attribute --source litellm --owners owners.yaml calls.ndjson',
        'the attributed events, one a line',
      ],
      [
        'whosecall attribute --source auto --owners owners.yaml --report *.ndjson',
        'one line an event: outcome, reason, owner',
      ],
      [
        'zcat calls.gz | whosecall attribute -c worker.yaml --source kong-ai-proxy -',
        'with the processors and owners of a config',
      ],
      [
        'whosecall attribute --as ocsf --source litellm --owners owners.yaml calls.ndjson',
        'as a SIEM would get them, one event a line',
      ],
    ],
    usage: '[--source S] [--encoding E] --owners FILE [options] FILE…|-',
    details: [
      'Every line is one message; with --encoding otlp_proto the whole file is one.',
      'Dead letters are named on stderr and, with --report, on stdout.',
    ],
  },
  options: {
    owners: { type: 'text', value: 'FILE', description: 'owner file (YAML, JSON or CSV)' },
    source: {
      type: 'text',
      value: 'SOURCE',
      description: `who wrote the records, or auto (default auto): ${NAMES.join(', ')}`,
      choices: [...NAMES, 'custom', 'auto'],
    },
    encoding: {
      type: 'text',
      value: 'ENCODING',
      description: 'encoding of the messages (default: the usual one of the source)',
      choices: [...ENCODINGS],
    },
    as: {
      type: 'text',
      value: 'ENCODING',
      description: 'what the messages leave as (default: as_is)',
      choices: [...OUTPUT_ENCODINGS],
    },
    report: { type: 'flag', description: 'print one JSON line an event instead of the messages' },
    config: { ...CONFIG_OPTION, description: 'worker config: its receiver options and processors' },
  },
  async run(args, io) {
    const files = args.positionals
    if (files.length === 0)
      throw new WhosecallError('usage', 'which file? Name one or more, or - for stdin')
    const config = await configOf(args, io)
    const { directory } = config.owners
    if (directory.type === 'file') requireFile(directory.path)
    const [receiver] = Object.values(config.receivers)
    if (receiver === undefined) throw new WhosecallError('usage', 'the config has no receiver')
    const encoding = outputEncoding(args, receiver)
    const logger = createLogger({ level: 'warn', format: 'text' })
    const meter = createMeter({ process_metrics: false })
    const offline = await startOffline({
      receiver,
      processors: config.processors,
      owners: config.owners,
      encoding,
      ports: { clock: io.clock, logger, meter },
    })
    const counts: Counts = { messages: 0, dead: 0, events: new Map() }
    try {
      const whole = receiver.logs.encoding === 'otlp_proto'
      // Requests in protobuf may follow one another: together they are one.
      const lines = encoding !== 'otlp_proto' && !(whole && encoding === 'as_is')
      const report = args.flag('report')
      for (const file of files)
        await attributeFile({ file, whole, lines, report, offline, counts, io })
    } finally {
      await offline.stop(createDeadline(io.clock, 1000))
    }
    await io.err.write(`${summary(counts)}\n`)
    return EXIT_OK
  },
}

function outputEncoding(
  args: Arguments,
  receiver: WorkerConfig['receivers'][string],
): OutputEncoding {
  const to = OUTPUT_ENCODINGS.find((name) => name === args.text('as')) ?? 'as_is'
  const stuck = encodingsOf(receiver).find((from) => !canLeaveAs(from, to))
  if (stuck !== undefined)
    throw new WhosecallError('usage', `what is read as ${stuck} cannot leave as ${to}`)
  return to
}

/** The config of the pipeline: that of the user, or one made of the options. */
async function configOf(args: Arguments, io: Io): Promise<WorkerConfig> {
  const owners = args.text('owners')
  const source = args.text('source')
  const encoding = args.text('encoding')
  const directory = owners && { directory: { type: 'file', path: resolve(io.cwd, owners) } }
  if (args.text('config') !== undefined) {
    const config = await requireConfigOffline(args, io)
    const receivers = Object.entries(config.receivers)
    const chosen = receivers.find(([, { source: own }]) => source === undefined || own === source)
    const [id, receiver] = chosen ?? receivers[0]!
    const { encoding: own_encoding, ...logs } = receiver.logs
    const used = {
      ...receiver,
      ...(source === undefined ? {} : { source }),
      logs: encodedAs(logs, encoding ?? (chosen === undefined ? undefined : own_encoding)),
    }
    return {
      ...config,
      receivers: { kafka: used },
      processors: processorsOf(config, id),
      ...(directory ? { owners: made({ owners: directory }).owners } : {}),
    }
  }
  if (!directory)
    throw new WhosecallError(
      'usage',
      'who owns what? Name an owner file with --owners, or a config with -c',
    )
  return made({ owners: directory, source: source ?? 'auto', encoding })

  function made(parts: { owners: object; source?: string; encoding?: string | undefined }) {
    const text = JSON.stringify({
      receivers: {
        kafka: {
          brokers: ['unused:9092'],
          logs: encodedAs({ topics: ['archive'] }, parts.encoding),
          source: parts.source ?? 'auto',
          trust: 'trusted',
        },
      },
      processors: { attribution: {} },
      exporters: {
        kafka: {
          brokers: ['unused:9092'],
          logs: { topic: 'attributed' },
          dead_letter: { topic: 'dead-letters' },
        },
      },
      owners: parts.owners,
      service: {
        pipelines: {
          logs: { receivers: ['kafka'], processors: ['attribution'], exporters: ['kafka'] },
        },
      },
    })
    const file = '(options)'
    const result = readWorkerConfig({
      file,
      text,
      env: {},
      readFile: (p) => readFileSync(p, 'utf8'),
    })
    if (result.ok) return result.config
    throw new WhosecallError('usage', formatDiagnostics(result.diagnostics, { color: false }))
  }
}

/** The processors of the pipeline that the receiver feeds. */
function processorsOf(config: WorkerConfig, receiver_id: string): WorkerConfig['processors'] {
  const pipeline = Object.values(config.service.pipelines).find(({ receivers }) =>
    receivers.includes(receiver_id),
  )
  if (pipeline === undefined)
    throw new WhosecallError('config_invalid', `no pipeline reads from receiver ${receiver_id}`)
  return Object.fromEntries(pipeline.processors.map((id) => [id, config.processors[id]!]))
}

/** Without its owners every event would be unresolved: better to say so. */
function requireFile(path: string): void {
  if (!existsSync(path))
    throw new WhosecallError('config_invalid', `there is no owner file ${path}`)
}

function encodedAs<T extends object>(logs: T, encoding: string | undefined) {
  return encoding === undefined ? logs : { ...logs, encoding }
}

interface Counts {
  messages: number
  dead: number
  /** Events by outcome, or class for what is not a call. */
  readonly events: Map<string, number>
}

interface Job {
  readonly file: string
  /** The whole file is one message. */
  readonly whole: boolean
  /** What leaves is text, one message a line. */
  readonly lines: boolean
  readonly report: boolean
  readonly offline: Offline
  readonly counts: Counts
  readonly io: Io
}

async function attributeFile(job: Job): Promise<void> {
  const { file, io } = job
  const timestamp = file === '-' ? io.clock.now() : modifiedAt(resolve(io.cwd, file), file)
  let portion: { line: number; value: Buffer }[] = []
  let bytes = 0
  const flush = async () => {
    if (portion.length > 0) await attributePortion(job, portion, timestamp)
    portion = []
    bytes = 0
  }
  const chunks = file === '-' ? io.stdin : createReadStream(resolve(io.cwd, file))
  for await (const { line, value } of job.whole ? wholeOf(chunks, file) : linesOf(chunks, file)) {
    portion.push({ line, value })
    bytes += value.length
    if (bytes >= PORTION_BYTES_MAX) await flush()
    if (io.stop.aborted) return
  }
  await flush()
}

async function attributePortion(
  job: Job,
  portion: readonly { line: number; value: Buffer }[],
  timestamp: number,
): Promise<void> {
  const topic = job.file === '-' ? 'stdin' : basename(job.file)
  const results = await job.offline.attribute(
    topic,
    portion.map(({ line, value }) => ({ value, offset: line - 1, timestamp })),
  )
  const chunks: Buffer[] = []
  for (const result of results) {
    const line = result.offset + 1
    count(job.counts, result)
    if (result.fate === 'dead_lettered')
      await job.io.err.write(`${job.file}:${line}: dead-lettered: ${result.code}\n`)
    if (job.report) {
      for (const row of reportRows(job.file, line, result))
        chunks.push(Buffer.from(`${JSON.stringify(row)}\n`))
    } else if (result.value) {
      chunks.push(result.value)
      if (job.lines) chunks.push(NEWLINE)
    }
  }
  await job.io.out.write(Buffer.concat(chunks))
}

const NEWLINE = Buffer.from('\n')

/** One row per event; one for a message that has none to show. Members that do not apply are absent. */
export function reportRows(
  file: string,
  line: number,
  message: ObservedMessage,
): readonly object[] {
  if (message.fate !== 'published') return [{ file, line, fate: message.fate, code: message.code }]
  return message.decisions.map((decision: Decision, index) => ({
    file,
    line,
    index,
    fate: message.fate,
    class: decision.class,
    outcome: decision.outcome,
    reason: decision.reason,
    owner_id: decision.outcome === 'attributed' ? decision.owner?.id : undefined,
    method: decision.method,
    level: decision.level,
    confidence: decision.confidence,
    ip_only: decision.reason === 'ip_only' ? true : undefined,
  }))
}

function count(counts: Counts, message: ObservedMessage): void {
  counts.messages += 1
  if (message.fate === 'dead_lettered') counts.dead += 1
  for (const decision of message.decisions) {
    const name = decision.class === undefined ? (decision.outcome ?? 'context') : decision.class
    counts.events.set(name, (counts.events.get(name) ?? 0) + 1)
  }
}

function summary(counts: Counts): string {
  const events = [...counts.events].map(([name, number]) => `${number} ${name}`)
  const dead = counts.dead > 0 ? [`${counts.dead} dead-lettered`] : []
  return `${counts.messages} messages: ${[...events, ...dead].join(', ') || 'no events'}`
}

function modifiedAt(path: string, file: string): number {
  try {
    return Math.trunc(statSync(path).mtimeMs)
  } catch (error) {
    throw new WhosecallError('usage', `cannot read ${file}: ${messageOf(error)}`, { cause: error })
  }
}
