import { formatDiagnostics } from '#/config/index.ts'
import { ERROR_CODES } from '#/core/errors.ts'
import { seriesMaxOf, type SeriesMax } from '#/worker/index.ts'
import { EXIT_FINDINGS, EXIT_OK, type Command } from './command.ts'
import { ANY_CONFIG_OPTION, readConfigFile } from './config-file.ts'
import { readAnyConfig } from './config-kind.ts'
import { checkOwnerFile } from './owner-file.ts'

/** Checks a config and its owner file without connecting to anything, and reports all errors at once. */
export const command: Command = {
  help: {
    examples: [
      [
        'whosecall validate -c worker.yaml',
        'every error, with file, line and the nearest valid key',
      ],
      ['whosecall validate -c registry.yaml', 'the same of a registry'],
      ['whosecall validate -c worker.yaml --deny-warnings', 'for CI: warnings fail, too'],
      ['whosecall validate -c worker.yaml --json', 'one diagnostic a line, for editors'],
    ],
    usage: '-c FILE [options]',
    details: [
      'Files that the config names are read, and the owner file is checked, too; nothing is connected to.',
      'Relative paths in a config start at the working directory.',
      'Exits 0 when the config is valid, 78 when it is not, 1 when warnings are denied.',
    ],
  },
  options: {
    config: ANY_CONFIG_OPTION,
    'deny-warnings': { type: 'flag', description: 'exit 1 when there are warnings' },
    json: { type: 'flag', description: 'print the diagnostics as JSON, one a line, on stdout' },
  },
  async run(args, io) {
    const { file, result } = await readConfigFile(args, io, (source) =>
      readAnyConfig(source, { files: 'all' }),
    )
    const owners = result.ok ? await checkOwnerFile(result.config.config.owners, io.cwd) : undefined
    const diagnostics = [
      ...(result.ok ? result.warnings : result.diagnostics),
      ...(owners?.diagnostics ?? []),
    ]
    if (args.flag('json')) {
      for (const diagnostic of diagnostics) await io.out.write(`${JSON.stringify(diagnostic)}\n`)
    } else {
      await io.err.write(formatDiagnostics(diagnostics, { color: io.err.has_color }))
    }
    if (diagnostics.some(({ severity }) => severity === 'error')) return ERROR_CODES.config_invalid
    if (diagnostics.length > 0 && args.flag('deny-warnings')) return EXIT_FINDINGS
    if (!args.flag('json')) {
      const rows = owners === undefined ? '' : `; ${owners.file} has ${countOf(owners.bindings)}`
      await io.err.write(`${file} is valid${rows}\n`)
      if (result.ok && result.config.kind === 'worker')
        await io.err.write(`${seriesLine(seriesMaxOf(result.config.config))}\n`)
    }
    return EXIT_OK
  },
}

function seriesLine({ fixed, per_partition }: SeriesMax): string {
  return `metrics: at most ${fixed} series, and ${per_partition} for each partition that is read`
}

function countOf(bindings: number): string {
  return bindings === 1 ? '1 binding' : `${bindings} bindings`
}
