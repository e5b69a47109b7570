import { formatDiagnostics } from '#/config/index.ts'
import { ERROR_CODES, WhosecallError } from '#/core/errors.ts'
import { COVERAGE_BY, coverageOf, type Coverage } from './cases/coverage.ts'
import { testFiles } from './cases/find.ts'
import { runTestFile, type CaseReport } from './cases/run-file.ts'
import { EXIT_FINDINGS, EXIT_OK, type Arguments, type Command, type Io } from './command.ts'
import { paint } from './style.ts'
import { CONFIG_OPTION } from './worker-config.ts'

/**
 * Unit tests of a config: a message in, what must become of it out, run through the pipeline of the worker without anything
 * to connect to. And the coverage of an archive, as a gate.
 */
export const command: Command = {
  help: {
    examples: [
      ['whosecall test worker.test.yaml', 'every case; each failure with its line'],
      ['whosecall test deploy/ --filter outage', 'all files of tests in a folder, some cases'],
      [
        'whosecall test --min-coverage 0.9 -c worker.yaml calls.ndjson',
        'fails when less of an archive has an owner',
      ],
    ],
    usage: 'FILE…|DIR… [options]',
    details: [
      'In a folder, YAML files with a key `cases` are files of tests. What stands in one: `whosecall schema test`.',
      'Exits 0 when all cases pass, 1 when one fails or the coverage is too low, 78 when a file of tests is broken.',
    ],
  },
  options: {
    filter: { type: 'text', value: 'TEXT', description: 'only cases whose name holds this text' },
    json: { type: 'flag', description: 'print one JSON line a case' },
    'min-coverage': {
      type: 'text',
      value: 'SHARE',
      description: 'least attributed / (attributed + unattributed) of the archives, from 0 to 1',
    },
    'coverage-by': {
      type: 'text',
      value: 'WHAT',
      choices: [...COVERAGE_BY],
      description: `what the share is of: ${COVERAGE_BY.join(', ')} (default: events)`,
    },
    config: { ...CONFIG_OPTION, description: 'for --min-coverage: the config of the worker' },
    owners: { type: 'text', value: 'FILE', description: 'for --min-coverage: an owner file' },
    source: { type: 'text', value: 'SOURCE', description: 'for --min-coverage: who wrote them' },
    encoding: { type: 'text', value: 'ENCODING', description: 'for --min-coverage' },
  },
  async run(args, io) {
    return args.text('min-coverage') === undefined ? runTests(args, io) : gate(args, io)
  },
}

async function runTests(args: Arguments, io: Io): Promise<number> {
  for (const name of ['coverage-by', 'config', 'owners', 'source', 'encoding'])
    if (args.text(name) !== undefined)
      throw new WhosecallError('usage', `--${name} goes with --min-coverage`)
  const filter = args.text('filter') ?? ''
  const counts = { passed: 0, failed: 0, broken: 0 }
  for (const file of testFiles(args.positionals, io)) {
    if (io.stop.aborted) break
    const report = await runTestFile(file, io, (name) => name.includes(filter))
    if (!report.ok) {
      counts.broken += 1
      await io.err.write(formatDiagnostics(report.diagnostics, { color: io.err.has_color }))
      continue
    }
    for (const one of report.cases) {
      counts[one.ok ? 'passed' : 'failed'] += 1
      await tell(one, args, io)
    }
  }
  const { passed, failed, broken } = counts
  if (passed + failed + broken === 0)
    throw new WhosecallError('usage', `no case has a name that holds "${filter}"`)
  const files = broken === 0 ? '' : `, ${broken} broken ${broken === 1 ? 'file' : 'files'}`
  await io.err.write(`${passed} passed, ${failed} failed${files}\n`)
  if (broken > 0) return ERROR_CODES.config_invalid
  return failed > 0 ? EXIT_FINDINGS : EXIT_OK
}

async function tell(report: CaseReport, args: Arguments, io: Io): Promise<void> {
  const { file, line, name, ok, failures } = report
  if (args.flag('json')) {
    await io.out.write(`${JSON.stringify({ file, line, name, ok, failures })}\n`)
    return
  }
  const mark = ok ? paint('green', 'ok  ', io.out) : paint('red', 'FAIL', io.out)
  await io.out.write(`${mark} ${file}:${line} ${name}\n`)
  if (!ok) await io.err.write(formatDiagnostics(failures, { color: io.err.has_color }))
}

async function gate(args: Arguments, io: Io): Promise<number> {
  const text = args.text('min-coverage') ?? ''
  const least = /^(?:0(?:\.\d+)?|1(?:\.0+)?)$/.test(text) ? Number(text) : Number.NaN
  if (Number.isNaN(least))
    throw new WhosecallError(
      'usage',
      `--min-coverage must be a share from 0 to 1, such as 0.9, not "${text}"`,
    )
  const by = COVERAGE_BY.find((one) => one === args.text('coverage-by')) ?? 'events'
  const rows = await coverageOf(by, args, io)
  let is_low = false
  for (const row of rows) {
    const ok = row.coverage === undefined || row.coverage >= least
    if (!ok) is_low = true
    const line = args.flag('json')
      ? JSON.stringify({ ...row, min_coverage: least, ok })
      : coverageText(row, least, ok)
    await io.out.write(`${line}\n`)
  }
  return is_low ? EXIT_FINDINGS : EXIT_OK
}

function coverageText(
  { by, currency, attributed, unattributed, coverage }: Coverage,
  least: number,
  ok: boolean,
): string {
  const of = currency === undefined ? by : `${by} in ${currency}`
  if (coverage === undefined) return `coverage by ${of}: there is nothing to cover`
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`
  const verdict = ok ? 'at least' : 'below'
  return `coverage by ${of}: ${percent(coverage)} (${attributed} attributed, ${unattributed} unattributed), ${verdict} ${percent(least)}`
}
