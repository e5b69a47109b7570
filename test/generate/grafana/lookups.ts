import { JOB, curve, quantilesOf, rateOf, type Dashboard } from './panel.ts'

/** Whether owners can be asked for: what memory, Redis and the directory answer, how fast, and how fresh they are. */

const BREAKER = { 0: ['closed', 'green'], 1: ['half open', 'orange'], 2: ['open', 'red'] } as const

/** Share of the lookups of a tier that it answered by itself. */
function answered(tier: string): string {
  const all = rateOf('whosecall_lookups_total', '', `tier="${tier}"`)
  const own = rateOf('whosecall_lookups_total', '', `tier="${tier}",state=~"fresh|stale|negative"`)
  return `${own} / (${all} > 0)`
}

export const LOOKUPS: Dashboard = {
  uid: 'whosecall-lookups',
  title: 'whosecall: lookups',
  description: 'Whether the owners of calls can be looked up, and how.',
  sections: [
    {
      title: 'At a glance',
      panels: [
        {
          title: 'Not looked up',
          description:
            'Share of calls whose owner could not be looked up, last five minutes and last hour.',
          type: 'timeseries',
          unit: 'percentunit',
          queries: ['5m', '1h'].map((window) => ({
            expr: `job:whosecall_unresolved_per_events:ratio_rate${window}{${JOB}}`,
            legend: `${window} {{job}}`,
          })),
          thresholds: [{ color: 'green' }, { from: 0.05, color: 'red' }],
          min: 0,
          max: 1,
          alert: 'WhosecallUnresolved',
        },
        {
          title: 'Since the directory answered',
          description:
            'Time since the directory last answered or the owner file was last read. It may be long while nobody asks, and for a file it is its age.',
          type: 'stat',
          unit: 's',
          queries: [
            {
              expr: `time() - max by (directory) (whosecall_directory_last_success_timestamp_seconds{${JOB}})`,
              legend: '{{directory}}',
            },
          ],
          width: 4,
          alert: 'WhosecallDirectoryStale',
        },
        {
          title: 'Breakers',
          description:
            'An open breaker asks nothing of its dependency for a while, so that it can recover.',
          type: 'state-timeline',
          unit: 'short',
          queries: [
            {
              expr: `max by (dependency) (whosecall_breaker_state{${JOB},state="half_open"} + ignoring (state) 2 * whosecall_breaker_state{${JOB},state="open"})`,
              legend: '{{dependency}}',
            },
          ],
          states: BREAKER,
          thresholds: [{ color: 'green' }, { from: 1, color: 'orange' }, { from: 2, color: 'red' }],
          width: 12,
          alert: 'WhosecallUnresolved',
        },
      ],
    },
    {
      title: 'Tiers',
      panels: [
        ...(['memory', 'redis', 'directory'] as const).map((tier) =>
          curve({
            title: `What ${tier === 'redis' ? 'Redis' : `the ${tier}`} says`,
            description:
              'fresh, stale and negative are answers. miss: not known here, the next tier is asked. error: asked and failed. unavailable: not asked.',
            unit: 'cps',
            queries: [
              {
                expr: rateOf('whosecall_lookups_total', 'state', `tier="${tier}"`),
                legend: '{{state}}',
              },
            ],
            stacked: true,
            alert: tier === 'directory' ? 'WhosecallDirectoryStale' : 'WhosecallUnresolved',
          }),
        ),
        curve({
          title: 'Answered by the tier itself',
          description:
            'Share of the keys that each tier was asked for and knew. Memory should know nearly all.',
          unit: 'percentunit',
          queries: ['memory', 'redis', 'directory'].map((tier) => ({
            expr: answered(tier),
            legend: tier,
          })),
          max: 1,
        }),
        curve({
          title: 'Time of a request',
          description: 'Time of one request to a tier, for all its keys together.',
          unit: 's',
          queries: quantilesOf('whosecall_lookup_duration_seconds', 'tier'),
          alert: 'WhosecallUnresolved',
        }),
        curve({
          title: 'Commands to Redis',
          description:
            'Few for many calls: most are answered from memory, and keys are asked for in batches.',
          unit: 'cps',
          queries: [{ expr: rateOf('whosecall_redis_commands_total'), legend: 'commands' }],
        }),
        curve({
          title: 'Keys in memory',
          description:
            'Keys that each process knows. When it cannot hold more, the limit owner_cache_entries is counted.',
          unit: 'short',
          queries: [{ expr: `whosecall_owner_cache_entries{${JOB}}`, legend: '{{instance}}' }],
        }),
        curve({
          title: 'Decisions from memory',
          description:
            'Share of the decisions that did not have to be made anew, because the same identity was decided before.',
          unit: 'percentunit',
          queries: [
            {
              expr: `${rateOf('whosecall_decision_memo_total', '', 'result="hit"')} / (${rateOf('whosecall_decision_memo_total')} > 0)`,
              legend: 'from memory',
            },
          ],
          max: 1,
        }),
      ],
    },
    {
      title: 'Owner file',
      panels: [
        curve({
          title: 'Bindings',
          description:
            'Bindings in the owner file that is in use. A sudden drop is a file that lost rows.',
          unit: 'short',
          queries: [
            {
              expr: `max by (instance) (whosecall_owner_file_bindings{${JOB}})`,
              legend: '{{instance}}',
            },
          ],
          width: 12,
          alert: 'WhosecallUnattributedFastBurn',
        }),
        {
          title: 'Last change taken over',
          description: 'Whether the owner file on disk is the one in use.',
          type: 'state-timeline',
          unit: 'short',
          queries: [
            {
              expr: `min by (instance) (whosecall_owner_file_last_reload_successful{${JOB}})`,
              legend: '{{instance}}',
            },
          ],
          states: { 0: ['the one before', 'red'], 1: ['as on disk', 'green'] },
          thresholds: [{ color: 'red' }, { from: 1, color: 'green' }],
          width: 12,
          alert: 'WhosecallOwnerFileReloadFailed',
        },
      ],
    },
  ],
}
