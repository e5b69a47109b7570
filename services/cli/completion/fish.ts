import type { CompletedCommand, CompletedOption } from './model.ts'

/** Completion for fish: one line for each thing that may stand somewhere. */

export function fishCompletion(commands: readonly CompletedCommand[]): string {
  const first = `-n "__whosecall_command ''" -f`
  return [
    '# fish completion of whosecall. To load it: whosecall completion fish | source',
    '',
    '# What follows a command may be called like another one, so the first word alone decides.',
    'function __whosecall_command',
    '  set -l words (commandline -opc)',
    '  test "$words[2]" = $argv[1]',
    'end',
    '',
    'complete -c whosecall -e',
    `complete -c whosecall ${first} -l help -s h -d 'examples and commands'`,
    `complete -c whosecall ${first} -l version -s V -d 'print the version'`,
    ...commands.map(
      ({ name, summary }) => `complete -c whosecall ${first} -a ${name} -d ${quoted(summary)}`,
    ),
    `complete -c whosecall ${first} -a help -d 'examples and options of a command'`,
    `complete -c whosecall -n '__whosecall_command help' -f -a ${quoted(commands.map(({ name }) => name).join(' '))}`,
    ...commands.flatMap(commandLines),
    '',
  ].join('\n')
}

function commandLines({ name, options, words, files }: CompletedCommand): readonly string[] {
  const head = `complete -c whosecall -n '__whosecall_command ${name}'`
  return [
    `${head} ${files ? '-F' : '-f'}${words.length === 0 ? '' : ` -a ${quoted(words.join(' '))}`}`,
    ...options.map((option) => `${head} ${optionText(option)}`),
  ]
}

function optionText({ name, short, description, takes, choices }: CompletedOption): string {
  const value = {
    nothing: '',
    file: ' -r -F',
    choice: ` -x -a ${quoted(choices.join(' '))}`,
    text: ' -x',
  }
  const spelt = short === undefined ? `-l ${name}` : `-l ${name} -s ${short}`
  return `${spelt}${value[takes]} -d ${quoted(description)}`
}

function quoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, '\\$&')}'`
}
