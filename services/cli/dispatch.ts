import { WhosecallError } from '#/core/errors.ts'
import { parseArguments } from './arguments.ts'
import type { Io, OptionSpec } from './command.ts'
import type { CommandRow } from './commands.ts'
import { commandHelp, frontHelp } from './help.ts'
import { meantBy } from './nearest.ts'
import { VERSION } from './version.ts'

/** From a command line to an exit code. Pure but for `io`, so tests call it as the process does. */

const HELP_OPTION: OptionSpec = { type: 'flag', short: 'h', description: 'print this help' }

export async function dispatch(
  line: readonly string[],
  rows: readonly CommandRow[],
  io: Io,
): Promise<number> {
  const [first, ...rest] = line
  if (first === undefined) {
    await io.err.write(frontHelp(rows, io.err))
    return 2
  }
  if (first === '--version' || first === '-V') {
    await io.out.write(`whosecall ${VERSION}\n`)
    return 0
  }
  if (first === '--help' || first === '-h') return printFrontHelp(rows, io)
  if (first === 'help') {
    return rest[0] === undefined
      ? printFrontHelp(rows, io)
      : dispatch([rest[0], '--help'], rows, io)
  }
  const row = rows.find((candidate) => candidate.name === first)
  if (row === undefined) throw unknownCommand(first, rows)
  return runCommand(row, rest, io)
}

async function printFrontHelp(rows: readonly CommandRow[], io: Io): Promise<number> {
  await io.out.write(frontHelp(rows, io.out))
  return 0
}

async function runCommand(row: CommandRow, line: readonly string[], io: Io): Promise<number> {
  const command = await row.load()
  const end = line.indexOf('--')
  const options = end === -1 ? line : line.slice(0, end)
  if (options.includes('--help') || options.includes('-h')) {
    await io.out.write(commandHelp(row, command, io.out))
    return 0
  }
  const args = parseArguments(line, { ...command.options, help: HELP_OPTION })
  return command.run(args, io)
}

function unknownCommand(name: string, rows: readonly CommandRow[]): WhosecallError {
  const what = name.startsWith('-') ? `unknown option ${name}` : `unknown command "${name}"`
  const meant = meantBy(
    name.replace(/^-+/, ''),
    rows.map((row) => row.name),
  )
  const hint = meant === undefined ? '' : `; did you mean "${meant}"?`
  return new WhosecallError('usage', `${what}${hint}\nSee whosecall --help.`)
}
