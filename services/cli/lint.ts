import { formatDiagnostics, type Diagnostic } from '#/config/index.ts'
import { ERROR_CODES, WhosecallError } from '#/core/errors.ts'
import { readWorkerConfig } from '#/worker/index.ts'
import { EXIT_FINDINGS, EXIT_OK, type Arguments, type Command, type Io } from './command.ts'
import { CONFIG_OPTION, readConfigFile } from './config-file.ts'
import { lintAll, lintTargetOf, readOwners } from './lint/all.ts'
import { LINT_CODES } from './lint/codes.ts'
import { readTarget } from './lint/target.ts'

/** What is legal and hardly meant: in a config, in its owner file, and where the two do not meet. Connects to nothing. */
export const command: Command = {
  help: {
    examples: [
      ['whosecall lint -c worker.yaml', 'rows that never apply, words that hide keys, and more'],
      ['whosecall lint -c worker.yaml --deny-warnings', 'for CI: warnings fail'],
      ['whosecall lint -c worker.yaml --owners owners.yaml', 'when a service has the owners'],
      ['whosecall lint -c worker.yaml --target 0.9', 'alerts that could never fire, too'],
    ],
    usage: '-c FILE [--owners FILE] [options]',
    details: [
      ...Object.entries(LINT_CODES).map(([code, meaning]) => `${code}  ${meaning}`),
      '',
      'Warnings of validate about the config are repeated. What is meant can be left out by its code.',
      'Exits 0 with warnings, 1 when they are denied, 78 when the config or the owner file is invalid.',
    ],
  },
  options: {
    config: CONFIG_OPTION,
    owners: { type: 'text', value: 'FILE', description: 'owner file, if not that of the config' },
    target: {
      type: 'text',
      value: 'SHARE',
      description: 'attributed share that alerts shall defend, such as 0.95',
    },
    ignore: {
      type: 'text',
      value: 'CODE',
      multiple: true,
      description: 'leave out warnings of this code',
    },
    'deny-warnings': { type: 'flag', description: 'exit 1 when there are warnings' },
    json: { type: 'flag', description: 'print the diagnostics as JSON, one a line, on stdout' },
  },
  async run(args, io) {
    const target = args.text('target')
    const of_target = target === undefined ? [] : lintTargetOf(readTarget(target))
    const { file, result } = await readConfigFile(args, io, (source) =>
      readWorkerConfig({ ...source, files: 'none' }),
    )
    if (!result.ok) return tell(result.diagnostics, file, args, io)
    const { config, document, warnings } = result
    const { directory } = config.owners
    const given = args.text('owners')
    const from =
      given !== undefined ? { path: given } : directory.type === 'file' ? directory : undefined
    const owner_file = from && (await readOwners(from, io.cwd))
    if (owner_file !== undefined && !('owners' in owner_file))
      return tell(owner_file, file, args, io)
    const linted = lintAll({ config, document, owner_file, now_ms: io.clock.now() })
    return tell([...warnings, ...linted, ...of_target], file, args, io)
  },
}

async function tell(
  all: readonly Diagnostic[],
  file: string,
  args: Arguments,
  io: Io,
): Promise<number> {
  const ignored = args.texts('ignore')
  const strange = ignored.find((code) => !/^WC-[CL]\d{3}$/.test(code))
  if (strange !== undefined)
    throw new WhosecallError('usage', `--ignore takes a code such as WC-L006, not "${strange}"`)
  const shown = all.filter(({ code, severity }) => severity === 'error' || !ignored.includes(code))
  if (args.flag('json')) {
    for (const diagnostic of shown) await io.out.write(`${JSON.stringify(diagnostic)}\n`)
  } else if (shown.length > 0) {
    await io.err.write(formatDiagnostics(shown, { color: io.err.has_color }))
  } else await io.err.write(`${file}: nothing to say\n`)
  if (shown.some(({ severity }) => severity === 'error')) return ERROR_CODES.config_invalid
  return shown.length > 0 && args.flag('deny-warnings') ? EXIT_FINDINGS : EXIT_OK
}
