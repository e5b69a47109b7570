import { messageOf, WhosecallError } from '#/core/errors.ts'
import type { Io } from './command.ts'
import { paint } from './style.ts'

/**
 * Says what went wrong and answers with the exit code. An error that an operator can act on is one message; anything else
 * is a bug of ours, and its stack is shown only to those who ask for it.
 */
const EXIT_INTERNAL = 70

export async function reportError(error: unknown, io: Pick<Io, 'err' | 'env'>): Promise<number> {
  const known = error instanceof WhosecallError
  const label = paint('red', known ? 'error:' : 'internal error:', io.err)
  const wants_stack = (io.env['WHOSECALL_DEBUG'] ?? '') !== ''
  await io.err.write(`whosecall: ${label} ${messageOf(error)}\n`)
  if (wants_stack) await io.err.write(`${error instanceof Error ? error.stack : 'no stack'}\n`)
  else if (!known) {
    await io.err.write('This is a bug in whosecall. Set WHOSECALL_DEBUG=1 to see the stack.\n')
  }
  return known ? error.exitCode : EXIT_INTERNAL
}
