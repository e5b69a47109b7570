/**
 * From a slice to verdicts: scan, processors, splice. All of it is synchronous. When a processor lacks answers the step
 * only says which keys are missing, and is done again once they were looked up.
 */
import type { Decision } from '#/core/decision.ts'
import type { Key } from '#/core/owners.ts'
import type { Run } from '#/core/run.ts'
import type { Format, View } from '#/core/view.ts'
import type { Class, DeadLetterReason, Fate, Stage } from '#/core/words.ts'
import type { Shape } from '#/formats/shapes/index.ts'
import { createSliceTap, type SliceTap } from '../admin/tap-slice.ts'
import type { TapSink } from '../admin/tap.ts'
import type { Finding, Watch } from '../findings/watch.ts'
import type { Batch, Processor } from '../processors/processor.ts'
import { coordinatesOf, type Origin } from './dead-letters.ts'
import type { Label, Labels, Leaving, Retype } from './labels.ts'
import type { Slice } from './slice.ts'
import { createEventTally, type EventTally } from './event-tally.ts'
import type { Tally } from './tally.ts'

/** One encoding of a receiver: its format and the processors bound to that format's plan. */
export interface IntakeLane {
  readonly format: Format
  readonly processors: readonly Processor[]
  readonly labels: Labels
  /** One for each exporter of the pipeline. */
  readonly outlets: readonly Outlet[]
}

/** What messages leave as for one exporter. */
export interface Outlet {
  /** Absent: as they came, with the attribution in them. */
  readonly shape?: Shape | undefined
  /** Absent: the labels of the lane are of its type. */
  readonly retype?: Retype | undefined
}

export interface JudgeOptions extends Origin {
  readonly lanes: readonly IntakeLane[]
  readonly drop_non_calls: boolean
  /** Present when findings are wanted. */
  readonly watch?: Watch | undefined
  /** Called with the number of events that went through all processors. */
  readonly onProcessed?: (events: number) => void
  /** Shows events to those who look on. */
  readonly tap?: TapSink | undefined
}

/** What becomes of one message of a slice. */
export type Verdict =
  /** `others` leave beside it: for the same exporter, when each event leaves alone, in order; and for further exporters. */
  | ({ readonly fate: 'published'; readonly others: readonly Leaving[] } & Leaving)
  | { readonly fate: 'dead_lettered'; readonly reason: DeadLetterReason; readonly stage: Stage }
  | { readonly fate: 'filtered'; readonly code: Class }

export interface Step {
  /** Not empty: look these up and judge again; nothing else is set. */
  readonly missing: readonly Key[]
  /** One per message of the slice. */
  readonly verdicts: readonly Verdict[]
  readonly tally: EventTally
  /** Events of message m of the slice: `event_starts[m]` … `event_starts[m + 1] - 1`. */
  readonly event_starts: Int32Array
  /** Reserved names that were stripped. */
  readonly forged: number
  readonly findings: readonly Finding[]
  /** Present when somebody looks on. */
  readonly tapped?: SliceTap | undefined
  /** Gives the values of the verdicts back; to be called when none of them is needed any more. */
  readonly release: () => void
}

export interface ObservedMessage {
  readonly offset: number
  readonly fate: Fate
  /** Dead-letter reason, or the class of a filtered message. */
  readonly code: DeadLetterReason | Class | undefined
  /** What leaves the worker; `undefined` unless published. */
  readonly value: Buffer | null | undefined
  /** One per event, in the order of the document; empty unless published. */
  readonly decisions: readonly Decision[]
}

export type Judge = (run: Run, slice: Slice, answers: Batch['answers']) => Step

