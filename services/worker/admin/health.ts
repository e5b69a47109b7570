/**
 * Liveness is progress, not "the process is up": a worker that has work and makes none is restarted. A worker that holds
 * because the broker takes nothing is alive, since a restart would not help. Readiness says what is missing, in words.
 */
import type { Ports } from '#/core/ports.ts'
import type { Lane } from '../pipeline/lane.ts'
import type { Lag } from '../pipeline/lag.ts'
import type { Gate } from '../pipeline/gate.ts'

export interface Verdict {
  readonly ok: boolean
  readonly reasons: readonly string[]
}

export interface Health {
  /** Something got its fate. */
  onProgress(): void
  watchReceiver(id: string, gate: Gate, lag: Lag): void
  watchLane(name: string, lane: Lane): void
  started(): void
  stopping(): void
  live(): Verdict
  ready(): Verdict
}

export function createHealth(stall_timeout_ms: number, { clock, meter }: Ports): Health {
  const receivers: { readonly id: string; readonly gate: Gate; readonly lag: Lag }[] = []
  const lanes: { readonly name: string; readonly lane: Lane }[] = []
  const progress = meter.gauge('whosecall_last_progress_timestamp_seconds')
  let last_progress_ms = clock.now()
  let phase: 'starting' | 'running' | 'stopping' = 'starting'

  meter.onScrape(() => progress.set(last_progress_ms / 1000))

  const holding = () =>
    lanes.filter(({ lane }) => lane.holding).map(({ name }) => `${name} cannot be written: holding`)

  return {
    onProgress() {
      last_progress_ms = clock.now()
    },
    watchReceiver(id, gate, lag) {
      receivers.push({ id, gate, lag })
    },
    watchLane(name, lane) {
      lanes.push({ name, lane })
    },
    started() {
      phase = 'running'
      last_progress_ms = clock.now()
    },
    stopping() {
      phase = 'stopping'
    },
    live() {
      const idle_ms = clock.now() - last_progress_ms
      const behind = receivers.filter(({ gate, lag }) => gate.in_flight > 0 || lag.total() > 0)
      if (
        phase !== 'running' ||
        idle_ms < stall_timeout_ms ||
        behind.length === 0 ||
        holding().length > 0
      )
        return { ok: true, reasons: [] }
      const seconds = Math.round(idle_ms / 1000)
      return {
        ok: false,
        reasons: behind.map(({ id }) => `${id}: no progress for ${seconds} s with lag`),
      }
    },
    ready() {
      const reasons = phase === 'running' ? [] : [`the worker is ${phase}`]
      for (const { id, gate } of receivers)
        if (gate.assigned().length === 0) reasons.push(`${id}: no partition assigned`)
      reasons.push(...holding())
      return { ok: reasons.length === 0, reasons }
    },
  }
}
