import type { Deadline } from '#/core/component.ts'
import type { Clock } from '#/core/ports.ts'

/** The time of the machine, and deadlines on any clock. */

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep(ms, signal) {
    if (signal?.aborted) return Promise.resolve()
    const { promise, resolve } = Promise.withResolvers<void>()
    const end = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal?.addEventListener('abort', end, { once: true })
    return promise
  },
}

export interface ArmedDeadline extends Deadline {
  /** The work is done: the timer is given up and the signal will not abort. */
  [Symbol.dispose](): void
}

/** `using deadline = createDeadline(clock, 5_000)` */
export function createDeadline(clock: Clock, ms: number): ArmedDeadline {
  const reached = new AbortController()
  const done = new AbortController()
  async function arm(): Promise<void> {
    await clock.sleep(ms, done.signal)
    if (!done.signal.aborted) reached.abort()
  }
  void arm()
  return {
    at_ms: clock.now() + ms,
    signal: reached.signal,
    [Symbol.dispose]: () => done.abort(),
  }
}
