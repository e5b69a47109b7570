import { createRegistry, REGISTRY_CATALOGUE } from '#/registry/index.ts'
import { createDeadline, createLogger, createMeter } from '#/telemetry/index.ts'
import { EXIT_OK, type Command } from './command.ts'
import { CONFIG_OPTION, requireConfigOf } from './config-file.ts'
import { readRegistryConfig } from './config-kind.ts'
import { VERSION } from './version.ts'
import { stopped } from './wait.ts'

/** Serves owner lookups to any number of workers until a signal. Its log goes to stderr. */
const STOP_MS_MAX = 5000

export const command: Command = {
  help: {
    examples: [
      ['whosecall registry -c registry.yaml', 'serve the batch lookup from an owner file'],
    ],
    usage: '-c FILE',
    details: [
      'Serves POST /v1/owners:batchLookup, /livez, /readyz and /metrics.',
      'The owner file is watched; a file with errors changes nothing.',
    ],
  },
  options: { config: { ...CONFIG_OPTION, description: 'config file of the registry (YAML)' } },
  async run(args, io) {
    const config = await requireConfigOf(args, io, readRegistryConfig)
    const logger = createLogger({ level: 'info', format: 'json' })
    const meter = createMeter({ catalogue: REGISTRY_CATALOGUE })
    meter.gauge('whosecall_build_info').set(1, { version: VERSION })
    const registry = await createRegistry(config, {
      clock: io.clock,
      logger,
      meter,
      metricsText: () => meter.text(),
    }).start()
    await stopped(io.stop)
    using deadline = createDeadline(io.clock, STOP_MS_MAX)
    await registry.stop(deadline)
    return EXIT_OK
  },
}
