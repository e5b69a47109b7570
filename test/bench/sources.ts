/**
 * One row per source: its sample lines, repeated until they fill a slice, through the worker without a bus. Beside the plain
 * way of doing the same, each source is measured against LiteLLM in the same rounds, byte for byte: a source that is much
 * dearer than the plainest one has something wrong in its data file, or in the code that it needs.
 */
import assert from 'node:assert/strict'
import type { Source } from '#/core/source.ts'
import { SOURCES } from '#/sources/index.ts'
import { OWNERS_FILE, sampleLines } from '../support/sample-pipeline.ts'
import type { Section } from './results.ts'
import { rowOf, speedOf, type Row } from './row.ts'
import { idOf, sliceOf, startLane, type BenchSlice } from './worker-batch.ts'

const SLICE_BYTES = 1_000_000
const WARM_UP_MS = 400
const ROUNDS = 9
const ROUND_MS = 60
/** A third: no source costs more than three times as much per byte. */
const GOAL = 0.33
const YARDSTICK = 'litellm'

export const SOURCES_SECTION: Omit<Section, 'rows'> = {
  name: 'sources',
  title: 'Source by source',
  method: `Without a broker, one core: the sample lines of each source, repeated to slices of 1 MB, in the usual encoding of the
source, owners from a file. Ours: scan, decide, splice, as in the worker. Baseline: \`JSON.parse\`, add the very same attributes
(they are known; nothing is looked up), \`JSON.stringify\`; before it is measured the two outputs are compared. Speeds are
megabytes of input per second of CPU time. *of LiteLLM* is our speed as a share of our own speed on LiteLLM's samples, measured in the
same rounds: what it asks for is that no source costs more than three times as much per byte. The records differ in what is
read of them: a short record that is read nearly whole costs more per byte than a long one with a prompt.`,
}

/** `only`: a piece of the names of the rows that are wanted. */
export async function sourceRows(
  log: (line: string) => void,
  only: string,
): Promise<readonly Row[]> {
  const wanted = SOURCES.filter(({ name }) => rowName(name).includes(only))
  if (wanted.length === 0) return []
  const yardstick = await startWork(SOURCES.find(({ name }) => name === YARDSTICK)!)
  speedOf(yardstick.ours, WARM_UP_MS)
  const rows: Row[] = []
  for (const source of wanted) {
    const work = await startWork(source)
    const row = contest(source, work, yardstick)
    log(`${row.row}: ${row.ratio}, ${row.of_litellm} of LiteLLM`)
    rows.push(row)
    await work.stop()
  }
  await yardstick.stop()
  return rows
}

function rowName(source: string): string {
  return `source ${source}`
}

/** Three sides take turns, each round another one first. */
function contest(source: Source, work: Work, yardstick: Work): Row {
  const sides = [work.ours, work.baseline, yardstick.ours] as const
  for (const side of sides) speedOf(side, WARM_UP_MS)
  const speeds: [number[], number[], number[]] = [[], [], []]
  for (let round = 0; round < ROUNDS; round += 1)
    for (let turn = 0; turn < sides.length; turn += 1) {
      const side = (round + turn) % sides.length
      speeds[side]?.push(speedOf(sides[side]!, ROUND_MS))
    }
  const [ours, baseline, litellm] = speeds
  return rowOf({
    row: rowName(source.name),
    unit: 'MB/s',
    ours,
    baseline,
    of_litellm: ours.map((speed, round) => speed / (litellm[round] ?? Number.NaN)),
    goal: GOAL,
  })
}

interface Work {
  /** Each works on a slice and returns its megabytes. */
  ours(): number
  baseline(): number
  stop(): Promise<void>
}

async function startWork(source: Source): Promise<Work> {
  const lines = sampleLines(source.name).map((line) => Buffer.from(line))
  const slice = repeated(lines)
  const megabytes = slice.input.bytes.length / 1e6
  const lane = await startLane(
    { encoding: source.encoding, source: source.name },
    OWNERS_FILE.pathname,
  )
  const added: Attributes[] = []
  const plain = plainWay(source)
  lane.work(slice.input, (message, value) => {
    if (message < lines.length) added.push(plain.read(value))
  })
  const add = (message: number): Buffer =>
    plain.add(slice.messages[message]!, added[message % lines.length]!, message)
  lane.work(slice.input, (message, value) => {
    if (message < 2 * lines.length)
      assert.deepEqual(JSON.parse(value.toString()), JSON.parse(add(message).toString()))
  })
  return {
    ours() {
      lane.work(slice.input)
      return megabytes
    },
    baseline() {
      for (let message = 0; message < slice.messages.length; message += 1) add(message)
      return megabytes
    },
    stop: lane.stop,
  }
}

