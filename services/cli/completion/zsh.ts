import type { CompletedCommand, CompletedOption } from './model.ts'

/** Completion for zsh, by its `_arguments`, which also knows what was said already. */

export function zshCompletion(commands: readonly CompletedCommand[]): string {
  return [
    '#compdef whosecall',
    '# zsh completion of whosecall. To load it: source <(whosecall completion zsh), after compinit.',
    '',
    '_whosecall() {',
    '  local context state state_descr line',
    '  typeset -A opt_args',
    '  local -a commands',
    '  commands=(',
    ...[...commands, { name: 'help', summary: 'examples and options of a command' }].map(
      ({ name, summary }) => `    ${quoted(`${name}:${summary.replaceAll(':', '\\:')}`)}`,
    ),
    '  )',
    "  _arguments -C '(- *)--help[examples and commands]' '(- *)--version[print the version]' \\",
    "    '1:command:->command' '*::argument:->argument'",
    '  case $state in',
    "    command) _describe -t commands 'command' commands ;;",
    '    argument)',
    '      case $words[1] in',
    "        help) _describe -t commands 'command' commands ;;",
    ...commands.flatMap(commandCase),
    '      esac',
    '      ;;',
    '  esac',
    '}',
    '',
    'if [ "$funcstack[1]" = "_whosecall" ]; then _whosecall "$@"; else compdef _whosecall whosecall; fi',
    '',
  ].join('\n')
}

function commandCase({ name, options, words, files }: CompletedCommand): readonly string[] {
  const operands = [
    ...(words.length > 0 && files
      ? [`'*:argument:{_alternative "words:word:(${words.join(' ')})" "files:file:_files"}'`]
      : []),
    ...(words.length > 0 && !files ? [`'*:word:(${words.join(' ')})'`] : []),
    ...(words.length === 0 && files ? ["'*:file:_files'"] : []),
  ]
  const specs = [...options.flatMap(specsOf), ...operands]
  return [
    `        ${name})`,
    '          _arguments -s \\',
    `            ${specs.join(' \\\n            ')}`,
    '          ;;',
  ]
}

function specsOf(option: CompletedOption): readonly string[] {
  const { name, short, description, multiple, takes, value, choices } = option
  const action = {
    nothing: '',
    file: `:${value}:_files`,
    choice: `:${value}:(${choices.join(' ')})`,
    text: `:${value}:`,
  }[takes]
  const told = `[${description.replaceAll(/[[\]:\\]/g, '\\$&')}]`
  const both = short === undefined ? `--${name}` : `-${short} --${name}`
  const first = multiple ? '*' : `(${both})`
  const long = `${first}--${name}${takes === 'nothing' ? '' : '='}${told}${action}`
  const specs = short === undefined ? [long] : [`${first}-${short}${told}${action}`, long]
  return specs.map(quoted)
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
