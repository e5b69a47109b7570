import { constants } from 'node:os'
import { isatty } from 'node:tty'
import { systemClock } from '#/telemetry/clock.ts'
import type { Io, Output } from './command.ts'
import { createProcesses } from './supervisor/fork.ts'

/**
 * The only place that ties commands to the process: streams, colour, signals. A signal asks the command to end; a second
 * one ends the process. npm and the launcher forward signals that a terminal has already delivered to the whole process
 * group, so what arrives within a moment of the first is its echo and counts once.
 */
const SIGNAL_ECHO_MS = 200
const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
export type StopSignal = (typeof STOP_SIGNALS)[number]

export function signalExitCode(signal: StopSignal): number {
  return 128 + constants.signals[signal]
}

export interface ProcessIo {
  readonly io: Io
  /** The signal that asked for the stop, once one did. */
  readonly signals: { readonly first: StopSignal | undefined }
}

export function createProcessIo(exit: (code: number) => void): ProcessIo {
  const controller = new AbortController()
  const signals: { first: StopSignal | undefined } = { first: undefined }
  let first_at_ms = 0
  let onHangup: (() => void) | undefined
  for (const signal of STOP_SIGNALS) {
    process.on(signal, () => {
      if (signal === 'SIGHUP' && onHangup !== undefined) return onHangup()
      const now = performance.now()
      if (signals.first === undefined) {
        signals.first = signal
        first_at_ms = now
        controller.abort(signal)
      } else if (now - first_at_ms > SIGNAL_ECHO_MS) {
        exit(signalExitCode(signal))
      }
    })
  }
  // A reader that has seen enough (`| head`) is no error; talk that nobody reads is none either.
  process.stdout.on('error', (error: NodeJS.ErrnoException) =>
    exit(error.code === 'EPIPE' ? 0 : 70),
  )
  process.stderr.on('error', () => undefined)
  return {
    signals,
    io: {
      stdin: process.stdin,
      out: outputOf(process.stdout, 1),
      err: outputOf(process.stderr, 2),
      env: process.env,
      cwd: process.cwd(),
      clock: systemClock,
      stop: controller.signal,
      onHangup(listener) {
        onHangup = listener
      },
      processes: createProcesses(),
    },
  }
}

function outputOf(stream: NodeJS.WriteStream, descriptor: number): Output {
  const is_terminal = isatty(descriptor)
  return {
    is_terminal,
    has_color: wantsColor(process.env, is_terminal),
    get columns() {
      return stream.columns ?? 80
    },
    get rows() {
      return stream.rows ?? 24
    },
    async write(chunk) {
      if (stream.write(chunk)) return
      await new Promise<void>((resolve) => {
        const done = (): void => {
          stream.off('drain', done)
          stream.off('close', done)
          resolve()
        }
        stream.on('drain', done)
        stream.on('close', done)
      })
    },
  }
}

/** FORCE_COLOR wins over NO_COLOR, NO_COLOR over the terminal; an empty NO_COLOR is not set. */
export function wantsColor(
  env: Readonly<Record<string, string | undefined>>,
  is_terminal: boolean,
): boolean {
  const force = env['FORCE_COLOR']
  if (force !== undefined) return force !== '0' && force !== 'false'
  const no_color = env['NO_COLOR']
  if (no_color !== undefined && no_color !== '') return false
  return is_terminal && env['TERM'] !== 'dumb'
}
