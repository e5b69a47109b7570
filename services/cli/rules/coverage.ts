import type { BurnFactor } from '#/core/burn-rate.ts'
import { alertOf, by, on, percent, type AlertRule, type RuleOptions } from './rule.ts'
import { VALUE_COUNT, VALUE_PERCENT, asked, biggestSource, selector } from './template.ts'

/**
 * Alerts about calls without an owner. They open work for those who own the callers; nothing is late or lost, so only a
 * fast burn pages, and only if that was asked for.
 */

/** In each of the two windows, so that a gap that has just been closed stops the alert. */
const KEEP = { page: '15m', ticket: '2h' } as const
const UNRESOLVED_MAX = 0.05
/** Calls in five minutes below which a share of unresolved ones says nothing. */
const UNRESOLVED_VOLUME_MIN = 100
/** A process sees everything for the first time after its start, so it is not believed before. */
const WARM_S = 6 * 3600
const NEW_SOURCE_VOLUME_MIN = 20
/** The new kinds are not counted by source, so this speaks of all calls with their reason. */
const NEW_SOURCE_SENTENCE =
  ' Of all calls with this reason in that hour, {{ .Value | humanizePercentage }} come from the source {{ .Labels.source }}, the largest.'

export function coverageAlerts(options: RuleOptions): readonly AlertRule[] {
  return [
    ...options.windows.map((window) => burn(options, window)),
    unresolved(options),
    newSource(options),
  ]
}

function burn(options: RuleOptions, window: BurnFactor): AlertRule {
  const { long, short, ratio, severity } = window
  const is_fast = severity === 'page'
  const of = (length: string): string => `job:whosecall_unattributed_per_events:ratio_rate${length}`
  const calls = `job:whosecall_decided_events:rate${long} * ${secondsOf(long)}`
  const budget = percent(1 - options.target)
  return alertOf(
    {
      alert: is_fast ? 'WhosecallUnattributedFastBurn' : 'WhosecallUnattributedSlowBurn',
      expr: [
        `${of(long)} > ${ratio}`,
        `and ${on(options)} ${of(short)} > ${ratio}`,
        `and ${on(options)} ${calls} >= ${options.volume_min}`,
      ].join('\n'),
      keep_firing_for: KEEP[severity],
      severity: is_fast ? (options.pages ? 'critical' : 'warning') : 'ticket',
      route: 'ownership',
      labels: { long_window: long, short_window: short },
      dashboard: 'whosecall-coverage',
      summary: `${VALUE_PERCENT} of the calls of the last ${long} have no owner`,
      description:
        `${VALUE_PERCENT} of the calls of the last ${long} have no owner; the target allows ${budget}, ` +
        `and this alert begins at ${percent(ratio)}.` +
        biggestSource(options, long),
    },
    options,
  )
}

function unresolved(options: RuleOptions): AlertRule {
  const breaker = `whosecall_breaker_state{state="open",${selector(options)}} == 1`
  return alertOf(
    {
      alert: 'WhosecallUnresolved',
      expr: [
        `job:whosecall_unresolved_per_events:ratio_rate5m > ${UNRESOLVED_MAX}`,
        `and ${on(options)} job:whosecall_call_events:rate5m * 300 >= ${UNRESOLVED_VOLUME_MIN}`,
      ].join('\n'),
      for: '10m',
      keep_firing_for: '10m',
      severity: 'warning',
      route: 'platform',
      dashboard: 'whosecall-lookups',
      summary: `${VALUE_PERCENT} of the calls could not be looked up`,
      description:
        `For ${VALUE_PERCENT} of the calls of the last 5m nobody could say who owns them, because the lookup did not answer; ` +
        `${percent(UNRESOLVED_MAX)} is the limit. They are published as unresolved and blame nobody.` +
        asked(options, breaker, ' The breaker of the {{ .Labels.dependency }} is open.'),
    },
    options,
  )
}

/** After a start, a rebalance or the return of a crashed process, old sources are new to it. */
function newSource(options: RuleOptions): AlertRule {
  const instance = on(options, 'instance')
  const reason = by(options, 'reason')
  return alertOf(
    {
      alert: 'WhosecallNewUnattributedSource',
      expr: [
        `sum ${reason} (`,
        `  increase(whosecall_triage_sources_first_seen_total[1h])`,
        `  and ${instance} (time() - process_start_time_seconds > ${WARM_S})`,
        `  unless ${instance} (increase(whosecall_rebalances_total[1h]) > 0)`,
        `  unless ${instance} (increase(whosecall_worker_restarts_total[6h]) > 0)`,
        `) > 0`,
        `and ${on(options, 'reason')} sum ${reason} (`,
        `  increase(whosecall_events_total{outcome="unattributed"}[1h])`,
        `) >= ${NEW_SOURCE_VOLUME_MIN}`,
      ].join('\n'),
      severity: 'info',
      route: 'ownership',
      dashboard: 'whosecall-coverage',
      summary: `New calls without an owner ({{ $labels.reason }})`,
      description:
        `${VALUE_COUNT} kind(s) of calls without an owner appeared in the last hour that were not there before, ` +
        `reason {{ $labels.reason }}; none is expected.` +
        biggestSource(options, '1h', ['reason'], NEW_SOURCE_SENTENCE),
    },
    options,
  )
}

const UNIT_S: Readonly<Record<string, number>> = { m: 60, h: 3600, d: 86_400 }

function secondsOf(window: string): number {
  return Number(window.slice(0, -1)) * (UNIT_S[window.slice(-1)] ?? Number.NaN)
}
