import type { Clock } from '#/core/ports.ts'
import type { Processes } from './supervisor/processes.ts'

/**
 * What a subcommand is. A command reads its options and its `Io`, writes data to `out` and talk to `err`, and answers
 * with an exit code; it never touches `process`. Errors an operator can act on are thrown as WhosecallError.
 */
export interface Command {
  readonly help: Help
  readonly options: Readonly<Record<string, OptionSpec>>
  /** Words that may stand as operand, for completion. */
  words?(): readonly string[]
  run(args: Arguments, io: Io): Promise<number>
}

/** Help begins with the examples; the options are printed in the order of the table, so common ones stand first. */
export interface Help {
  readonly examples: readonly (readonly [command: string, meaning: string])[]
  readonly usage: string
  readonly details?: readonly string[]
}

export interface OptionSpec {
  readonly type: 'flag' | 'text' | 'integer'
  readonly description: string
  readonly short?: string
  /** What stands for the value in the help, e.g. FILE. */
  readonly value?: string
  /** May be given several times. */
  readonly multiple?: true
  readonly choices?: readonly string[]
  readonly min?: number
  readonly max?: number
}

/** The parsed command line. Asking for an option that the command does not declare is a bug and throws. */
export interface Arguments {
  readonly positionals: readonly string[]
  flag(name: string): boolean
  text(name: string): string | undefined
  texts(name: string): readonly string[]
  integer(name: string): number | undefined
}

/** One of the two streams. `write` resolves when the stream is ready for more. */
export interface Output {
  readonly is_terminal: boolean
  readonly has_color: boolean
  readonly columns: number
  /** Lines of the terminal. */
  readonly rows: number
  write(chunk: string | Buffer): Promise<void>
}

export interface Io {
  readonly stdin: AsyncIterable<Buffer>
  readonly out: Output
  readonly err: Output
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly clock: Clock
  /** Aborts at the first SIGINT, SIGTERM, or SIGHUP that nobody listens to. The command then ends by itself; a second signal ends the process. */
  readonly stop: AbortSignal
  /** From then on SIGHUP calls the listener, and does not stop the command. */
  onHangup(listener: () => void): void
  /** This process among others of one service; absent where there are none to start. */
  readonly processes?: Processes
}

export const EXIT_OK = 0
export const EXIT_FINDINGS = 1
