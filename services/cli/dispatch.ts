import { WhosecallError } from '#/core/errors.ts'
import { parseArguments } from './arguments.ts'
import type { Arguments, Command, Io, OptionSpec } from './command.ts'
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
  rejectExtra(row, command, args)
  return command.run(args, io)
}

/** What a command would not look at is a mistake of whoever wrote it. */
function rejectExtra({ name, operands }: CommandRow, command: Command, args: Arguments): void {
  if (operands === 'any') return
  const is_named = operands === 'config' && args.text('config') !== undefined
  const extra = args.positionals[operands === 'none' || is_named ? 0 : 1]
  if (extra === undefined) return
  throw new WhosecallError(
    'usage',
    operands === 'config'
      ? `one config file at a time, not also ${extra}`
      : `unexpected argument ${extra}\nUsage: whosecall ${name} ${command.help.usage}`,
  )
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
