/**
 * A row of a bench: our way and the plain way of doing the same work, measured in the same run. The two take turns round
 * by round, so that whatever else the machine does meanwhile falls on both; the medians of the rounds are compared.
 */

export interface Row {
  readonly row: string
  /** What `ours` and `baseline` count, for example `events/s`. */
  readonly unit: string
  readonly ours: number
  readonly baseline: number
  /** How many times better ours is: above 1 is better, whatever the unit. */
  readonly ratio: number
  /** Half of the distance between the quartiles of the per-round ratios, as a share of their median. */
  readonly spread?: number
  /** Our speed per byte as a share of that with which LiteLLM's records are worked on, in the same rounds. */
  readonly of_litellm?: number
  /** The ratio that is asked for; the share of LiteLLM where a row has one. */
  readonly goal?: number
}

export interface Contest {
  readonly row: string
  readonly unit: string
  /** Each does a piece of work of its own choice and returns how many units it did. */
  readonly ours: () => number
  readonly baseline: () => number
  readonly goal?: number
  /** Default 9. */
  readonly rounds?: number
  /** Shortest time that one side runs in a round, milliseconds (default 150). */
  readonly round_ms?: number
}

/** Long enough that both sides are compiled and ours has seen every identity of its load several times. */
const WARM_UP_MS = 1_200

/** Runs a contest: a warm-up of both sides, then rounds in which they take turns, the first to go changing. */
export function measure(contest: Contest): Row {
  const rounds = contest.rounds ?? 9
  const round_ms = contest.round_ms ?? 150
  speedOf(contest.ours, WARM_UP_MS)
  speedOf(contest.baseline, WARM_UP_MS)
  const ours: number[] = []
  const baseline: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    if (round % 2 === 0) ours.push(speedOf(contest.ours, round_ms))
    baseline.push(speedOf(contest.baseline, round_ms))
    if (round % 2 === 1) ours.push(speedOf(contest.ours, round_ms))
  }
  return rowOf({ ...contest, ours, baseline })
}

/** A row from the speeds of the rounds: `ours[i]` and `baseline[i]` were measured one after the other. */
export function rowOf(of: {
  readonly row: string
  readonly unit: string
  readonly ours: readonly number[]
  readonly baseline: readonly number[]
  readonly of_litellm?: readonly number[]
  readonly goal?: number
}): Row {
  const ratios = of.ours.map((speed, round) => speed / (of.baseline[round] ?? Number.NaN))
  const ratio = median(ratios)
  return {
    row: of.row,
    unit: of.unit,
    ours: significant(median(of.ours)),
    baseline: significant(median(of.baseline)),
    ratio: significant(ratio),
    spread: significant((quantile(ratios, 0.75) - quantile(ratios, 0.25)) / 2 / ratio),
    ...(of.of_litellm === undefined ? {} : { of_litellm: significant(median(of.of_litellm)) }),
    ...(of.goal === undefined ? {} : { goal: of.goal }),
  }
}

/** Units per second of CPU time: a neighbour who takes the core away does not count. */
export function speedOf(work: () => number, at_least_ms: number): number {
  const started = performance.now()
  const cpu_before = process.cpuUsage()
  let units = 0
  do units += work()
  while (performance.now() - started < at_least_ms)
  const cpu = process.cpuUsage(cpu_before)
  return units / ((cpu.user + cpu.system) / 1e6)
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const place = (sorted.length - 1) * share
  const low = sorted[Math.floor(place)] ?? Number.NaN
  const high = sorted[Math.ceil(place)] ?? Number.NaN
  return low + (high - low) * (place - Math.floor(place))
}

/** Three digits say all that a bench knows. */
function significant(value: number): number {
  return Number(value.toPrecision(3))
}
