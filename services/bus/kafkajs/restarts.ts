import type { Ports } from '#/core/ports.ts'
import type { KafkaSettings } from './settings.ts'

/** Allows a crashed client so many restarts within a window of time, and none once the end has come. */
export interface Restarts {
  allow(): boolean
  end(): void
}

export function createRestarts(
  settings: Pick<KafkaSettings, 'client_restarts_max' | 'client_restart_window_ms'>,
  { clock, meter }: Pick<Ports, 'clock' | 'meter'>,
): Restarts {
  const limits = meter.counter('whosecall_limits_hit_total')
  let restarted_at_ms: readonly number[] = []
  let ended = false
  return {
    allow() {
      if (ended) return false
      const since = clock.now() - settings.client_restart_window_ms
      restarted_at_ms = restarted_at_ms.filter((at) => at > since)
      if (restarted_at_ms.length >= settings.client_restarts_max) {
        limits.add(1, { limit: 'client_restarts' })
        return false
      }
      restarted_at_ms = [...restarted_at_ms, clock.now()]
      return true
    },
    end() {
      ended = true
    },
  }
}
