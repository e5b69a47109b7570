import { alertOf, by, on, type AlertRule, type RuleOptions } from './rule.ts'
import { VALUE_COUNT, asked, selector } from './template.ts'

/** Alerts about the worker itself: its owners, its config, its metrics, and whether it is there at all. */

/** How long a directory that is asked may give no answer. */
const DIRECTORY_SILENT_S = 900
const DIRECTORY_FAILURES_MIN = 5
const CAPPED_MIN = 10
/** One crash is healed by a restart; several in half an hour are not healed. */
const RESTARTS_MIN = 3
/** Every worker has these series from its start on, and nothing else has. */
const EVENTS = 'whosecall_events_total{outcome="attributed"}'
const SEEN_WITHIN_A_DAY = `last_over_time(${EVENTS}[1d])`

export function serviceAlerts(options: RuleOptions): readonly AlertRule[] {
  return [
    directoryStale(options),
    ownerFile(options),
    config(options),
    capped(options),
    down(options),
    restarting(options),
    absent(options),
  ]
}

/**
 * Only while it is asked: a directory that nobody needs is not stale, and a file is as old as its last change. One that has
 * never answered has no time of success, which counts as long ago.
 */
function directoryStale(options: RuleOptions): AlertRule {
  const instance = on(options, 'instance')
  const last = `max ${by(options, 'instance')} (whosecall_directory_last_success_timestamp_seconds)`
  return alertOf(
    {
      alert: 'WhosecallDirectoryStale',
      expr: [
        `sum ${by(options)} (`,
        `  increase(whosecall_lookups_total{tier="directory",state=~"stale|unavailable|error"}[10m])`,
        `  unless ${instance} (time() - ${last} <= ${DIRECTORY_SILENT_S})`,
        `) >= ${DIRECTORY_FAILURES_MIN}`,
      ].join('\n'),
      for: '5m',
      keep_firing_for: '10m',
      severity: 'warning',
      route: 'platform',
      dashboard: 'whosecall-lookups',
      summary: 'The owner directory does not answer',
      description:
        `${VALUE_COUNT} keys were asked of the owner directory in the last 10m without an answer, and the last answer is more than ` +
        `${DIRECTORY_SILENT_S / 60}m ago. Known owners are used while they may be stale; all else becomes unresolved.` +
        asked(
          options,
          `time() - max(whosecall_directory_last_success_timestamp_seconds{${selector(options)}})`,
          ' It last answered {{ .Value | humanizeDuration }} ago.',
        ),
    },
    options,
  )
}

function ownerFile(options: RuleOptions): AlertRule {
  return alertOf(
    {
      alert: 'WhosecallOwnerFileReloadFailed',
      expr: `count ${by(options)} (whosecall_owner_file_last_reload_successful == 0) > 0`,
      for: '5m',
      severity: 'warning',
      route: 'platform',
      dashboard: 'whosecall-lookups',
      summary: 'The new owner file has errors',
      description:
        `${VALUE_COUNT} process(es) refused the last change of the owner file and go on with the one before; none should. ` +
        `New owners are not known until it is corrected.`,
    },
    options,
  )
}

function config(options: RuleOptions): AlertRule {
  return alertOf(
    {
      alert: 'WhosecallConfigReloadFailed',
      expr: `count ${by(options)} (whosecall_config_last_reload_successful == 0) > 0`,
      for: '5m',
      severity: 'warning',
      route: 'platform',
      dashboard: 'whosecall-pipeline',
      summary: 'The new config is not in force',
      description:
        `${VALUE_COUNT} process(es) refused the last change of the config and go on with the one before; none should. ` +
        `Either it has errors, and then they would not start again with it, or it changes what needs a restart.`,
    },
    options,
  )
}

