import { printConfig } from '#/config/index.ts'
import { RegistryConfig } from '#/registry/index.ts'
import { WorkerConfig } from '#/worker/index.ts'
import { EXIT_OK, type Command } from './command.ts'
import { ANY_CONFIG_OPTION, requireConfigOf } from './config-file.ts'
import { readAnyConfig } from './config-kind.ts'

/** Prints the config as the worker, or the registry, sees it: substitutions resolved, defaults filled in, secrets redacted. */
export const command: Command = {
  help: {
    examples: [
      ['whosecall print-config -c worker.yaml', 'what the worker would run with'],
      ['whosecall print-config -c registry.yaml', 'the same of a registry'],
      [
        'whosecall print-config -c worker.yaml | diff - running.yaml',
        'what a change really changes',
      ],
    ],
    usage: '-c FILE',
    details: ['Secrets are always redacted; there is no option that shows them.'],
  },
  options: { config: ANY_CONFIG_OPTION },
  async run(args, io) {
    const { kind, config } = await requireConfigOf(args, io, (source) =>
      readAnyConfig(source, { files: 'none' }),
    )
    const schema = kind === 'worker' ? WorkerConfig : RegistryConfig
    await io.out.write(printConfig(config, schema))
    return EXIT_OK
  },
}
