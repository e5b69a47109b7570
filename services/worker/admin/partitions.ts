/**
 * Watches how each partition gets on: an observation of every partition each few seconds, from which its condition follows.
 */
import type { Ports } from '#/core/ports.ts'
import type { PartitionStatus } from '#/core/status.ts'
import { PARTITION_CONDITIONS, type PartitionCondition } from '#/core/words.ts'
import type { AssignedPartition, Gate } from '../pipeline/gate.ts'
import type { Lag } from '../pipeline/lag.ts'
import {
  conditionOf,
  WINDOW_OBSERVATIONS,
  type Observation,
} from '../pipeline/partition-condition.ts'

export interface PartitionWatch {
  watchReceiver(id: string, gate: Gate, lag: Lag): void
  /** To be called at even intervals. */
  observe(): void
  statuses(): readonly PartitionStatus[]
}

interface Watched {
  readonly id: string
  readonly gate: Gate
  readonly lag: Lag
  /** By `topic/partition`. */
  windows: ReadonlyMap<string, readonly Observation[]>
}

export function createPartitionWatch({
  clock,
  meter,
}: Pick<Ports, 'clock' | 'meter'>): PartitionWatch {
  const receivers: Watched[] = []
  const gauge = meter.gauge('whosecall_partitions')

  function observed(watched: Watched, partition: AssignedPartition): readonly Observation[] {
    const window = watched.windows.get(nameOf(partition)) ?? []
    const lag = watched.lag.of(partition)
    if (lag === undefined) return window
    const position = partition.position ?? lag.end - lag.messages
    const observation = { at_ms: clock.now(), position, lag: lag.end - position }
    return [...window, observation].slice(-WINDOW_OBSERVATIONS)
  }

  function conditionIn(
    { windows, lag }: Watched,
    partition: AssignedPartition,
  ): PartitionCondition {
    const window = windows.get(nameOf(partition)) ?? []
    const now_ms = clock.now()
    const busy_ms = partition.in_flight > 0 ? now_ms : (lag.of(partition)?.read_ms ?? now_ms)
    return conditionOf(window, busy_ms, now_ms)
  }

  meter.onScrape(() => {
    const counts = new Map(PARTITION_CONDITIONS.map((condition) => [condition, 0]))
    for (const watched of receivers)
      for (const partition of watched.gate.assigned()) {
        const condition = conditionIn(watched, partition)
        counts.set(condition, counts.get(condition)! + 1)
      }
    for (const [state, count] of counts) gauge.set(count, { state })
  })

  return {
    watchReceiver(id, gate, lag) {
      receivers.push({ id, gate, lag, windows: new Map() })
    },
    observe() {
      for (const watched of receivers) {
        const assigned = watched.gate.assigned()
        watched.windows = new Map(assigned.map((each) => [nameOf(each), observed(watched, each)]))
      }
    },
    statuses: () =>
      receivers.flatMap((watched) =>
        watched.gate.assigned().map((partition): PartitionStatus => {
          const lag = watched.lag.of(partition)
          return {
            receiver: watched.id,
            topic: partition.topic,
            partition: partition.partition,
            state: conditionIn(watched, partition),
            in_flight: partition.in_flight,
            ...(lag === undefined ? {} : { lag_messages: lag.messages, lag_seconds: lag.seconds }),
            progressed_at: new Date(partition.progress_ms).toISOString(),
          }
        }),
      ),
  }
}

function nameOf({ topic, partition }: AssignedPartition): string {
  return `${topic}/${partition}`
}
