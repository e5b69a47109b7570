/**
 * The work of the worker without a bus: scan + decide (memory hit) + splice of whole slices, with the real sources, rules
 * and owner file, against decode + add the same attributes + encode.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createOwners } from '#/owners/index.ts'
import { createLogger, createMeter, systemClock } from '#/telemetry/index.ts'
import { readWorkerConfig } from '#/worker/index.ts'
import { createIntakeLane } from '#/worker/pipeline/lanes.ts'
import type { IntakeLane } from '#/worker/pipeline/judge.ts'
import { createEventTally } from '#/worker/pipeline/event-tally.ts'
import { createTally, type Tally } from '#/worker/pipeline/tally.ts'
import type { ScanInput } from '#/core/view.ts'
import type { Encoding } from '#/core/words.ts'
import { encodeLogs, LOGS_DATA } from '../unit/formats/otlp.ts'
import { addToJson, addToOtlpJson, addToOtlpProto, type EventIdParts } from './baseline.ts'
import { createBatches, createCalls, otlpJson, ownersJson, PROMPT_KINDS } from './load.ts'
import type { LoadOptions, PromptKind } from './load.ts'
import { measure, type Row } from './row.ts'

export const IDENTITIES = 10_000
const SLICES = 6
/** What the worker takes at a time. */
const SLICE_BYTES = 1_000_000
const SLICE_MESSAGES = 1_000
const RECORDS = 100

export interface Case {
  readonly encoding: Encoding
  readonly name: string
  readonly source: string
  readonly goal: number
  readonly messages: (load: LoadOptions) => () => Buffer
  /** Takes a message and returns it with attributes, the plain way. */
  readonly add: (message: Buffer, id: EventIdParts) => Buffer
  /** A message as an object, to compare messages that were encoded by different hands. */
  readonly decode: (message: Buffer) => unknown
  readonly events_per_message: number
}

export const CASES: readonly Case[] = [
  {
    encoding: 'otlp_proto',
    name: 'OTLP protobuf',
    source: 'otel-genai-logs',
    goal: 8,
    messages: (load) => {
      const next = createBatches(load, RECORDS)
      return () => encodeLogs(next())
    },
    add: addToOtlpProto,
    decode: (message) => LOGS_DATA.toObject(LOGS_DATA.decode(message), { longs: String }),
    events_per_message: RECORDS,
  },
  {
    encoding: 'otlp_json',
    name: 'OTLP JSON',
    source: 'otel-genai-logs',
    goal: 2,
    messages: (load) => {
      const next = createBatches(load, RECORDS)
      return () => Buffer.from(otlpJson(next()))
    },
    add: addToOtlpJson,
    decode: (message) => JSON.parse(message.toString()),
    events_per_message: RECORDS,
  },
  {
    encoding: 'json',
    name: 'plain JSON',
    source: 'litellm',
    goal: 2,
    messages: (load) => {
      const next = createCalls(load)
      return () => Buffer.from(next())
    },
    add: addToJson,
    decode: (message) => JSON.parse(message.toString()),
    events_per_message: 1,
  },
]

