import type { Clock } from '#/core/ports.ts'

/**
 * Time that a test moves by hand. `advance` wakes the sleepers in the order of their time and lets the work they
 * started run on before it moves further.
 */
export interface FakeClock extends Clock {
  advance(ms: number): Promise<void>
  /** How many sleep now. */
  readonly sleepers: number
}

interface Sleeper {
  readonly at_ms: number
  readonly wake: () => void
}

export function createFakeClock(start_ms = Date.UTC(2026, 0, 1)): FakeClock {
  let now_ms = start_ms
  const sleepers = new Set<Sleeper>()
  return {
    get sleepers() {
      return sleepers.size
    },
    now: () => now_ms,
    sleep(ms, signal) {
      if (signal?.aborted) return Promise.resolve()
      const { promise, resolve } = Promise.withResolvers<void>()
      const sleeper: Sleeper = {
        at_ms: now_ms + Math.max(0, ms),
        wake: () => {
          sleepers.delete(sleeper)
          signal?.removeEventListener('abort', sleeper.wake)
          resolve()
        },
      }
      sleepers.add(sleeper)
      signal?.addEventListener('abort', sleeper.wake, { once: true })
      return promise
    },
    async advance(ms) {
      const end_ms = now_ms + ms
      await settle()
      for (;;) {
        const due = [...sleepers].filter(({ at_ms }) => at_ms <= end_ms)
        const next = due.toSorted((a, b) => a.at_ms - b.at_ms)[0]
        if (!next) break
        now_ms = Math.max(now_ms, next.at_ms)
        next.wake()
        await settle()
      }
      now_ms = end_ms
    },
  }
}

/** Lets promises and immediates that are ready run; no time passes. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) {
    await new Promise<void>((resolve) => {
      setImmediate(resolve)
    })
  }
}
