import type { Io, Output } from '#/cli/command.ts'

/** An `Io` without a process: what was written can be read, the clock stands still, nothing is a terminal. */
export interface FakeIo extends Io {
  readonly written: { out: string; err: string }
  stopNow(): void
}

export function createFakeIo(
  options: {
    readonly stdin?: string
    readonly env?: Readonly<Record<string, string>>
    readonly cwd?: string
    readonly is_terminal?: boolean
  } = {},
): FakeIo {
  const written = { out: '', err: '' }
  const stop = new AbortController()
  const output = (name: 'out' | 'err'): Output => ({
    is_terminal: options.is_terminal ?? false,
    has_color: false,
    columns: 100,
    rows: 40,
    write(chunk) {
      written[name] += chunk.toString()
      return Promise.resolve()
    },
  })
  return {
    written,
    stdin: stdinOf(options.stdin ?? ''),
    out: output('out'),
    err: output('err'),
    env: options.env ?? {},
    cwd: options.cwd ?? '/',
    clock: { now: () => 0, sleep: () => Promise.resolve() },
    stop: stop.signal,
    onHangup() {},
    stopNow: () => stop.abort('SIGINT'),
  }
}

async function* stdinOf(text: string): AsyncIterable<Buffer> {
  yield Buffer.from(text)
}
