import { messageOf, WhosecallError } from '#/core/errors.ts'
import type { Output } from './command.ts'
import { COMMANDS } from './commands.ts'
import { dispatch } from './dispatch.ts'
import { createProcessIo, signalExitCode } from './process-io.ts'
import { paint } from './style.ts'

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

async function report(error: unknown, output: Output): Promise<number> {
  const label = paint('red', 'error:', output)
  if (error instanceof WhosecallError) {
    await output.write(`whosecall: ${label} ${error.message}\n`)
    if (wantsStack()) await output.write(`${error.stack}\n`)
    return error.exitCode
  }
  await output.write(`whosecall: ${label} internal error: ${messageOf(error)}\n`)
  if (wantsStack()) await output.write(`${error instanceof Error ? error.stack : ''}\n`)
  else await output.write('This is a bug in whosecall. Set WHOSECALL_DEBUG=1 to see the stack.\n')
  return 70
}

function wantsStack(): boolean {
  return (io.env['WHOSECALL_DEBUG'] ?? '') !== ''
}

process.on('uncaughtException', fail)

async function fail(error: unknown): Promise<never> {
  return end(await report(error, io.err))
}

try {
  const code = await dispatch(process.argv.slice(2), COMMANDS, io)
  const signal = signals.first
  await end(signal !== undefined && code === 0 ? signalExitCode(signal) : code)
} catch (error) {
  await fail(error)
}
