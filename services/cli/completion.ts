import { WhosecallError } from '#/core/errors.ts'
import { EXIT_OK, type Command } from './command.ts'
import { COMMANDS } from './commands.ts'
import { bashCompletion } from './completion/bash.ts'
import { fishCompletion } from './completion/fish.ts'
import { completedCommands, type CompletedCommand } from './completion/model.ts'
import { zshCompletion } from './completion/zsh.ts'
import { meantBy } from './nearest.ts'

/** Prints a completion script, made of the same table and options that the commands are. */

const SHELLS: ReadonlyMap<string, (commands: readonly CompletedCommand[]) => string> = new Map([
  ['bash', bashCompletion],
  ['zsh', zshCompletion],
  ['fish', fishCompletion],
])
const NAMES = [...SHELLS.keys()]

export const command: Command = {
  help: {
    examples: [
      ['source <(whosecall completion bash)', 'for this shell; the same with zsh'],
      ['whosecall completion fish | source', 'for fish'],
      [
        'whosecall completion bash > /etc/bash_completion.d/whosecall',
        'for everybody on this host',
      ],
    ],
    usage: NAMES.join('|'),
  },
  options: {},
  words: () => NAMES,
  async run(args, io) {
    const [name] = args.positionals
    if (name === undefined)
      throw new WhosecallError('usage', `for which shell? There are ${NAMES.join(', ')}`)
    const write = SHELLS.get(name)
    if (write === undefined) {
      const meant = meantBy(name, NAMES)
      const hint = meant === undefined ? `there are ${NAMES.join(', ')}` : `did you mean ${meant}?`
      throw new WhosecallError('usage', `there is no completion for ${name}; ${hint}`)
    }
    await io.out.write(write(await completedCommands(COMMANDS)))
    return EXIT_OK
  },
}
