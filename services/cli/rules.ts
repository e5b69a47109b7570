import { EXIT_OK, type Command, type Output } from './command.ts'
import { PARTS, ruleGroups, rulesFile } from './rules/index.ts'
import { DEFAULT_TARGET, optionsOf } from './rules/options.ts'
import { percent, type RuleOptions } from './rules/rule.ts'

/**
 * Prints recording and alert rules for a coverage target. The files in `deploy/prometheus/` are what this prints for the
 * default target.
 */
export const command: Command = {
  help: {
    examples: [
      ['whosecall rules --target 0.95 > whosecall.yaml', 'rules for 95 % of calls with an owner'],
      ['whosecall rules --only alerts --target 0.9', 'the alerts alone'],
      ['whosecall rules --group-by cluster --page', 'by cluster; a fast burn pages somebody'],
      ['whosecall rules --json | jq .windows', 'the factors as data'],
    ],
    usage: '[--target SHARE] [options]',
    details: [
      'Textbook factors assume targets of 99 % and more. For a lower target each is capped, so that it can still fire;',
      'a factor that never could is refused.',
    ],
  },
  options: {
    target: {
      type: 'text',
      value: 'SHARE',
      description: `share of calls that should have an owner (default ${DEFAULT_TARGET})`,
    },
    only: {
      type: 'text',
      value: 'PART',
      choices: [...PARTS],
      description: `one part: ${PARTS.join(' or ')}`,
    },
    'group-by': {
      type: 'text',
      value: 'LABEL,…',
      multiple: true,
      description: 'labels of targets to keep apart, besides job',
    },
    page: { type: 'flag', description: 'a fast burn is critical and not a warning' },
    'volume-min': {
      type: 'integer',
      value: 'CALLS',
      max: 1_000_000_000,
      description: 'calls that a long window must hold (default 1000)',
    },
    'lag-max-s': {
      type: 'integer',
      value: 'SECONDS',
      min: 1,
      max: 604_800,
      description: 'how late attribution may be (default 300)',
    },
    factor: {
      type: 'text',
      value: '[WINDOW=]N',
      multiple: true,
      description: 'a burn factor of your own, for one long window or for all',
    },
    'runbook-url': { type: 'text', value: 'BASE', description: 'where the runbook pages are' },
    'dashboard-url': { type: 'text', value: 'BASE', description: 'where the dashboards are' },
    json: { type: 'flag', description: 'print target, windows and groups as one JSON object' },
  },
  async run(args, io) {
    const options = optionsOf(args)
    const part = PARTS.find((one) => one === args.text('only'))
    const groups = ruleGroups(options, part)
    if (args.flag('json')) {
      const { target, windows } = options
      await io.out.write(`${JSON.stringify({ target, windows, groups })}\n`)
      return EXIT_OK
    }
    await io.out.write(rulesFile(groups))
    if (part !== 'recording') await explain(options, io.err)
    return EXIT_OK
  },
}

async function explain({ target, windows }: RuleOptions, err: Output): Promise<void> {
  await err.write(
    `target ${percent(target)}: ${percent(1 - target)} of the calls may be without an owner\n`,
  )
  for (const { long, short, severity, factor, ratio, workbook } of windows) {
    const capped = factor === workbook ? '' : ` (not ${workbook})`
    const name = severity === 'page' ? 'fast burn' : 'slow burn'
    await err.write(
      `${name}: above ${percent(ratio)} over ${long} and ${short}, factor ${Number(factor.toPrecision(3))}${capped}\n`,
    )
  }
}
