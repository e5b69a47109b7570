import { REASONS, type Outcome, type Reason } from '#/core/words.ts'

/**
 * Keeps score of what came out: since the beginning, and over the last events. The rate that alerts watch is
 * `unattributed / (attributed + unattributed)`; what could not be looked up is on neither side of it.
 */
export interface Shares {
  readonly events: number
  /** Of attributed and unattributed events; 0 when there are none. */
  readonly unattributed_rate: number
  readonly attributed_share: number
  readonly unresolved: number
  /** Share of all events, by reason; every reason is there. */
  readonly reasons: Readonly<Partial<Record<Reason, number>>>
}

export interface Score {
  add(outcome: Outcome, reason: Reason | undefined): void
  total(): Shares
  recent(): Shares
}

/** 0 stands for attributed, 1 … for the reasons in their order. */
type Cell = number
const CELLS = REASONS.length + 1
const UNRESOLVED: Cell = REASONS.indexOf('lookup_unavailable') + 1

export function createScore(window_events: number): Score {
  const all = new Float64Array(CELLS)
  const window = new Float64Array(CELLS)
  const ring = new Uint8Array(window_events)
  let count = 0
  return {
    add(outcome, reason) {
      const cell: Cell =
        outcome === 'attributed' || reason === undefined ? 0 : REASONS.indexOf(reason) + 1
      const slot = count % window_events
      if (count >= window_events) change(window, ring[slot] ?? 0, -1)
      ring[slot] = cell
      change(window, cell, 1)
      change(all, cell, 1)
      count += 1
    },
    total: () => shares(all),
    recent: () => shares(window),
  }
}

function change(cells: Float64Array, cell: Cell, by: number): void {
  cells[cell] = (cells[cell] ?? 0) + by
}

function shares(cells: Float64Array): Shares {
  const events = cells.reduce((sum, cell) => sum + cell, 0)
  const attributed = cells[0] ?? 0
  const unresolved = cells[UNRESOLVED] ?? 0
  const judged = events - unresolved
  const part = (count: number, whole: number): number => (whole === 0 ? 0 : count / whole)
  const reasons: Partial<Record<Reason, number>> = {}
  for (const [index, reason] of REASONS.entries()) {
    reasons[reason] = part(cells[index + 1] ?? 0, events)
  }
  return {
    events,
    unattributed_rate: part(judged - attributed, judged),
    attributed_share: part(attributed, events),
    unresolved,
    reasons,
  }
}
