import { printConfig } from '#/config/index.ts'
import { WorkerConfig } from '#/worker/index.ts'
import { EXIT_OK, type Command } from './command.ts'
import { CONFIG_OPTION, requireConfigOffline } from './worker-config.ts'

/** Prints the config as the worker sees it: substitutions resolved, defaults filled in, secrets redacted. */
export const command: Command = {
  help: {
    examples: [
      ['whosecall print-config -c worker.yaml', 'what the worker would run with'],
      [
        'whosecall print-config -c worker.yaml | diff - running.yaml',
        'what a change really changes',
      ],
    ],
    usage: '-c FILE',
    details: ['Secrets are always redacted; there is no option that shows them.'],
  },
  options: { config: CONFIG_OPTION },
  async run(args, io) {
    const config = await requireConfigOffline(args, io)
    await io.out.write(printConfig(config, WorkerConfig))
    return EXIT_OK
  },
}
