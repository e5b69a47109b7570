import { PROCESS } from './process.ts'
import {
  BAD_ABOVE_ZERO,
  JOB,
  curve,
  growthOf,
  quantilesOf,
  rateOf,
  type Dashboard,
  type Panel,
} from './panel.ts'

/** How the worker gets on: what comes in and goes out, how late it is, what stands, and what the process needs. */

const FATES = ['published', 'dead_lettered', 'filtered', 'released'] as const
const HELD = { 0: ['writing', 'green'], 1: ['holding', 'red'] } as const

function stat(panel: Omit<Panel, 'type' | 'width' | 'height'>): Panel {
  return { ...panel, type: 'stat', width: 4, height: 5 }
}

export const PIPELINE: Dashboard = {
  uid: 'whosecall-pipeline',
  title: 'whosecall: pipeline',
  description: 'Whether calls are attributed in time, and what stands in the way.',
  sections: [
    {
      title: 'At a glance',
      panels: [
        stat({
          title: 'Behind',
          description: 'Age of what is read now, at the partition that is furthest behind.',
          unit: 's',
          queries: [{ expr: `max(whosecall_consumer_lag_seconds{${JOB}})`, legend: 'behind' }],
          thresholds: [
            { color: 'green' },
            { from: 60, color: 'orange' },
            { from: 300, color: 'red' },
          ],
          alert: 'WhosecallAttributionDelayed',
        }),
        stat({
          title: 'Stalled or stopped partitions',
          description: 'Partitions in which messages wait and nothing moves. None should.',
          unit: 'short',
          queries: [
            {
              expr: `sum(whosecall_partitions{${JOB},state=~"stall|stop"})`,
              legend: 'partitions',
            },
          ],
          thresholds: BAD_ABOVE_ZERO,
          alert: 'WhosecallPartitionStopped',
        }),
        stat({
          title: 'Topics that cannot be written',
          description:
            'While one of them cannot be written, the worker holds what it has and reads nothing new.',
          unit: 'short',
          queries: [{ expr: `sum(whosecall_holding{${JOB}})`, legend: 'topics' }],
          thresholds: BAD_ABOVE_ZERO,
          alert: 'WhosecallOutputHeld',
        }),
        stat({
          title: 'Lost messages',
          description:
            'Messages that were deleted from their topic before they were read, in the range that is shown.',
          unit: 'short',
          queries: [
            { expr: growthOf('whosecall_out_of_range_messages_total'), legend: 'messages' },
          ],
          thresholds: BAD_ABOVE_ZERO,
          alert: 'WhosecallMessagesLost',
        }),
        stat({
          title: 'Dead letters',
          description: 'Messages that could not be read or written, in the range that is shown.',
          unit: 'short',
          queries: [{ expr: growthOf('whosecall_dead_letters_total'), legend: 'messages' }],
          thresholds: [{ color: 'green' }, { from: 1, color: 'orange' }],
          alert: 'WhosecallDeadLettersGrowing',
        }),
        stat({
          title: 'Workers',
          description: 'Workers that answer, by version. During a rollout there are two.',
          unit: 'short',
          queries: [
            {
              expr: `count by (version) (whosecall_build_info{${JOB}})`,
              legend: '{{version}}',
            },
          ],
          alert: 'WhosecallWorkerDown',
        }),
      ],
    },
    {
      title: 'Messages',
      panels: [
        curve({
          title: 'Fates',
          description:
            'What became of messages. Consumed is the sum of all fates and of what is in flight, for each partition, at every scrape.',
          unit: 'cps',
          queries: [
            { expr: rateOf('whosecall_consumed_messages_total'), legend: 'consumed' },
            ...FATES.map((fate) => ({
              expr: rateOf(`whosecall_${fate}_messages_total`),
              legend: fate.replace('_', ' '),
            })),
          ],
          width: 12,
        }),
        curve({
          title: 'By topic',
          description: 'Messages read, by the topic that they come from.',
          unit: 'cps',
          queries: [
            { expr: rateOf('whosecall_consumed_messages_total', 'topic'), legend: '{{topic}}' },
          ],
          width: 12,
        }),
        curve({
          title: 'Behind, in time',
          description: 'Age of what is read now, by topic: 0 at the end of a topic.',
          unit: 's',
          queries: [
            {
              expr: `max by (topic) (whosecall_consumer_lag_seconds{${JOB}})`,
              legend: '{{topic}}',
            },
          ],
          thresholds: [{ color: 'green' }, { from: 300, color: 'red' }],
          alert: 'WhosecallAttributionDelayed',
        }),
        curve({
          title: 'Behind, in messages',
          description: 'Messages that wait, by topic. How bad that is, time says better.',
          unit: 'short',
          queries: [
            {
              expr: `sum by (topic) (whosecall_consumer_lag_messages{${JOB}})`,
              legend: '{{topic}}',
            },
          ],
        }),
        curve({
          title: 'Partitions by state',
          description:
            'ok: moves with the log. warn: moves and does not catch up. stall: does not move. stop: has not moved for long. rewind: went back.',
          unit: 'short',
          queries: [{ expr: `sum by (state) (whosecall_partitions{${JOB}})`, legend: '{{state}}' }],
          stacked: true,
          alert: 'WhosecallPartitionStalled',
        }),
        curve({
          title: 'In flight',
          description: 'Messages that were read and have no fate yet.',
          unit: 'short',
          queries: [
            { expr: `sum by (topic) (whosecall_in_flight_messages{${JOB}})`, legend: '{{topic}}' },
          ],
        }),
        curve({
          title: 'Since something was done',
          description:
            'Time since a message last got its fate, and since the newest message of a topic was written.',
          unit: 's',
          queries: [
            {
              expr: `time() - max by (job) (whosecall_last_progress_timestamp_seconds{${JOB}})`,
              legend: 'progress {{job}}',
            },
            {
              expr: `time() - max by (topic) (whosecall_last_processed_timestamp_seconds{${JOB}})`,
              legend: '{{topic}}',
            },
          ],
          alert: 'WhosecallPartitionStopped',
        }),
        curve({
          title: 'From written to attributed',
          description: 'Time from the timestamp of the oldest message of a batch until its fate.',
          unit: 's',
          queries: quantilesOf('whosecall_end_to_end_delay_seconds'),
        }),
      ],
    },
    {
      title: 'Work',
      panels: [
        curve({
          title: 'Batches',
          description:
            'Time from a batch that is handed in to its messages handed to the exporter.',
          unit: 's',
          queries: quantilesOf('whosecall_batch_duration_seconds'),
        }),
        curve({
          title: 'Export',
          description: 'Time of one attempt to send a batch.',
          unit: 's',
          queries: quantilesOf('whosecall_export_duration_seconds'),
        }),
        curve({
          title: 'Attempts to export',
          description:
            'delivered: taken. retryable: tried again. rejected: never taken, so it becomes a dead letter.',
          unit: 'cps',
          queries: [
            { expr: rateOf('whosecall_export_attempts_total', 'result'), legend: '{{result}}' },
          ],
          alert: 'WhosecallOutputHeld',
        }),
        {
          title: 'Holding',
          description: 'Which topic could not be written, and when.',
          type: 'state-timeline',
          unit: 'short',
          queries: [
            {
              expr: `max by (exporter, lane) (whosecall_holding{${JOB}})`,
              legend: '{{exporter}} {{lane}}',
            },
          ],
          states: HELD,
          thresholds: [{ color: 'green' }, { from: 1, color: 'red' }],
          alert: 'WhosecallOutputHeld',
        },
        curve({
          title: 'Dead letters by reason',
          description:
            'What could not be read (malformed, limit_exceeded, wrong_shape, unknown_source) or written.',
          unit: 'cps',
          queries: [
            { expr: rateOf('whosecall_dead_letters_total', 'reason'), legend: '{{reason}}' },
          ],
          alert: 'WhosecallDeadLettersGrowing',
        }),
        curve({
          title: 'Components that fail',
          description:
            'What receivers, processors and exporters could not do. refused: the other side does not take it.',
          unit: 'cps',
          queries: [
            {
              expr: rateOf(
                'whosecall_component_items_total',
                'component, outcome',
                'outcome!="success"',
              ),
              legend: '{{component}} {{outcome}}',
            },
          ],
        }),
        curve({
          title: 'Dropped by exporters that are not required',
          description: 'Such exporters lose messages rather than hold up the others.',
          unit: 'cps',
          queries: [
            {
              expr: rateOf('whosecall_dropped_messages_total', 'exporter'),
              legend: '{{exporter}}',
            },
          ],
        }),
        curve({
          title: 'Limits that were hit',
          description:
            'Everything is bounded. A bound that is hit often is too low, or somebody sends what they should not.',
          unit: 'cps',
          queries: [{ expr: rateOf('whosecall_limits_hit_total', 'limit'), legend: '{{limit}}' }],
        }),
        curve({
          title: 'Rebalances and restarts',
          description: 'Partitions assigned anew, bus clients and worker processes started again.',
          unit: 'short',
          queries: (
            [
              ['whosecall_rebalances_total', 'rebalances'],
              ['whosecall_client_restarts_total', 'bus clients'],
              ['whosecall_worker_restarts_total', 'worker processes'],
            ] as const
          ).map(([metric, legend]) => ({
            expr: `sum(increase(${metric}{${JOB}}[5m]))`,
            legend,
          })),
          alert: 'WhosecallWorkerRestarting',
        }),
      ],
    },
    PROCESS,
  ],
}
