import type { Verdict } from '#/core/status.ts'
import { mergeVerdicts } from '#/worker/admin/merge-status.ts'
import type { Slot } from './slot.ts'

/** The health of a service from that of its workers, as each of them said it last. */

/** What a worker says is not asked while it starts: being slow at that is no reason to end the others. */
export function liveOf(slots: readonly Slot[], now_ms: number, stall_timeout_ms: number): Verdict {
  return mergeVerdicts(
    slots.map(({ worker, status, silent_since_ms }) => {
      const silent_ms = silent_since_ms === undefined ? 0 : now_ms - silent_since_ms
      const seconds = Math.round(silent_ms / 1000)
      const value =
        silent_ms >= stall_timeout_ms
          ? { ok: false, reasons: [`its process has not answered for ${seconds} s`] }
          : (status?.live ?? WELL)
      return { worker, value }
    }),
  )
}

export function readyOf(slots: readonly Slot[]): Verdict {
  return mergeVerdicts(slots.map((slot) => ({ worker: slot.worker, value: readyOfOne(slot) })))
}

const WELL: Verdict = { ok: true, reasons: [] }

function readyOfOne({ state, status, silent_since_ms, ended_by }: Slot): Verdict {
  if (state === 'waiting')
    return { ok: false, reasons: [`its process ${ended_by ?? 'has ended'}; it is started again`] }
  if (silent_since_ms !== undefined) return { ok: false, reasons: ['its process does not answer'] }
  return status?.ready ?? { ok: false, reasons: ['its process is starting'] }
}

/** Processes that run and answer. */
export function wellOf(slots: readonly Slot[]): number {
  return slots.filter(
    ({ state, silent_since_ms }) => state === 'running' && silent_since_ms === undefined,
  ).length
}
