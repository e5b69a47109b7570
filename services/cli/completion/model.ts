/** What can be completed, read off the table of commands and the options that each of them declares. */
import type { OptionSpec } from '../command.ts'
import type { CommandRow } from '../commands.ts'

export interface CompletedCommand {
  readonly name: string
  readonly summary: string
  readonly options: readonly CompletedOption[]
  /** Words that may stand on the line. */
  readonly words: readonly string[]
  /** Whether files may stand there. */
  readonly files: boolean
}

export interface CompletedOption {
  readonly name: string
  readonly short?: string
  readonly description: string
  readonly multiple: boolean
  readonly takes: 'nothing' | 'file' | 'choice' | 'text'
  /** What stands for the value in the help. */
  readonly value: string
  readonly choices: readonly string[]
}

const HELP: CompletedOption = {
  name: 'help',
  short: 'h',
  description: 'print this help',
  multiple: false,
  takes: 'nothing',
  value: '',
  choices: [],
}

export function completedCommands(
  rows: readonly CommandRow[],
): Promise<readonly CompletedCommand[]> {
  return Promise.all(
    rows.map(async ({ name, summary, operands, load }): Promise<CompletedCommand> => {
      const command = await load()
      const options = Object.entries(command.options).map(([option, spec]) =>
        optionOf(option, spec),
      )
      const words = (command.words?.() ?? []).map(plain)
      return {
        name: plain(name),
        summary,
        options: [...options, HELP],
        words,
        files: operands === 'config' || operands === 'any',
      }
    }),
  )
}

function optionOf(name: string, spec: OptionSpec): CompletedOption {
  const { short, description, multiple = false, choices = [], value = 'N' } = spec
  return {
    name: plain(name),
    ...(short === undefined ? {} : { short: plain(short) }),
    description,
    multiple,
    takes: takesOf(spec),
    // Only a label: of `A,B…` the first word says enough.
    value: /\w+/.exec(value)?.[0] ?? 'N',
    choices: choices.map(plain),
  }
}

const FILES = /^(?:FILE|FOLDER|DIR|DIRECTORY|PATH|[A-Z]+\.(?:yaml|json))$/

function takesOf({ type, choices, value }: OptionSpec): CompletedOption['takes'] {
  if (type === 'flag') return 'nothing'
  if (choices !== undefined) return 'choice'
  return FILES.test(value ?? '') ? 'file' : 'text'
}

/** Words are written into scripts as they are, so none may mean anything to a shell. */
function plain(word: string): string {
  if (!/^[\w./+@%-]+$/.test(word)) throw new Error(`${JSON.stringify(word)} cannot be completed`)
  return word
}
