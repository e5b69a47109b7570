import type { Command, OptionSpec, Output } from './command.ts'
import type { CommandRow } from './commands.ts'
import { bold, dim } from './style.ts'

/** Help texts: examples first, because that is what people look for. */

const FRONT_EXAMPLES = [
  ['whosecall demo', 'watch it work on generated calls'],
  ['whosecall run -c worker.yaml', 'run the worker'],
  ['whosecall validate -c worker.yaml', 'check a config file'],
  ['whosecall attribute --owners owners.yaml calls.ndjson', "try it on yesterday's archive"],
] as const

const EXIT_CODES =
  '0 ok · 1 findings · 2 usage · 69 dependency unreachable · 70 internal bug · 78 invalid config · 130/143 signal'

export function frontHelp(rows: readonly CommandRow[], output: Output): string {
  const heading = (text: string): string => bold(text, output)
  return [
    heading('Examples'),
    ...columns(FRONT_EXAMPLES, output),
    '',
    `${heading('Usage')}  whosecall <command> [options]`,
    '',
    heading('Commands'),
    ...columns(
      rows.map((row) => [row.name, row.summary] as const),
      output,
    ),
    '',
    heading('Options'),
    ...columns(
      [
        ['<command> --help', 'examples and options of a command'],
        ['--version', 'print the version'],
      ],
      output,
    ),
    '',
    `${heading('Exit codes')}  ${EXIT_CODES}`,
    '',
  ].join('\n')
}

export function commandHelp(row: CommandRow, command: Command, output: Output): string {
  const { examples, usage, details } = command.help
  const options = Object.entries(command.options).map(
    ([name, spec]) => [optionName(name, spec), spec.description] as const,
  )
  return [
    bold('Examples', output),
    ...columns(examples, output),
    '',
    `${bold('Usage', output)}  whosecall ${row.name} ${usage}`.trimEnd(),
    '',
    `${row.summary[0]?.toUpperCase()}${row.summary.slice(1)}.`,
    ...(details === undefined ? [] : ['', ...details]),
    '',
    bold('Options', output),
    ...columns([...options, ['-h, --help', 'print this help']], output),
    '',
  ].join('\n')
}

function optionName(name: string, spec: OptionSpec): string {
  const short = spec.short === undefined ? '    ' : `-${spec.short}, `
  const value = spec.type === 'flag' ? '' : ` ${spec.value ?? 'N'}`
  return `${short}--${name}${value}`
}

function columns(rows: readonly (readonly [string, string])[], output: Output): string[] {
  const width = Math.min(44, Math.max(...rows.map(([left]) => left.length)))
  return rows.map(([left, right]) => {
    const gap =
      left.length > width ? `\n${' '.repeat(width + 4)}` : ' '.repeat(width - left.length + 2)
    return `  ${left}${gap}${dim(right, output)}`
  })
}
