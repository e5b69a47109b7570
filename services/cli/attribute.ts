import { basename } from 'node:path'
import type { Deadline } from '#/core/component.ts'
import type { Decision } from '#/core/decision.ts'
import { WhosecallError } from '#/core/errors.ts'
import type { Ports } from '#/core/ports.ts'
import { ENCODINGS, OUTPUT_ENCODINGS, type Encoding, type OutputEncoding } from '#/core/words.ts'
import { canLeaveAs } from '#/formats/shapes/index.ts'
import { SOURCES } from '#/sources/index.ts'
import { createDeadline, createLogger, createMeter } from '#/telemetry/index.ts'
import { startOffline, type Offline } from '#/worker/index.ts'
import type { ObservedMessage } from '#/worker/pipeline/judge.ts'
import { encodingsOf } from '#/worker/receivers/kafka/receiver.ts'
import { chunksOf, modifiedAt, requireArchives } from './archives.ts'
import { openCapture, type CaptureMessage, type OpenedCapture } from './attribute/from-capture.ts'
import { planOf, type Plan, type Route } from './attribute/plan.ts'
import { EXIT_OK, type Arguments, type Command, type Io } from './command.ts'
import { linesOf, wholeOf } from './lines.ts'
import { CONFIG_OPTION } from './worker-config.ts'

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
        'zcat calls.gz | whosecall attribute -c worker.yaml -',
        'with the receivers, processors and owners of a config',
      ],
      [
        'whosecall attribute --as ocsf --source litellm --owners owners.yaml calls.ndjson',
        'as a SIEM would get them, one event a line',
      ],
      ['whosecall attribute sample.ndjson --report', 'a capture: it brings its config along'],
    ],
    usage: '[--source S] [--encoding E] --owners FILE [options] FILE…|-',
    details: [
      'Every line is one message; with --encoding otlp_proto the whole file is one.',
      'Dead letters are named on stderr and, with --report, on stdout.',
      'With a config and no --source, each message goes to the first receiver whose source it is by its fields;',
      'what is of none of their sources is read as source auto.',
    ],
  },
  options: {
    owners: { type: 'text', value: 'FILE', description: 'owner file (YAML, JSON or CSV)' },
    source: {
      type: 'text',
      value: 'SOURCE',
      description: `who wrote the records, or auto: each by its fields (the default): ${NAMES.join(', ')}`,
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
    requireArchives(files, io)
    const capture = await openCapture(args, io)
    const plan = capture?.plan ?? (await planOf(args, io))
    const encoding = outputEncoding(args, plan)
    const logger = createLogger({ level: 'warn', format: 'text' })
    const meter = createMeter({ process_metrics: false })
    const { start, stop } = createStart(plan, encoding, { clock: io.clock, logger, meter })
    const counts: Counts = { messages: 0, dead: 0, events: new Map() }
    try {
      const { whole } = plan
      // Requests in protobuf may follow one another: together they are one.
      const lines = encoding !== 'otlp_proto' && !(whole && encoding === 'as_is')
      const report = args.flag('report')
      for (const file of files)
        await attributeFile({ file, whole, lines, report, plan, capture, start, counts, io })
    } finally {
      capture?.end()
      await stop(createDeadline(io.clock, 1000))
    }
    const as_captured = capture === undefined ? '' : `; ${capture.summary()}`
    await io.err.write(`${summary(counts)}${as_captured}\n`)
    return EXIT_OK
  },
}

function outputEncoding(args: Arguments, { routes }: Plan): OutputEncoding {
  const to = OUTPUT_ENCODINGS.find((name) => name === args.text('as')) ?? 'as_is'
  const [stuck] = routes.map((route) => stuckEncoding(route, to))
  if (stuck !== undefined && routes.every((route) => stuckEncoding(route, to) !== undefined))
    throw cannotLeave(stuck, to)
  return to
}

/** What of that which the route reads has no such form. */
function stuckEncoding({ receiver }: Route, to: OutputEncoding): Encoding | undefined {
  return encodingsOf(receiver).find((from) => !canLeaveAs(from, to))
}

function cannotLeave(from: Encoding, to: OutputEncoding): WhosecallError {
  return new WhosecallError('usage', `what is read as ${from} cannot leave as ${to}`)
}

type Start = (route: Route) => Promise<Offline>

/** Each route is started with the first message that takes it: an owner file may be large. */
function createStart(
  plan: Plan,
  encoding: OutputEncoding,
  ports: Ports,
): { readonly start: Start; stop(deadline: Deadline): Promise<void> } {
  const started = new Map<Route, Offline>()
  return {
    async start(route) {
      const running = started.get(route)
      if (running !== undefined) return running
      const stuck = stuckEncoding(route, encoding)
      if (stuck !== undefined) throw cannotLeave(stuck, encoding)
      const offline = await startOffline({ ...route, owners: plan.owners, encoding, ports })
      started.set(route, offline)
      return offline
    },
    async stop(deadline) {
      for (const offline of started.values()) await offline.stop(deadline)
    },
  }
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
  readonly plan: Plan
  /** The file is one. */
  readonly capture: OpenedCapture | undefined
  readonly start: Start
  readonly counts: Counts
  readonly io: Io
}

async function attributeFile(job: Job): Promise<void> {
  const { file, io } = job
  if (job.capture !== undefined) return attributePortion(job, job.capture.messages)
  const timestamp = modifiedAt(file, io)
  let portion: Message[] = []
  let bytes = 0
  const flush = async () => {
    if (portion.length > 0) await attributePortion(job, portion)
    portion = []
    bytes = 0
  }
  const chunks = chunksOf(file, io)
  for await (const { line, value } of job.whole ? wholeOf(chunks, file) : linesOf(chunks, file)) {
    portion.push({ line, value, timestamp })
    bytes += value.length
    if (bytes >= PORTION_BYTES_MAX) await flush()
    if (io.stop.aborted) return
  }
  await flush()
}

type Message = CaptureMessage

async function attributePortion(job: Job, portion: readonly Message[]): Promise<void> {
  const topic = job.capture?.topic ?? (job.file === '-' ? 'stdin' : basename(job.file))
  const results = await resultsOf(job, topic, portion)
  const chunks: Buffer[] = []
  for (const result of results) {
    const line = result.offset + 1
    count(job.counts, result)
    job.capture?.see(line, result)
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

/** Of each message, in order, whatever routes they take. */
async function resultsOf(
  { plan, start }: Job,
  topic: string,
  portion: readonly Message[],
): Promise<readonly ObservedMessage[]> {
  const by_route = Map.groupBy(portion, ({ value }) => plan.routeOf(value ?? NOTHING))
  const results: ObservedMessage[] = []
  for (const [route, lines] of by_route) {
    const offline = await start(route)
    const messages = lines.map(({ line, ...message }) => ({ ...message, offset: line - 1 }))
    results.push(...(await offline.attribute(topic, messages)))
  }
  return by_route.size === 1 ? results : results.toSorted((a, b) => a.offset - b.offset)
}

const NEWLINE = Buffer.from('\n')
const NOTHING = Buffer.alloc(0)

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
