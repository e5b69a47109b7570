/**
 * A candidate config beside the live one: it judges the same slices and writes nothing. What it decides otherwise is
 * counted, with an example of each kind of difference. It can slow the live pipeline, but not change or stop it: what fails
 * in it is counted and forgotten.
 */
import { keyText } from '#/core/keys.ts'
import type { Answer } from '#/core/owners.ts'
import type { Decision } from '#/core/decision.ts'
import type { Ports } from '#/core/ports.ts'
import type { EventPlace } from '#/core/status.ts'
import type { Run } from '#/core/run.ts'
import type { Origin } from '../pipeline/dead-letters.ts'
import type { Judging, Shadow } from '../pipeline/intake.ts'
import { createJudge, type ObservedMessage } from '../pipeline/judge.ts'
import type { Slice } from '../pipeline/slice.ts'
import { createTally, type Tally } from '../pipeline/tally.ts'

export interface Difference {
  /** What the live config says, in words: `attributed team:a`, `unattributed unknown_identity`, `dead_lettered malformed`. */
  readonly live: string
  readonly candidate: string
  events: number
  readonly example: EventPlace
}

export interface ShadowReport {
  events: number
  /** Slices that the candidate could not judge. */
  failures: number
  /** By `live → candidate`, at most `DIFFERENCES_MAX`; what is beyond is only in `differing`. */
  readonly differences: Map<string, Difference>
  differing: number
}

export const DIFFERENCES_MAX = 200
/** As many rounds of lookups as a slice of the live pipeline has. */
const ROUNDS_MAX = 64

export function createShadowReport(): ShadowReport {
  return { events: 0, failures: 0, differences: new Map(), differing: 0 }
}

export function createShadow(
  origin: Origin,
  judgingOf: (ports: Ports & { readonly tally: Tally }) => Judging,
  report: ShadowReport,
  ports: Ports,
): Shadow {
  const counter = ports.meter.counter('whosecall_shadow_events_total')
  // Its own counts are nobody's: only what differs is told.
  const own_ports: Ports = { ...ports, meter: NO_METER }
  const tally = createTally(own_ports)
  const judging = judgingOf({ ...own_ports, tally })
  const observed: ObservedMessage[] = []
  const judge = createJudge({ ...origin, ...judging }, tally, (message) => observed.push(message))

  async function judgePart(run: Run, part: Slice): Promise<readonly ObservedMessage[]> {
    const found = new Map<string, Answer>()
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      const step = judge(run, part, found)
      if (step.missing.length === 0) {
        step.release()
        return observed.splice(0)
      }
      const answers = await judging.owners.lookup(step.missing)
      for (const [index, key] of step.missing.entries()) found.set(keyText(key), answers[index]!)
    }
    throw new Error('the candidate needs ever more lookups')
  }

  async function judgeCandidate(run: Run, slice: Slice): Promise<readonly ObservedMessage[]> {
    const all: ObservedMessage[] = []
    for (const part of partsOf(slice, judging.laneOf)) all.push(...(await judgePart(run, part)))
    return all
  }

  return {
    async compare(run, slice, live) {
      try {
        const candidate = await judgeCandidate(run, slice)
        const before = { events: report.events, differing: report.differing }
        for (const [index, message] of live.entries())
          compareMessage(report, run, message, candidate[index])
        const differing = report.differing - before.differing
        const same = report.events - before.events - differing
        if (same > 0) counter.add(same, { result: 'same' })
        if (differing > 0) counter.add(differing, { result: 'differs' })
      } catch (error) {
        observed.length = 0
        if (report.failures === 0)
          ports.logger.warn({ error }, 'the candidate config could not judge a batch')
        report.failures += 1
      }
    },
  }
}

/** A slice is of one encoding for the live config; the candidate may tell apart what is one to that. */
function* partsOf(slice: Slice, laneOf: Judging['laneOf']): Generator<Slice> {
  const { bytes, value_starts, value_ends } = slice
  const laneAt = (m: number) =>
    value_starts[m]! < 0 ? 0 : laneOf(bytes, value_starts[m]!, value_ends[m]!)
  let from = 0
  while (from < slice.count) {
    const lane = laneAt(from)
    let to = from + 1
    while (to < slice.count && laneAt(to) === lane) to += 1
    yield {
      ...slice,
      lane,
      first: slice.first + from,
      count: to - from,
      value_starts: value_starts.subarray(from, to),
      value_ends: value_ends.subarray(from, to),
    }
    from = to
  }
}

function compareMessage(
  report: ShadowReport,
  run: Run,
  live: ObservedMessage,
  candidate: ObservedMessage | undefined,
): void {
  const count = Math.max(live.decisions.length, candidate?.decisions.length ?? 0, 1)
  for (let event = 0; event < count; event += 1) {
    const is = words(live, live.decisions[event])
    const would_be =
      candidate === undefined ? 'nothing' : words(candidate, candidate.decisions[event])
    report.events += 1
    if (is === would_be) continue
    report.differing += 1
    const name = `${is} → ${would_be}`
    const known = report.differences.get(name)
    if (known !== undefined) known.events += 1
    else if (report.differences.size < DIFFERENCES_MAX)
      report.differences.set(name, {
        live: is,
        candidate: would_be,
        events: 1,
        example: { topic: run.topic, partition: run.partition, offset: live.offset, event },
      })
  }
}

function words({ fate, code }: ObservedMessage, decision: Decision | undefined): string {
  if (fate !== 'published') return `${fate} ${code}`
  if (decision?.outcome === undefined) return decision?.class ?? 'context'
  const what = decision.outcome === 'attributed' ? decision.owner?.id : decision.reason
  return `${decision.outcome} ${what}`
}

const NOTHING = () => undefined
/** Counts nothing. */
export const NO_METER: Ports['meter'] = {
  counter: () => ({ add: NOTHING }),
  gauge: () => ({ set: NOTHING }),
  histogram: () => ({ observe: NOTHING }),
  onScrape: () => NOTHING,
}
