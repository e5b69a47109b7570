import { alertOf, by, on, type AlertRule, type RuleOptions } from './rule.ts'
import { VALUE_COUNT, VALUE_DURATION, asked, selector } from './template.ts'

/** Alerts about data that is late, lost or not written. Somebody has to look at once, so most of them are critical. */

/** Dead letters of one reason in half an hour, and their share of all messages: both, so that neither a trickle of broken
 * records nor one broken record on a quiet day is news. */
const DEAD_LETTERS_MIN = 20
const DEAD_LETTERS_SHARE_MIN = 0.001
/** The 15 minutes in which the first count shows, and as much for a slow start and for targets that are found late. */
const JUST_STARTED_S = 1800

export function pipelineAlerts(options: RuleOptions): readonly AlertRule[] {
  return [
    partitions(options, {
      alert: 'WhosecallPartitionStalled',
      state: 'stall',
      for: '5m',
      verb: 'stalled',
      what: 'do not move although messages wait in them',
    }),
    partitions(options, {
      alert: 'WhosecallPartitionStopped',
      state: 'stop',
      for: '2m',
      verb: 'stopped',
      what: 'have given the worker nothing to read for a minute and more, although messages wait in them',
    }),
    delayed(options),
    lost(options),
    held(options),
    deadLetters(options),
  ]
}

interface PartitionAlert {
  readonly alert: string
  readonly state: 'stall' | 'stop'
  readonly for: string
  readonly verb: string
  readonly what: string
}

function partitions(options: RuleOptions, of: PartitionAlert): AlertRule {
  return alertOf(
    {
      alert: of.alert,
      expr: `sum ${by(options)} (whosecall_partitions{state="${of.state}"}) > 0`,
      for: of.for,
      keep_firing_for: '5m',
      severity: 'critical',
      route: 'platform',
      dashboard: 'whosecall-pipeline',
      summary: `${VALUE_COUNT} partition(s) ${of.verb}`,
      description:
        `${VALUE_COUNT} partition(s) ${of.what}; none should.` +
        asked(
          options,
          `topk(1, max by (topic) (whosecall_consumer_lag_seconds{${selector(options)}}) > 0)`,
          ' The topic furthest behind is {{ .Labels.topic }}, by {{ .Value | humanizeDuration }}.',
        ),
    },
    options,
  )
}

function delayed(options: RuleOptions): AlertRule {
  const worst = `topk(1, max by (topic) (whosecall_consumer_lag_seconds{${selector(options)}}))`
  return alertOf(
    {
      alert: 'WhosecallAttributionDelayed',
      expr: `max ${by(options)} (whosecall_consumer_lag_seconds) > ${options.lag_max_s}`,
      for: '10m',
      keep_firing_for: '5m',
      severity: 'critical',
      route: 'platform',
      dashboard: 'whosecall-pipeline',
      summary: `Attribution is ${VALUE_DURATION} behind`,
      description:
        `What is read now was written ${VALUE_DURATION} ago; the limit is ${options.lag_max_s} s. ` +
        `Numbers of the last minutes, coverage among them, are not complete.` +
        asked(options, worst, ' The topic furthest behind is {{ .Labels.topic }}.'),
    },
    options,
  )
}

/**
 * A worker that was down for too long counts its loss before the first scrape: a series that begins above 0 counts too. Only
 * of a process that has just started: after a gap in the scrapes every series begins anew, and an old loss would page again.
 */
function lost(options: RuleOptions): AlertRule {
  const metric = 'whosecall_out_of_range_messages_total'
  return alertOf(
    {
      alert: 'WhosecallMessagesLost',
      expr: [
        `sum ${by(options)} (`,
        `  (increase(${metric}[15m]) > 0)`,
        `  or (`,
        `    (${metric} unless ${metric} offset 15m) > 0`,
        `    and ${on(options, 'instance')} (time() - process_start_time_seconds < ${JUST_STARTED_S})`,
        `  )`,
        `) > 0`,
      ].join('\n'),
      keep_firing_for: '1h',
      severity: 'critical',
      route: 'platform',
      dashboard: 'whosecall-pipeline',
      summary: `${VALUE_COUNT} message(s) were gone before they were read`,
      description:
        `${VALUE_COUNT} message(s) were deleted from their topic before the worker read them; none should be. ` +
        `They are in no count of coverage, and no redrive brings them back.`,
    },
    options,
  )
}

function held(options: RuleOptions): AlertRule {
  return alertOf(
    {
      alert: 'WhosecallOutputHeld',
      expr: `max ${by(options, 'exporter', 'lane')} (whosecall_holding) > 0`,
      for: '5m',
      keep_firing_for: '5m',
      severity: 'critical',
      route: 'platform',
      dashboard: 'whosecall-pipeline',
      summary: 'The {{ $labels.lane }} topic of {{ $labels.exporter }} cannot be written',
      description:
        'The {{ $labels.lane }} topic of the exporter {{ $labels.exporter }} takes nothing for 5 minutes and more; ' +
        'the worker keeps what it has read, reads nothing new and loses nothing while the input topics keep their messages.',
    },
    options,
  )
}

function deadLetters(options: RuleOptions): AlertRule {
  const letters = `sum ${by(options, 'reason')} (increase(whosecall_dead_letters_total[30m]))`
  const consumed = `sum ${by(options)} (increase(whosecall_consumed_messages_total[30m]))`
  return alertOf(
    {
      alert: 'WhosecallDeadLettersGrowing',
      expr: [
        `${letters} >= ${DEAD_LETTERS_MIN}`,
        `and ${on(options, 'reason')} (`,
        `  ${letters}`,
        `  / ${on(options)} group_left () ${consumed}`,
        `  > ${DEAD_LETTERS_SHARE_MIN}`,
        `)`,
      ].join('\n'),
      for: '5m',
      keep_firing_for: '15m',
      severity: 'warning',
      route: 'platform',
      dashboard: 'whosecall-pipeline',
      summary: `${VALUE_COUNT} dead letters in 30m ({{ $labels.reason }})`,
      description:
        `${VALUE_COUNT} messages of the last 30m went to the dead-letter topic, reason {{ $labels.reason }}; ` +
        `fewer than ${DEAD_LETTERS_MIN} or ${DEAD_LETTERS_SHARE_MIN * 100} % of all messages are no alert. ` +
        `Their events have no owner and are in no count of coverage until they are re-driven.` +
        asked(
          options,
          `topk(1, sum by (topic) (increase(whosecall_dead_lettered_messages_total{${selector(options)}}[30m])) > 0)`,
          ' Most come from the topic {{ .Labels.topic }}.',
        ),
    },
    options,
  )
}
