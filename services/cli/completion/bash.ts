import type { CompletedCommand, CompletedOption } from './model.ts'

/**
 * Completion for bash from 3.2 on, which is what macOS has. A value behind `=` arrives as words of its own, because bash
 * breaks words there.
 */

const HEAD = `# bash completion of whosecall. To load it: source <(whosecall completion bash)

_whosecall_words() {
  local line
  while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -W "$1" -- "$2")
}

_whosecall_files() {
  local line
  compopt -o filenames 2>/dev/null
  while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$1")
}

_whosecall() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" option="\${COMP_WORDS[COMP_CWORD - 1]}" command="\${COMP_WORDS[1]}"
  COMPREPLY=()
  if [[ $cur == '=' ]]; then
    cur=''
  elif [[ $option == '=' && COMP_CWORD -gt 2 ]]; then
    option="\${COMP_WORDS[COMP_CWORD - 2]}"
  fi
`

export function bashCompletion(commands: readonly CompletedCommand[]): string {
  const names = commands.map(({ name }) => name)
  return [
    HEAD,
    '  if [[ COMP_CWORD -le 1 ]]; then',
    `    _whosecall_words '${[...names, 'help', '--help', '--version'].join(' ')}' "$cur"`,
    '    return 0',
    '  fi',
    '  case "$command $option" in',
    `    'help help') _whosecall_words '${names.join(' ')}' "$cur"; return 0 ;;`,
    ...commands.flatMap(({ name, options }) => options.flatMap((one) => valueCase(name, one))),
    '  esac',
    '  case "$command" in',
    ...commands.flatMap(operandCase),
    '  esac',
    '  return 0',
    '}',
    '',
    'complete -F _whosecall whosecall',
    '',
  ].join('\n')
}

function valueCase(command: string, option: CompletedOption): readonly string[] {
  const { takes, choices } = option
  if (takes === 'nothing') return []
  const patterns = spellings(option).map((one) => `'${command} ${one}'`)
  const complete = {
    choice: `_whosecall_words '${choices.join(' ')}' "$cur"; `,
    file: '_whosecall_files "$cur"; ',
    text: '',
  }[takes]
  return [`    ${patterns.join(' | ')}) ${complete}return 0 ;;`]
}

function operandCase({ name, options, words, files }: CompletedCommand): readonly string[] {
  const all = options.flatMap(spellings).join(' ')
  return [
    `    '${name}')`,
    '      case "$cur" in',
    `        -*) _whosecall_words '${all}' "$cur" ;;`,
    '        *)',
    ...(words.length === 0 ? [] : [`          _whosecall_words '${words.join(' ')}' "$cur"`]),
    ...(files ? ['          _whosecall_files "$cur"'] : []),
    ...(words.length === 0 && !files ? ['          :'] : []),
    '          ;;',
    '      esac',
    '      ;;',
  ]
}

function spellings({ name, short }: CompletedOption): readonly string[] {
  return short === undefined ? [`--${name}`] : [`--${name}`, `-${short}`]
}