function repeated(lines: readonly Buffer[]): BenchSlice {
  const messages: Buffer[] = []
  for (let bytes = 0; bytes < SLICE_BYTES;) {
    const message = lines[messages.length % lines.length]!
    bytes += message.length
    messages.push(message)
  }
  return sliceOf(messages)
}

/** What the events of a message get, one each; `undefined` for what gets nothing. */
type Attributes = readonly (object | undefined)[]

interface PlainWay {
  /** What the worker wrote, without the id of the event. */
  read(message: Buffer): Attributes
  add(message: Buffer, added: Attributes, number: number): Buffer
}

function plainWay(source: Source): PlainWay {
  const eventsOf = source.encoding === 'json' ? jsonEvents(source) : otlpEvents
  const way = source.encoding === 'json' ? JSON_EVENT : OTLP_EVENT
  return {
    read: (message) => eventsOf(JSON.parse(message.toString())).map(way.read),
    add(message, added, number) {
      const parsed: Lists & Otlp = JSON.parse(message.toString())
      const { base, stamp } = idOf(number)
      const events = eventsOf(parsed)
      for (let index = 0; index < events.length; index += 1) {
        const own = added[index]
        if (own !== undefined) way.write(events[index]!, own, `${base}/${index}@${stamp}`)
      }
      return Buffer.from(JSON.stringify(parsed))
    },
  }
}

interface Attribute {
  readonly key: string
  readonly value: object
}
/** An event of plain JSON, or a record of OTLP. */
interface Event {
  attribution?: object
  readonly attributes?: Attribute[]
}

const JSON_EVENT = {
  read: ({ attribution }: Event): object | undefined => {
    if (attribution === undefined) return undefined
    const { event_id: _, ...rest }: { event_id?: string } = attribution
    return rest
  },
  write(event: Event, own: object, event_id: string): void {
    event.attribution = { ...own, event_id }
  },
}

const OTLP_EVENT = {
  read: ({ attributes = [] }: Event): Attribute[] | undefined => {
    const own = attributes.filter(({ key }) => key.startsWith('attribution.'))
    return own.length === 0 ? undefined : own.slice(0, -1)
  },
  write({ attributes }: Event, own: object, stringValue: string): void {
    if (!Array.isArray(own)) return
    attributes?.push(...own, { key: 'attribution.event_id', value: { stringValue } })
  },
}

function jsonEvents({ wrappers = [] }: Source): (message: Lists) => readonly Event[] {
  const places = wrappers.map((wrapper) =>
    wrapper.split('[]').map((part) => part.split('/').slice(1)),
  )
  const at = (holder: unknown, path: readonly string[]): unknown =>
    path.reduce((found, name) => (isHolder(found) ? found[name] : undefined), holder)
  return (message) => {
    if (Array.isArray(message)) return message
    for (const [outer = [], inner] of places) {
      const list = at(message, outer)
      if (!Array.isArray(list)) continue
      if (inner === undefined) return list
      const lists = list.map((item) => at(item, inner)).filter(Array.isArray)
      if (lists.length > 0) return lists.flat()
    }
    return [message]
  }
}

/** A decoded message: all that is known of it. */
type Lists = Readonly<Record<string, unknown>> & Event

function isHolder(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

interface Otlp {
  readonly resourceLogs?: readonly {
    readonly scopeLogs: readonly { readonly logRecords: readonly Event[] }[]
  }[]
  readonly resourceSpans?: readonly {
    readonly scopeSpans: readonly { readonly spans: readonly Event[] }[]
  }[]
}

function otlpEvents({ resourceLogs = [], resourceSpans = [] }: Otlp): readonly Event[] {
  const events: Event[] = []
  for (const { scopeLogs } of resourceLogs)
    for (const { logRecords } of scopeLogs) events.push(...logRecords)
  for (const { scopeSpans } of resourceSpans)
    for (const { spans } of scopeSpans) events.push(...spans)
  return events
}