function capped(options: RuleOptions): AlertRule {
  const metric = 'whosecall_series_capped_total'
  return alertOf(
    {
      alert: 'WhosecallSeriesCapped',
      expr: [
        `sum ${by(options, 'metric')} (`,
        `  (increase(${metric}[1h]) > 0)`,
        `  or ((${metric} unless ${metric} offset 1h) > 0)`,
        `) >= ${CAPPED_MIN}`,
      ].join('\n'),
      for: '10m',
      keep_firing_for: '1h',
      severity: 'warning',
      route: 'platform',
      dashboard: 'whosecall-pipeline',
      summary: '{{ $labels.metric }} does not show everything',
      description:
        `${VALUE_COUNT} counts of {{ $labels.metric }} in the last hour went to __other__ or were left out, because it has as many ` +
        `series as it may have; fewer than ${CAPPED_MIN} are no alert. Sums are right, a view by its labels is not complete.`,
    },
    options,
  )
}

/** `up` is of all that Prometheus scrapes; ours are the targets that showed events within a day. */
function down(options: RuleOptions): AlertRule {
  return alertOf(
    {
      alert: 'WhosecallWorkerDown',
      expr: [
        `count ${by(options)} (`,
        `  up == 0`,
        `  and ${on(options, 'instance')} ${SEEN_WITHIN_A_DAY}`,
        `) > 0`,
      ].join('\n'),
      for: '5m',
      severity: 'warning',
      route: 'platform',
      dashboard: 'whosecall-pipeline',
      summary: `${VALUE_COUNT} worker(s) cannot be scraped`,
      description:
        `${VALUE_COUNT} worker(s) that were there within the last day do not answer on /metrics; all should. ` +
        `The others take over their partitions, if there are any.` +
        asked(
          options,
          `topk(1, up{${selector(options)}} == 0)`,
          ' One of them is {{ .Labels.instance }}.',
        ),
    },
    options,
  )
}

/**
 * Behind a supervisor a process that crashes again and again is never missing from the targets, and a container that does is
 * back before `WhosecallWorkerDown` has waited long enough. A roll-out starts each process once.
 */
function restarting(options: RuleOptions): AlertRule {
  const restarts = `round(sum ${by(options)} (increase(whosecall_worker_restarts_total[30m])))`
  return alertOf(
    {
      alert: 'WhosecallWorkerRestarting',
      expr: [
        `${restarts} >= ${RESTARTS_MIN}`,
        `or max ${by(options)} (`,
        `  changes(process_start_time_seconds[30m])`,
        `  and ${on(options, 'instance')} ${SEEN_WITHIN_A_DAY}`,
        `) >= ${RESTARTS_MIN}`,
      ].join('\n'),
      keep_firing_for: '15m',
      severity: 'warning',
      route: 'platform',
      dashboard: 'whosecall-pipeline',
      summary: `Worker processes ended ${VALUE_COUNT} times in 30m`,
      description:
        `Worker processes ended by themselves and were started again ${VALUE_COUNT} times in the last 30m; fewer than ` +
        `${RESTARTS_MIN} are no alert. Each time their partitions are read again from the last commit, so calls are late and some are sent twice.`,
    },
    options,
  )
}

/** A job whose workers were there within a day and are not now; without any such job, that there is none. */
function absent(options: RuleOptions): AlertRule {
  return alertOf(
    {
      alert: 'WhosecallWorkerAbsent',
      expr: [
        `(`,
        `  group ${by(options)} (${SEEN_WITHIN_A_DAY})`,
        `  unless ${on(options)} ${EVENTS}`,
        `)`,
        `or absent(${SEEN_WITHIN_A_DAY})`,
      ].join('\n'),
      for: '10m',
      severity: 'critical',
      route: 'platform',
      dashboard: 'whosecall-pipeline',
      summary: 'There is no worker{{ with $labels.job }} of the job {{ . }}{{ end }}',
      description:
        'Prometheus has seen no metrics of any worker{{ with $labels.job }} of the job {{ . }}{{ end }} for 10m and more; ' +
        'at least one should be there. Nothing is attributed, and no other alert about its calls can fire.',
    },
    options,
  )
}
