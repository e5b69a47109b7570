import { COMMANDS } from './commands.ts'
import { dispatch } from './dispatch.ts'
import { createProcessIo, signalExitCode } from './process-io.ts'
import { reportError } from './report.ts'

/**
 * The process. Nothing else in the project ends it: a command answers with an exit code, an error carries one, a signal
 * implies one. Output is flushed before the exit, and an exit that hangs in a flush is no reason to stay.
 */
const FLUSH_MS_MAX = 1000

const { io, signals } = createProcessIo((code) => process.exit(code))

async function end(code: number): Promise<never> {
  const flushed = Promise.all(
    [process.stdout, process.stderr].map(
      (stream) => new Promise<void>((resolve) => stream.write('', () => resolve())),
    ),
  )
  await Promise.race([flushed, io.clock.sleep(FLUSH_MS_MAX)])
  process.exit(code)
}

async function fail(error: unknown): Promise<never> {
  return end(await reportError(error, io))
}

process.on('uncaughtException', fail)

try {
  const code = await dispatch(process.argv.slice(2), COMMANDS, io)
  const { first } = signals
  await end(first !== undefined && code === 0 ? signalExitCode(first) : code)
} catch (error) {
  await fail(error)
}
