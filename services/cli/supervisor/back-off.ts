/**
 * How long to wait before a process that ended by itself is started again: doubling from a second to half a minute, and
 * from the beginning when it had been well for a minute.
 */
const FIRST_MS = 1_000
const MOST_MS = 30_000
const WELL_MS = 60_000

export interface BackOff {
  /** `well_ms`: how long the process that ended had run, counted from when it had started up. */
  next(well_ms: number): number
}

export function createBackOff(): BackOff {
  let wait_ms = 0
  return {
    next(well_ms) {
      wait_ms = wait_ms === 0 || well_ms >= WELL_MS ? FIRST_MS : Math.min(wait_ms * 2, MOST_MS)
      return wait_ms
    },
  }
}
