/**
 * The life of every part that holds something open. Nobody can stop what never started: `stop` exists only on what
 * `start` returned. Stopping twice is harmless. `stop` flushes to the part after it, which is still alive.
 */

export interface Started<T> {
  readonly value: T
  /** Resolves when stopped, at the latest at the deadline. */
  stop(deadline: Deadline): Promise<void>
}

export interface Startable<T> {
  start(): Promise<Started<T>>
}

/** A point in time after which waiting is over; `signal` aborts then. */
export interface Deadline {
  readonly at_ms: number
  readonly signal: AbortSignal
}
