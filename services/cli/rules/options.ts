import { burnFactors, type BurnFactor } from '#/core/burn-rate.ts'
import { WhosecallError } from '#/core/errors.ts'
import type { Arguments } from '../command.ts'
import { percent, type RuleOptions } from './rule.ts'

/**
 * The options of `whosecall rules`, read and refused here. A threshold that no share of calls can exceed is an error and not
 * a rule: it would look like an alert and never be one.
 */

export const DEFAULT_TARGET = 0.95
const VOLUME_MIN = 1000
const LAG_MAX_S = 300
const RUNBOOK_URL = 'https://whosecall.dev/runbooks'
/** Where the compose file publishes Grafana. */
const DASHBOARD_URL = 'http://127.0.0.1:3000/d'

export const DEFAULT_OPTIONS: RuleOptions = {
  target: DEFAULT_TARGET,
  windows: burnFactors(DEFAULT_TARGET),
  pages: false,
  volume_min: VOLUME_MIN,
  lag_max_s: LAG_MAX_S,
  group_by: ['job'],
  runbook_url: RUNBOOK_URL,
  dashboard_url: DASHBOARD_URL,
}

export function optionsOf(args: Arguments): RuleOptions {
  const target = targetOf(args.text('target'))
  return {
    target,
    windows: withFactors(burnFactors(target), target, args.texts('factor')),
    pages: args.flag('page'),
    volume_min: args.integer('volume-min') ?? VOLUME_MIN,
    lag_max_s: args.integer('lag-max-s') ?? LAG_MAX_S,
    group_by: ['job', ...labelsOf(args.texts('group-by'))],
    runbook_url: urlOf('runbook-url', args.text('runbook-url')) ?? RUNBOOK_URL,
    dashboard_url: urlOf('dashboard-url', args.text('dashboard-url')) ?? DASHBOARD_URL,
  }
}

function targetOf(text: string | undefined): number {
  if (text === undefined) return DEFAULT_TARGET
  const target = numberOf(text)
  if (target > 0 && target < 1) return target
  const hint =
    target > 1 && target < 100
      ? `; did you mean ${target / 100}?`
      : target === 1
        ? '; with 1 a single call without an owner would be too many, for ever'
        : ''
  throw new WhosecallError(
    'usage',
    `--target must be a share above 0 and below 1, as 0.95, not "${text}"${hint}`,
  )
}

/** The windows with the factors of the command line: `14.4` for all of them, `1h=14.4` for one. */
function withFactors(
  windows: readonly BurnFactor[],
  target: number,
  given: readonly string[],
): readonly BurnFactor[] {
  const chosen = new Map<string, number>()
  for (const text of given) {
    const [, long, number = ''] = /^(?:(\w+)=)?(.+)$/.exec(text) ?? []
    const names = windows.map((window) => window.long)
    if (long !== undefined && !names.includes(long))
      throw new WhosecallError(
        'usage',
        `--factor ${text}: there is no window ${long}; the windows are ${names.join(', ')}`,
      )
    const factor = numberOf(number)
    if (!(factor > 0))
      throw new WhosecallError(
        'usage',
        `--factor must be a number above 0, as 14.4 or 1h=14.4, not "${text}"`,
      )
    for (const name of long === undefined ? names : [long]) chosen.set(name, factor)
  }
  return windows.map((window) => {
    const factor = chosen.get(window.long)
    return factor === undefined ? window : withFactor(window, target, factor)
  })
}

function withFactor(window: BurnFactor, target: number, factor: number): BurnFactor {
  const ratio = Number((factor * (1 - target)).toPrecision(12))
  if (ratio < 1) return { ...window, factor, ratio }
  const most = Number((1 / (1 - target)).toPrecision(3))
  throw new WhosecallError(
    'usage',
    `--factor ${window.long}=${factor} can never fire with --target ${target}: more than ${percent(ratio)} of the calls ` +
      `would have to be without an owner. Factors below ${most} can; ${Number(window.factor.toPrecision(3))} is what is used without the option`,
  )
}

function labelsOf(given: readonly string[]): readonly string[] {
  const labels = [...new Set(given.flatMap((text) => text.split(',')))]
  for (const label of labels)
    if (!/^[a-zA-Z_]\w*$/.test(label))
      throw new WhosecallError('usage', `--group-by: "${label}" is no name of a label`)
  for (const label of labels)
    if (['instance', 'pod'].includes(label))
      throw new WhosecallError(
        'usage',
        `--group-by ${label}: workers share the partitions of a topic, so the coverage of one of them says nothing`,
      )
  return labels.filter((label) => label !== 'job')
}

function urlOf(option: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  if (!/^https?:\/\/[^\s{}]+$/.test(text) || !URL.canParse(text))
    throw new WhosecallError('usage', `--${option} must be an http or https address, not "${text}"`)
  return text.replace(/\/+$/, '')
}

function numberOf(text: string): number {
  return /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN
}
