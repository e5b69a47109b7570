import type { Deadline } from '#/core/component.ts'
import { WhosecallError } from '#/core/errors.ts'
import type { Clock, Logger } from '#/core/ports.ts'
import type { Status } from '#/core/status.ts'
import type { TappedEvent } from '#/worker/admin/tapped-event.ts'
import { createBackOff } from './back-off.ts'
import type { MetricBook } from './metric-book.ts'
import type { ChildProcess, ProcessExit, Processes } from './processes.ts'
import { createLine, type Begin, type Failure, type Line, type TapOrder } from './protocol.ts'

/**
 * The place of one worker: there is a process in it, or there will be one in a moment.
 *
 *   starting ──▶ running ──▶ waiting ──▶ starting …      it ended by itself: again, after a back-off
 *       └───────────┴───────────┴──▶ stopping            for good
 *
 * A worker that cannot even start once because of its config or of what it depends on is not tried again: that is for the
 * operator, who should see it as the end of the service.
 */
export interface Slot {
  readonly worker: number
  readonly state: 'starting' | 'running' | 'waiting' | 'stopping'
  readonly pid: number
  /** Times that a process was started again. */
  readonly restarts: number
  /** Why there is no process now; static text with the exit code. */
  readonly ended_by: string | undefined
  /** What the process that runs said last, if it said anything. */
  readonly status: Status | undefined
  /** Since when it has not answered; `undefined` while it does. */
  readonly silent_since_ms: number | undefined
  /** Resolves when its first process has started; never when it cannot. */
  readonly first_started: Promise<void>
  /** Asks how it is; the answer is in `status`. */
  look(): Promise<void>
  /** The number of the process that reported to the book, if one did. */
  count(): Promise<number | undefined>
  /** Why it did not take the new config over, if it did not. One that starts does so when it has started. */
  reload(timeout_ms: number): Promise<string | undefined>
  tap(order: TapOrder): void
  stop(deadline: Deadline): Promise<void>
}

export interface SlotOptions {
  readonly worker: number
  readonly processes: Processes
  /** How a process begins now. */
  readonly begin: () => Begin
  readonly book: MetricBook
  readonly clock: Clock
  readonly logger: Logger
  readonly onRestart: () => void
  /** Who looks on; a process is told when it has started. */
  readonly taps: () => Iterable<TapOrder>
  readonly onTapped: (tap: number, event: TappedEvent) => void
  /** Nothing more comes of this place: the service ends. */
  readonly onGivenUp: (error: unknown) => void
}

/** Longer than any turn of the event loop should take. */
export const ANSWER_TIMEOUT_MS = 2_000
/** Of the time that there is, what a worker leaves to its supervisor for ending in order. */
const STOP_MARGIN_MS_MAX = 1_000

/** What runs in the place now. */
interface Running {
  readonly id: number
  readonly child: ChildProcess
  readonly line: Line
  failure: Failure | undefined
  started_ms: number | undefined
  status: Status | undefined
  silent_since_ms: number | undefined
  /** It was asked for before it had started: it may have read the config before that. */
  reload_within_ms?: number
}

/** Each process of this supervisor has a number of its own: pids come again. */
let last_process_id = 0

