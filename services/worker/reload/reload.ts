/**
 * Takes over a changed config while the worker runs: the file is read again when somebody asks (SIGHUP) or when its text has
 * changed; mounted ConfigMaps change by swapping a symbolic link, so it is polled. Only a config without errors is
 * taken over, as a whole; otherwise the one in force stays, and a metric, the log and the status say so.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Diagnostic } from '#/config/index.ts'
import { messageOf } from '#/core/errors.ts'
import type { Ports } from '#/core/ports.ts'
import type { ConfigStatus } from '#/core/status.ts'
import type { WorkerConfig } from '../config.ts'

/** Reads the config file as it is now. */
export type ReadConfig = () => Promise<{
  readonly text: string
  readonly result:
    | { readonly ok: true; readonly config: WorkerConfig }
    | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] }
}>

export interface ReloadOptions {
  /** Absent when there is nothing to read again: the config came from a pipe. */
  readonly read: ReadConfig | undefined
  /** The one in force at the start; the file may have changed since it was read. */
  readonly config: WorkerConfig
  /** Nothing is taken over before: what has not started yet would go on with what it was given. */
  readonly started: Promise<void>
  /** 0: only when asked. */
  readonly interval_ms: number
  /** Takes the config over, or throws and changes nothing. */
  readonly apply: (config: WorkerConfig) => Promise<void>
}

export interface Reload {
  /** Reads now, whether or not something changed. Never rejects. */
  now(): Promise<void>
  status(): ConfigStatus
  stop(): Promise<void>
}

/** How long a file must stay as it is before it is taken over: somebody may be writing it right now. */
const SETTLE_MS = 100
/** So many errors are written to the log. */
const ERRORS_SHOWN = 10

export function createReload(options: ReloadOptions, ports: Ports): Reload {
  const { clock, logger, meter } = ports
  const { read, apply } = options
  const successful = meter.gauge('whosecall_config_last_reload_successful')
  const success_time = meter.gauge('whosecall_config_last_reload_success_timestamp_seconds')
  const reloads = meter.counter('whosecall_config_reloads_total')
  const stopping = new AbortController()
  let loaded_ms = clock.now()
  let problem: string | undefined
  /** What the file said when it was last looked at, good or not. */
  let seen: string | undefined
  let last: Promise<void> = Promise.resolve()
  succeed()

  function succeed(): void {
    loaded_ms = clock.now()
    problem = undefined
    successful.set(1)
    success_time.set(loaded_ms / 1000)
  }

  function fail(why: string, errors: readonly string[]): void {
    problem = why
    successful.set(0)
    reloads.add(1, { result: 'failure' })
    logger.error({ errors }, 'the config is not taken over; the last good one stays in force')
  }

  async function take(when: 'asked' | 'changed'): Promise<void> {
    if (read === undefined || stopping.signal.aborted) return
    try {
      let found = await read()
      if (when === 'changed') {
        if (found.text === seen) return
        const first = found.text
        await clock.sleep(SETTLE_MS, stopping.signal)
        found = await read()
        if (found.text !== first) return
      }
      if (stopping.signal.aborted) return
      seen = found.text
      if (!found.result.ok) {
        const lines = found.result.diagnostics.map(lineOf)
        fail(lines[0] ?? 'it has errors', lines.slice(0, ERRORS_SHOWN))
        return
      }
      await apply(found.result.config)
      succeed()
      reloads.add(1, { result: 'success' })
      logger.info({}, 'the config was taken over')
    } catch (error) {
      const why = messageOf(error)
      // A file that is away for a while is said once, not at every poll.
      if (why !== problem) fail(why, [why])
    }
  }

  function queue(when: 'asked' | 'changed'): Promise<void> {
    last = last.then(() => take(when))
    return last
  }

  async function poll(): Promise<void> {
    if (read === undefined || options.interval_ms === 0) return
    try {
      const { text, result } = await read()
      if (result.ok && isDeepStrictEqual(result.config, options.config)) seen = text
    } catch {
      // Seen at the first poll.
    }
    await options.started
    while (!stopping.signal.aborted) {
      await clock.sleep(options.interval_ms, stopping.signal)
      await queue('changed')
    }
  }
  void poll()

  return {
    async now() {
      if (read === undefined)
        logger.warn({}, 'the config came from a pipe: there is nothing to read again')
      await queue('asked')
    },
    status: () => ({
      loaded_at: new Date(loaded_ms).toISOString(),
      is_current: problem === undefined,
      ...(problem === undefined ? {} : { problem }),
    }),
    stop() {
      stopping.abort()
      return last
    },
  }
}

function lineOf({ file, line, column, code, message }: Diagnostic): string {
  return `${file}:${line}:${column}: ${code}: ${message}`
}
