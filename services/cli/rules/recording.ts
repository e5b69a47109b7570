import { by, type RecordingRule, type RuleGroup, type RuleOptions } from './rule.ts'

/**
 * Recording rules: numerator and denominator of each ratio apart, so that they can be added up over jobs and clusters before
 * they are divided. A ratio has no value while there are no calls. Names are `level:metric:operations`.
 */

/** Windows of the rates, the short and the long ones of the alerts. */
export const WINDOWS = ['5m', '30m', '1h', '2h', '6h', '1d', '3d'] as const
export type Window = (typeof WINDOWS)[number]

/** Tokens and cost move in larger steps than calls, and nothing alerts on them by the minute. */
const AMOUNT_WINDOWS = ['1h', '1d'] as const
const UNRESOLVED_WINDOWS = ['5m', '1h'] as const

export function recordingGroups(options: RuleOptions): readonly RuleGroup[] {
  return [
    {
      name: 'whosecall-coverage.rules',
      rules: WINDOWS.flatMap((window) => callRules(options, window)),
    },
    {
      name: 'whosecall-amounts.rules',
      rules: AMOUNT_WINDOWS.flatMap((window) => [
        ...tokenRules(options, window),
        ...costRules(options, window),
      ]),
    },
    {
      name: 'whosecall-unresolved.rules',
      rules: UNRESOLVED_WINDOWS.flatMap((window) => unresolvedRules(options, window)),
    },
  ]
}

function callRules(options: RuleOptions, window: string): readonly RecordingRule[] {
  const sum = `sum ${by(options)}`
  const numerator = `job:whosecall_unattributed_events:rate${window}`
  const denominator = `job:whosecall_decided_events:rate${window}`
  return [
    {
      record: numerator,
      expr: `${sum} (rate(whosecall_events_total{outcome="unattributed"}[${window}]))`,
    },
    {
      record: denominator,
      expr: `${sum} (rate(whosecall_events_total{outcome=~"attributed|unattributed"}[${window}]))`,
    },
    {
      record: `job:whosecall_unattributed_per_events:ratio_rate${window}`,
      expr: `${numerator} / (${denominator} > 0)`,
    },
  ]
}

function tokenRules(options: RuleOptions, window: string): readonly RecordingRule[] {
  const sum = `sum ${by(options)}`
  const numerator = `job:whosecall_unattributed_tokens:rate${window}`
  const denominator = `job:whosecall_decided_tokens:rate${window}`
  return [
    {
      record: numerator,
      expr: `${sum} (rate(whosecall_tokens_total{outcome="unattributed"}[${window}]))`,
    },
    {
      record: denominator,
      expr: `${sum} (rate(whosecall_tokens_total{outcome=~"attributed|unattributed"}[${window}]))`,
    },
    {
      record: `job:whosecall_unattributed_per_tokens:ratio_rate${window}`,
      expr: `${numerator} / (${denominator} > 0)`,
    },
  ]
}

/**
 * Currencies are never added up. One in which everything is attributed has no series of unattributed cost; that is 0, not
 * nothing.
 */
function costRules(options: RuleOptions, window: string): readonly RecordingRule[] {
  const sum = `sum ${by(options, 'currency')}`
  const numerator = `job_currency:whosecall_unattributed_cost:rate${window}`
  const denominator = `job_currency:whosecall_decided_cost:rate${window}`
  return [
    {
      record: denominator,
      expr: `${sum} (rate(whosecall_cost_total{outcome=~"attributed|unattributed"}[${window}]))`,
    },
    {
      record: numerator,
      expr: `${sum} (rate(whosecall_cost_total{outcome="unattributed"}[${window}])) or ${denominator} * 0`,
    },
    {
      record: `job_currency:whosecall_unattributed_per_cost:ratio_rate${window}`,
      expr: `${numerator} / (${denominator} > 0)`,
    },
  ]
}

/** Unresolved calls are in no rate of coverage: nobody is to blame for them but the lookup. */
function unresolvedRules(options: RuleOptions, window: string): readonly RecordingRule[] {
  const sum = `sum ${by(options)}`
  const numerator = `job:whosecall_unresolved_events:rate${window}`
  const denominator = `job:whosecall_call_events:rate${window}`
  return [
    {
      record: numerator,
      expr: `${sum} (rate(whosecall_events_total{outcome="unresolved"}[${window}]))`,
    },
    {
      record: denominator,
      expr: `${sum} (rate(whosecall_events_total{outcome=~"attributed|unattributed|unresolved"}[${window}]))`,
    },
    {
      record: `job:whosecall_unresolved_per_events:ratio_rate${window}`,
      expr: `${numerator} / (${denominator} > 0)`,
    },
  ]
}
