import type { Clock } from '#/core/ports.ts'

/**
 * A time-out that is believed only after one more poll phase. When the event loop was busy, the timer and the reply are
 * both overdue and Node runs timers first: the reply lies in the socket, unread. So when the time is over, what has
 * arrived is read before anybody is called slow.
 */

export class TimedOutError extends Error {
  constructor(what: string, timeout_ms: number) {
    super(`${what}: no reply within ${timeout_ms} ms`)
    this.name = 'TimedOutError'
  }
}

export async function withBelievedTimeout<T>(
  what: string,
  promise: Promise<T>,
  timeout_ms: number,
  clock: Clock,
): Promise<T> {
  const answered = new AbortController()
  const late = clock
    .sleep(timeout_ms, answered.signal)
    .then(nextPollPhase)
    .then(() => {
      throw new TimedOutError(what, timeout_ms)
    })
  try {
    return await Promise.race([promise, late])
  } finally {
    answered.abort()
    late.catch(() => {})
  }
}

/** `setImmediate` callbacks run after the poll phase; the second one covers a reply that comes in several reads. */
function nextPollPhase(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(() => setImmediate(resolve))
  })
}