export function createJudge(
  options: JudgeOptions,
  tally: Tally,
  onObserved: ((message: ObservedMessage) => void) | undefined,
): Judge {
  function process(run: Run, slice: Slice, answers: Batch['answers']): Step {
    const lane = options.lanes[slice.lane]!
    const view = lane.format.scan(slice)
    const failures: (DeadLetterReason | undefined)[] = []
    for (let m = 0; m < slice.count; m += 1) failures.push(view.failure(m))
    const event_tally = createEventTally(view.event_count)
    const batch: Batch = {
      view,
      timestamp: (m) => coordinatesOf(options, run, slice.first + m).timestamp,
      place: (m, event) => ({
        topic: run.topic,
        partition: run.partition,
        offset: run.offsets[slice.first + m]!,
        event: event - view.event_starts[m]!,
      }),
      tally: event_tally,
      fail: (m, reason) => (failures[m] ??= reason),
      failure: (m) => failures[m],
      decisions: onObserved === undefined ? undefined : [],
      looked_at: options.tap?.wants(TAPPED) ? [] : undefined,
      shaped: lane.outlets.some(({ shape }) => shape !== undefined) ? [] : undefined,
      labels: [],
      sightings: options.watch === undefined ? undefined : { marks: [], messages: [], events: [] },
      answers,
    }
    const missing: Key[] = []
    for (const processor of lane.processors) missing.push(...processor(batch))
    const base = { missing, tally: event_tally, event_starts: view.event_starts }
    if (missing.length > 0)
      return { ...base, verdicts: [], forged: 0, findings: NO_FINDINGS, release: NOTHING_HELD }
    options.onProcessed?.(view.event_count)
    let forged = 0
    const verdicts: Verdict[] = []
    for (let m = 0; m < slice.count; m += 1) {
      forged += view.forged(m)
      const verdict = verdictOf(run, slice, batch, m, lane)
      verdicts.push(verdict)
      observe(run, slice.first + m, verdict, view, m, batch.decisions)
    }
    const event_starts = view.event_starts.slice(0, slice.count + 1)
    return {
      ...base,
      event_starts,
      tapped: tapped(run, slice, event_starts, batch.looked_at, verdicts),
      verdicts,
      forged,
      findings: findingsIn(run, slice, batch, verdicts),
      release: lane.format.hold(),
    }
  }

  function tapped(
    run: Run,
    { first }: Slice,
    event_starts: Int32Array,
    looked_at: Batch['looked_at'],
    verdicts: readonly Verdict[],
  ): SliceTap | undefined {
    if (options.tap === undefined || looked_at === undefined) return undefined
    const slice_tap = createSliceTap(options.tap, { run, first, event_starts, looked_at })
    for (const [m, verdict] of verdicts.entries()) slice_tap.decided(m, verdict)
    return slice_tap
  }

  function findingsIn(
    run: Run,
    slice: Slice,
    { view, sightings }: Batch,
    verdicts: readonly Verdict[],
  ): readonly Finding[] {
    const { watch } = options
    if (watch === undefined || sightings === undefined) return NO_FINDINGS
    const findings: Finding[] = []
    for (const [index, mark] of sightings.marks.entries()) {
      const m = sightings.messages[index]!
      if (verdicts[m]?.fate !== 'published') continue
      const at = coordinatesOf(options, run, slice.first + m)
      const finding = watch.see(mark, at.timestamp, () => {
        const event = sightings.events[index]! - view.event_starts[m]!
        return `${at.origin}/${at.topic}/${at.partition}/${at.offset}/${event}@${at.timestamp}`
      })
      if (finding !== undefined) findings.push(finding)
    }
    return findings
  }

  function observe(
    run: Run,
    message: number,
    verdict: Verdict,
    view: View,
    m: number,
    decisions: Batch['decisions'],
  ): void {
    if (onObserved === undefined) return
    const published = verdict.fate === 'published'
    const empty: readonly Decision[] = view.isEmpty(m) ? [{ class: 'empty' }] : []
    const events = decisions?.slice(view.event_starts[m], view.event_starts[m + 1]) ?? []
    onObserved({
      offset: run.offsets[message]!,
      fate: verdict.fate,
      code:
        verdict.fate === 'dead_lettered' ? verdict.reason : published ? undefined : verdict.code,
      value: published ? valueOf(verdict) : undefined,
      decisions: published ? [...empty, ...events.map((event) => event ?? {})] : [],
    })
  }

  function verdictOf(run: Run, slice: Slice, batch: Batch, m: number, lane: IntakeLane): Verdict {
    const { view } = batch
    const failure = batch.failure(m)
    if (slice.value_starts[m]! < 0) return { fate: 'filtered', code: 'tombstone' }
    if (failure !== undefined)
      return {
        fate: 'dead_lettered',
        reason: failure,
        stage: view.failure(m) === undefined ? 'process' : 'scan',
      }
    if (options.drop_non_calls) {
      const code = nonCall(view, m, batch.tally)
      if (code !== undefined) return { fate: 'filtered', code }
    }
    const at = coordinatesOf(options, run, slice.first + m)
    const id_base = `${at.origin}/${at.topic}/${at.partition}/${at.offset}`
    if (lane.outlets.length > 1 || batch.shaped !== undefined)
      return leavingFor(lane, batch, m, id_base, at.timestamp)
    const label = batch.labels[m] ?? lane.labels.plain
    const value = lane.format.splice(view, m, id_base, String(at.timestamp))
    return {
      fate: 'published',
      value,
      label,
      is_reshaped: false,
      to: 0,
      event: 0,
      others: NO_OTHERS,
    }
  }

  /** The class when no event of the message is a call or has an outcome. */
  function nonCall(view: View, m: number, events: EventTally): Class | undefined {
    if (view.isEmpty(m)) return 'empty'
    let first: Class | undefined
    for (let event = view.event_starts[m]!; event < view.event_starts[m + 1]!; event += 1) {
      const kind = tally.kindOf(events.codes[event]!)
      if (kind.class === undefined || kind.class === 'usage_bucket') return undefined
      first ??= kind.class
    }
    return first
  }

  return (run, slice, answers) =>
    run.unreadable === undefined ? process(run, slice, answers) : unreadable(run, slice)
}

