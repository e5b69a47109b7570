import { resolve } from 'node:path'
import { ERROR_CODES } from '#/core/errors.ts'
import type { Ports } from '#/core/ports.ts'
import { createLogger, createMeter } from '#/telemetry/index.ts'
import { readWorkerConfig } from '#/worker/index.ts'
import { EXIT_FINDINGS, EXIT_OK, type Command } from './command.ts'
import { CONFIG_OPTION, requireConfigOf } from './config-file.ts'
import { checkText } from './doctor/check.ts'
import { checkHost, checkSecretFiles, readHost, secretFiles } from './doctor/host.ts'
import { checkKafka } from './doctor/kafka.ts'
import { checkOwners } from './doctor/owners.ts'

/**
 * Looks at everything that a worker with this config would need, as its user and from this host. It only asks: no topic, no
 * offset, no key is written.
 */
export const command: Command = {
  help: {
    examples: [
      [
        'whosecall doctor -c worker.yaml',
        'brokers, topics, groups, Redis, owners, memory, secrets',
      ],
      ['whosecall doctor -c worker.yaml --json', 'one check a line, for scripts'],
    ],
    usage: '-c FILE [--json]',
    details: [
      'Each line passes, warns or fails, and says the fix. Nothing is written anywhere.',
      'Whether an ACL allows Write, or Read of messages, cannot be asked without doing it.',
      'Exits 0 without a failure, 1 with one, 69 when no service could be asked, 78 for an invalid config.',
    ],
  },
  options: {
    config: CONFIG_OPTION,
    json: { type: 'flag', description: 'print the checks as JSON, one a line' },
  },
  async run(args, io) {
    const files: string[] = []
    const config = await requireConfigOf(args, io, (source) =>
      readWorkerConfig({
        ...source,
        files: 'none',
        readFile(path) {
          files.push(path)
          return source.readFile(path)
        },
      }),
    )
    const ports: Ports = {
      clock: io.clock,
      logger: createLogger({ level: 'error', format: 'text' }),
      meter: createMeter({ process_metrics: false }),
    }
    const [kafka, owners] = await Promise.all([
      checkKafka(config, ports),
      checkOwners(config.owners, io),
    ])
    const checks = [
      ...kafka.checks,
      ...owners.checks,
      ...checkHost(readHost(), config),
      ...checkSecretFiles([...files, ...secretFiles(config)], (path) => resolve(io.cwd, path)),
    ]
    for (const check of checks)
      await io.out.write(
        `${args.flag('json') ? JSON.stringify(check) : checkText(check, io.out)}\n`,
      )
    const count = (status: string): number => checks.filter((one) => one.status === status).length
    await io.err.write(`${count('pass')} pass, ${count('warn')} warn, ${count('fail')} fail\n`)
    if (!kafka.is_reached && owners.answered === 0) return ERROR_CODES.dependency_unreachable
    return count('fail') > 0 ? EXIT_FINDINGS : EXIT_OK
  },
}
