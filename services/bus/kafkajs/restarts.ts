import type { Ports } from '#/core/ports.ts'
import type { KafkaSettings } from './settings.ts'

/**
 * Allows a crashed client so many restarts within a window of time, each after a longer wait, and none once the end has
 * come. With five restarts a cluster may be away for about a minute.
 */
export interface Restarts {
  /** Resolves with whether to start again, after the wait that comes before it. */
  allow(): Promise<boolean>
  end(): void
  readonly ended: boolean
}

const FIRST_WAIT_MS = 1_000
const LONGEST_WAIT_MS = 30_000

export function createRestarts(
  settings: Pick<KafkaSettings, 'client_restarts_max' | 'client_restart_window_ms'>,
  { clock, meter }: Pick<Ports, 'clock' | 'meter'>,
): Restarts {
  const limits = meter.counter('whosecall_limits_hit_total')
  const ending = new AbortController()
  let restarted_at_ms: readonly number[] = []
  return {
    async allow() {
      if (ending.signal.aborted) return false
      const since = clock.now() - settings.client_restart_window_ms
      restarted_at_ms = restarted_at_ms.filter((at) => at > since)
      const before = restarted_at_ms.length
      if (before >= settings.client_restarts_max) {
        limits.add(1, { limit: 'client_restarts' })
        return false
      }
      restarted_at_ms = [...restarted_at_ms, clock.now()]
      await clock.sleep(Math.min(FIRST_WAIT_MS * 2 ** before, LONGEST_WAIT_MS), ending.signal)
      return !ending.signal.aborted
    },
    end: () => ending.abort(),
    get ended() {
      return ending.signal.aborted
    },
  }
}