/** What leaves as several messages is one line each. A copy: what was spliced is written over once it has its fate. */
function valueOf({ value, others }: Extract<Verdict, { readonly fate: 'published' }>): Buffer {
  if (others.length === 0) return Buffer.from(value)
  return Buffer.concat([value, ...others.flatMap((other) => [NEWLINE, other.value])])
}
const NEWLINE = Buffer.from('\n')

const TAPPED = ['decided', 'published'] as const

const NO_OTHERS: readonly Leaving[] = []

/** What message m leaves as for each exporter. What several of them take is written once. */
function leavingFor(
  { format, labels, outlets }: IntakeLane,
  { view, labels: by_message, shaped = [] }: Batch,
  m: number,
  id_base: string,
  timestamp_ms: number,
): Verdict {
  const all: Leaving[] = []
  const label = by_message[m] ?? labels.plain
  const events = shaped.slice(view.event_starts[m], view.event_starts[m + 1])
  let as_is: Buffer | undefined
  let message: Buffer | undefined
  for (const [to, { shape, retype = UNCHANGED }] of outlets.entries()) {
    if (shape === undefined) {
      as_is ??= format.splice(view, m, id_base, String(timestamp_ms))
      all.push({ value: as_is, label: retype(label), is_reshaped: false, to, event: 0 })
      continue
    }
    message ??= format.bare(view, m)
    const values = shape.write({ message, events, id_base, timestamp_ms })
    if (values === undefined)
      return { fate: 'dead_lettered', reason: 'wrong_shape', stage: 'process' }
    for (const [event, value] of values.entries()) {
      const own = shape.fans_out ? (events[event]?.label ?? labels.plain) : label
      all.push({ value, label: retype(own), is_reshaped: true, to, event })
    }
  }
  const [first, ...others] = all
  // Nothing of a message without events is left to leave.
  if (first === undefined) return { fate: 'filtered', code: 'empty' }
  return { fate: 'published', ...first, others }
}

const UNCHANGED = (label: Label): Label => label

function unreadable(run: Run, slice: Slice): Step {
  const reason = run.unreadable ?? 'malformed'
  const verdict: Verdict = { fate: 'dead_lettered', reason, stage: 'receive' }
  return {
    missing: [],
    verdicts: Array<Verdict>(slice.count).fill(verdict),
    tally: createEventTally(0),
    event_starts: new Int32Array(slice.count + 1),
    forged: 0,
    findings: NO_FINDINGS,
    release: NOTHING_HELD,
  }
}

const NOTHING_HELD = () => {}
const NO_FINDINGS: readonly Finding[] = []
