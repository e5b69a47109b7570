import { addUp, ended, fold, silent, type MetricSnapshot } from '#/telemetry/index.ts'

/**
 * The metrics of all worker processes, those that have ended included. A process is known by a number of its own, so that
 * its counts go in once: live, or kept after its end.
 */
export interface MetricBook {
  began(process_id: number): void
  /** The latest that a process said; what comes after its end is not heard. */
  report(process_id: number, snapshot: MetricSnapshot): void
  ended(process_id: number): void
  /** The exposition text; `answered` are the processes that have just reported, `own` is the supervisor's. */
  text(answered: ReadonlySet<number>, own: MetricSnapshot): Promise<string>
}

/** Snapshots of ended processes that are folded into one when there are more. */
const KEPT_MAX = 8

const NOTHING_YET: MetricSnapshot = []

export function createMetricBook(): MetricBook {
  const live = new Map<number, MetricSnapshot>()
  const kept: MetricSnapshot[] = []

  /** Another call may have done it meanwhile; then this one changes nothing. */
  async function compact(): Promise<void> {
    const old = [...kept]
    const folded = await fold(old)
    if (kept[0] === old[0]) kept.splice(0, old.length, folded)
  }

  return {
    began: (process_id) => void live.set(process_id, NOTHING_YET),
    report(process_id, snapshot) {
      if (live.has(process_id)) live.set(process_id, snapshot)
    },
    ended(process_id) {
      const last = live.get(process_id)
      live.delete(process_id)
      if (last !== undefined) kept.push(ended(last))
    },
    async text(answered, own) {
      if (kept.length > KEPT_MAX) await compact()
      const said = [...live].map(([id, last]) => (answered.has(id) ? last : silent(last)))
      return addUp([own, ...said, ...kept])
    },
  }
}
