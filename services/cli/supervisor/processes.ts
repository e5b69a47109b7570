/**
 * Processes of one service as the supervisor and its workers see them; `fork.ts` makes them real, a test makes them up.
 */

/** The line between the supervisor and one worker process. */
export interface Channel {
  /** Resolves when it is on its way. What is sent to a process that has gone is lost, which is no error. */
  send(message: unknown): Promise<void>
  onMessage(listener: (message: unknown) => void): void
  /** Aborts when the other side is gone. */
  readonly closed: AbortSignal
}

export interface ProcessExit {
  readonly code: number | null
  readonly signal: string | null
}

export interface ChildProcess extends Channel {
  readonly pid: number
  /** At once, whatever it does. */
  kill(): void
  /** Resolves when it has ended and all that it sent has been heard. */
  readonly exited: Promise<ProcessExit>
}

/** This process is a worker of a supervisor. */
export interface Membership {
  /** From 1. */
  readonly worker: number
  readonly channel: Channel
}

export interface Processes {
  readonly member?: Membership
  /** Starts this same command line again, as worker number `worker`. */
  fork(worker: number): ChildProcess
}