export function openSlot(options: SlotOptions): Slot {
  const { worker, clock, book } = options
  const logger = options.logger.child({ worker })
  const back_off = createBackOff()
  const stopping = new AbortController()
  const first_started = Promise.withResolvers<void>()
  let current: Running | undefined
  let has_started = false
  let restarts = 0
  let ended_by: string | undefined

  function startProcess(): Running {
    const child = options.processes.fork(worker)
    last_process_id += 1
    const id = last_process_id
    book.began(id)
    const line = createLine(child, clock, (note) => {
      if (note.note === 'last') book.report(id, note.metrics)
      else if (note.note === 'tapped') options.onTapped(note.tap, note.event)
      else if (note.note === 'failed') running.failure = note.failure
      else {
        running.started_ms = clock.now()
        has_started = true
        first_started.resolve()
        for (const order of options.taps()) line.tap(order)
        if (running.reload_within_ms !== undefined)
          void line.ask('reload', running.reload_within_ms)
        void look(running)
      }
    })
    const running: Running = {
      id,
      child,
      line,
      failure: undefined,
      started_ms: undefined,
      status: undefined,
      silent_since_ms: undefined,
    }
    line.begin(options.begin())
    return running
  }

  async function look(running: Running): Promise<void> {
    const asked_ms = clock.now()
    const status = await running.line.ask('status', ANSWER_TIMEOUT_MS)
    if (status === undefined) running.silent_since_ms ??= asked_ms
    else Object.assign(running, { status, silent_since_ms: undefined })
  }

  async function keep(): Promise<void> {
    for (;;) {
      const running = startProcess()
      current = running
      const exit = await running.child.exited
      book.ended(running.id)
      current = undefined
      if (stopping.signal.aborted) return
      ended_by = inWords(exit)
      if (!has_started && isFinal(running.failure, exit)) {
        options.onGivenUp(errorOf(running.failure, exit))
        return
      }
      const { started_ms, failure } = running
      const wait_ms = back_off.next(started_ms === undefined ? 0 : clock.now() - started_ms)
      logger.error(
        { pid: running.child.pid, ...exit, cause: failure?.message, restart_in_ms: wait_ms },
        'a worker process has ended by itself; it is started again',
      )
      await clock.sleep(wait_ms, stopping.signal)
      if (stopping.signal.aborted) return
      restarts += 1
      options.onRestart()
    }
  }
  const kept = keep()

  return {
    worker,
    get state() {
      if (stopping.signal.aborted) return 'stopping'
      if (current === undefined) return 'waiting'
      return current.started_ms === undefined ? 'starting' : 'running'
    },
    get pid() {
      return current?.child.pid ?? 0
    },
    get restarts() {
      return restarts
    },
    get ended_by() {
      return current === undefined ? ended_by : undefined
    },
    get status() {
      return current?.status
    },
    get silent_since_ms() {
      return current?.silent_since_ms
    },
    first_started: first_started.promise,
    async look() {
      if (current?.started_ms !== undefined) await look(current)
    },
    async count() {
      const running = current
      if (running?.started_ms === undefined) return undefined
      const metrics = await running.line.ask('metrics', ANSWER_TIMEOUT_MS)
      if (metrics === undefined) return undefined
      book.report(running.id, metrics)
      return running.id
    },
    async reload(timeout_ms) {
      const running = current
      if (running === undefined) return undefined
      if (running.started_ms === undefined) {
        running.reload_within_ms = timeout_ms
        return undefined
      }
      const problem = await running.line.ask('reload', timeout_ms)
      return problem === undefined ? 'it did not answer' : (problem ?? undefined)
    },
    tap(order) {
      if (current?.started_ms !== undefined) current.line.tap(order)
    },
    async stop(deadline) {
      stopping.abort()
      const running = current
      if (running !== undefined) await stopProcess(running, deadline)
      await kept
    },
  }

  async function stopProcess({ child, line }: Running, deadline: Deadline): Promise<void> {
    const left_ms = Math.max(0, deadline.at_ms - clock.now())
    const within_ms = left_ms - Math.min(STOP_MARGIN_MS_MAX, left_ms / 10)
    void line.ask('stop', left_ms, { within_ms })
    const late = new Promise<'late'>((resolve) => {
      if (deadline.signal.aborted) resolve('late')
      deadline.signal.addEventListener('abort', () => resolve('late'), { once: true })
    })
    if ((await Promise.race([child.exited, late])) !== 'late') return
    logger.warn({ pid: child.pid }, 'a worker process was still busy at the deadline; it is killed')
    child.kill()
  }
}

function isFinal(failure: Failure | undefined, { code }: ProcessExit): boolean {
  const said = failure?.code ?? FINAL_CODES.find((each) => exitCodeOf(each) === code)
  return said !== undefined && FINAL_CODES.includes(said)
}

/** What another start would find just the same, or what the operator has to see. */
const FINAL_CODES: readonly Failure['code'][] = ['config_invalid', 'dependency_unreachable']

function exitCodeOf(code: Failure['code']): number {
  return new WhosecallError(code, '').exitCode
}

function errorOf(failure: Failure | undefined, exit: ProcessExit): WhosecallError {
  const code = failure?.code ?? FINAL_CODES.find((each) => exitCodeOf(each) === exit.code)
  return new WhosecallError(
    code ?? 'internal',
    failure?.message ?? `a worker process cannot start: ${inWords(exit)}`,
  )
}

function inWords({ code, signal }: ProcessExit): string {
  if (signal !== null) return `ended by ${signal}`
  return code === null ? 'could not be started' : `ended with exit code ${code}`
}