/** `only`: a piece of the names of the rows that are wanted. */
export async function workerRows(
  log: (line: string) => void,
  only: string,
): Promise<readonly Row[]> {
  const directory = mkdtempSync(join(tmpdir(), 'whosecall-bench-'))
  try {
    const owner_file = join(directory, 'owners.json')
    writeFileSync(owner_file, ownersJson(IDENTITIES))
    const rows: Row[] = []
    for (const each of CASES)
      for (const prompt of PROMPT_KINDS) {
        const name = `worker batch, ${each.name}, prompt ${prompt}`
        if (!name.includes(only)) continue
        const row = await contest(name, each, prompt, owner_file)
        log(`${row.row}: ${row.ratio}`)
        rows.push(row)
      }
    return rows
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

async function contest(
  name: string,
  each: Case,
  prompt: PromptKind,
  owner_file: string,
): Promise<Row> {
  const slices = slicesOf(each, prompt)
  const { work, stop } = await startLane(each, owner_file)
  compare(each, slices[0]!, work)
  let ours_at = 0
  let baseline_at = 0
  const row = measure({
    row: name,
    unit: 'events/s',
    goal: each.goal,
    ours() {
      const slice = slices[ours_at++ % slices.length]!
      work(slice.input)
      return slice.messages.length * each.events_per_message
    },
    baseline() {
      const slice = slices[baseline_at++ % slices.length]!
      for (const [index, message] of slice.messages.entries()) each.add(message, idOf(index))
      return slice.messages.length * each.events_per_message
    },
  })
  await stop()
  return row
}

/** Both sides do the same work: what comes out of them says the same. */
function compare(
  each: Case,
  slice: BenchSlice,
  work: (input: ScanInput, see: (message: number, value: Buffer) => void) => void,
): void {
  work(slice.input, (index, value) => {
    const plain = each.add(slice.messages[index]!, idOf(index))
    assert.deepEqual(each.decode(value), each.decode(plain))
  })
}

const STAMP = '1795089600000'

export function idOf(message: number): EventIdParts {
  return { base: `bench/calls/0/${message}`, stamp: STAMP }
}

export interface BenchSlice {
  readonly messages: readonly Buffer[]
  readonly input: ScanInput
}

export function slicesOf(each: Case, prompt: PromptKind): readonly BenchSlice[] {
  const next = each.messages({ seed: 1, identities: IDENTITIES, exponent: 1.1, prompt })
  return Array.from({ length: SLICES }, () => {
    const messages: Buffer[] = []
    for (let bytes = 0; messages.length < SLICE_MESSAGES;) {
      const message = next()
      bytes += message.length
      if (bytes > SLICE_BYTES && messages.length > 0) break
      messages.push(message)
    }
    return sliceOf(messages)
  })
}

export function sliceOf(messages: readonly Buffer[]): BenchSlice {
  const value_starts = new Int32Array(messages.length)
  const value_ends = new Int32Array(messages.length)
  let end = 0
  for (const [index, message] of messages.entries()) {
    value_starts[index] = end
    value_ends[index] = end += message.length
  }
  return {
    messages,
    input: { count: messages.length, bytes: Buffer.concat(messages), value_starts, value_ends },
  }
}

export type LaneOf = Pick<Case, 'encoding' | 'source'>

export async function startLane(each: LaneOf, owner_file: string) {
  const read = readWorkerConfig({
    file: 'bench.yaml',
    text: configText(each, owner_file),
    env: {},
    readFile: () => '',
  })
  if (!read.ok) throw new Error(JSON.stringify(read.diagnostics))
  const { config } = read
  const ports = {
    clock: systemClock,
    logger: createLogger({ level: 'error', format: 'text' }),
    meter: createMeter({ process_metrics: false }),
  }
  const owners = await createOwners(config.owners, ports).start()
  const tally = createTally(ports)
  const lane = createIntakeLane(
    each.encoding,
    config.receivers['kafka']!,
    config.processors,
    ['attribution'],
    { ...ports, owners: owners.value, tally },
  )
  return {
    lane,
    config,
    ports: { ...ports, owners: owners.value },
    tally,
    work: (input: ScanInput, see?: (message: number, value: Buffer) => void) =>
      workOn(lane, input, tally, see),
    stop: () => owners.stop({ at_ms: Date.now(), signal: AbortSignal.abort() }),
  }
}

/** What the intake does with a slice, but for handing the messages on. */
export function workOn(
  lane: IntakeLane,
  input: ScanInput,
  tally: Pick<Tally, 'add'>,
  see?: (message: number, value: Buffer) => void,
): void {
  const view = lane.format.scan(input)
  const events = createEventTally(view.event_count)
  for (const processor of lane.processors) {
    const missing = processor({
      view,
      timestamp: () => Number(STAMP),
      place: () => ({ topic: 'bench', partition: 0, offset: 0, event: 0 }),
      tally: events,
      fail(message, reason) {
        throw new Error(`message ${message}: ${reason}`)
      },
      failure: (message) => view.failure(message),
      decisions: undefined,
      shaped: undefined,
      labels: [],
      answers: new Map(),
    })
    if (missing.length > 0) throw new Error('the owner file answers at once')
  }
  for (let message = 0; message < input.count; message += 1) {
    if (view.failure(message) !== undefined) throw new Error(`unreadable: ${view.failure(message)}`)
    const { base, stamp } = idOf(message)
    const value = lane.format.splice(view, message, base, stamp)
    see?.(message, value)
  }
  tally.add(events, 0, view.event_count)
  lane.format.hold()()
}

function configText(each: LaneOf, owner_file: string): string {
  return `receivers:
  kafka:
    brokers: [localhost:9092]
    logs: { topics: [calls], encoding: ${each.encoding} }
    source: ${each.source}
    trust: trusted
    trusted_resource_attributes: [service.*, deployment.*]
processors:
  attribution: {}
exporters:
  kafka:
    brokers: [localhost:9092]
    logs: { topic: attributed }
    dead_letter: { topic: dead-letters }
owners:
  directory: { type: file, path: ${owner_file} }
service:
  pipelines:
    logs: { receivers: [kafka], processors: [attribution], exporters: [kafka] }
`
}
