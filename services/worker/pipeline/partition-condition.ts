/**
 * How a partition gets on, after Burrow's rules (github.com/linkedin/Burrow, "Consumer Lag Evaluation Rules"): judged over
 * a window of observations instead of by a threshold of lag, because a lag of ten thousand that shrinks is no trouble and a
 * lag of ten that stands still is.
 *
 * The first rule that applies: nothing waits: ok. The position went back and has not recovered: rewind. Nothing waited at
 * some time of the window: ok. Nothing is in work and nothing was read for longer than the window: stop. The position does
 * not move: stall. It moves, and the lag never gets smaller: warn. Else ok. Until the window is full, only the first applies.
 */
import type { PartitionCondition } from '#/core/words.ts'

export interface Observation {
  readonly at_ms: number
  /** Below it every message has its fate. */
  readonly position: number
  /** Messages between the position and the end of the log. */
  readonly lag: number
}

export const WINDOW_OBSERVATIONS = 10

/** `busy_ms`: when something was last read, or now while something is in work. */
export function conditionOf(
  window: readonly Observation[],
  busy_ms: number,
  now_ms: number,
): PartitionCondition {
  const first = window[0]
  const last = window.at(-1)
  if (first === undefined || last === undefined || last.lag <= 0) return 'ok'
  if (window.length < WINDOW_OBSERVATIONS) return 'ok'
  const highest = Math.max(...window.map(({ position }) => position))
  if (last.position < highest) return 'rewind'
  if (window.some(({ lag }) => lag <= 0)) return 'ok'
  if (now_ms - busy_ms > last.at_ms - first.at_ms) return 'stop'
  if (first.position === last.position) return 'stall'
  const shrinks = window.some(({ lag }, index) => index > 0 && lag < window[index - 1]!.lag)
  return shrinks ? 'ok' : 'warn'
}
