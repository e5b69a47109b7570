import { JOB, curve, type Section } from './panel.ts'

/** What the processes need, and whether they run what is on disk. */

export const PROCESS: Section = {
  title: 'Process',
  panels: [
    curve({
      title: 'Memory',
      description:
        'Resident memory and used heap of each process. Buffers of messages are outside the heap.',
      unit: 'bytes',
      queries: [
        {
          expr: `process_resident_memory_bytes{${JOB}}`,
          legend: '{{instance}} resident',
        },
        { expr: `nodejs_heap_size_used_bytes{${JOB}}`, legend: '{{instance}} heap' },
      ],
    }),
    curve({
      title: 'CPU',
      description:
        'Cores in use. One process cannot use much more than one; service.workers starts several.',
      unit: 'suffix: cores',
      queries: [
        {
          expr: `rate(process_cpu_seconds_total{${JOB}}[$__rate_interval])`,
          legend: '{{instance}}',
        },
      ],
    }),
    curve({
      title: 'Event loop lag',
      description: 'How long timers wait, 99th percentile: long synchronous work shows here.',
      unit: 's',
      queries: [{ expr: `nodejs_eventloop_lag_p99_seconds{${JOB}}`, legend: '{{instance}}' }],
    }),
    curve({
      title: 'Series',
      description:
        'The most series that a process can expose with its config and its partitions, and counts that were capped.',
      unit: 'short',
      queries: [
        {
          expr: `max by (instance) (whosecall_series_max{${JOB}})`,
          legend: '{{instance}} most',
        },
        {
          expr: `sum by (metric) (increase(whosecall_series_capped_total{${JOB}}[1h]))`,
          legend: 'capped: {{metric}}',
        },
      ],
      alert: 'WhosecallSeriesCapped',
    }),
    {
      title: 'Config in force',
      description: 'Whether the config on disk is the one in force, for each process.',
      type: 'state-timeline',
      unit: 'short',
      queries: [
        {
          expr: `min by (instance) (whosecall_config_last_reload_successful{${JOB}})`,
          legend: '{{instance}}',
        },
      ],
      states: { 0: ['the one before', 'red'], 1: ['as on disk', 'green'] },
      thresholds: [{ color: 'red' }, { from: 1, color: 'green' }],
      alert: 'WhosecallConfigReloadFailed',
    },
    curve({
      title: 'Age of the config',
      description: 'Time since the config in force was loaded.',
      unit: 's',
      queries: [
        {
          expr: `time() - min by (instance) (whosecall_config_last_reload_success_timestamp_seconds{${JOB}})`,
          legend: '{{instance}}',
        },
      ],
    }),
  ],
}
