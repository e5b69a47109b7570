/**
 * Lag per partition, in messages and in seconds: the end of the log against what was handed to the pipeline. Until the first
 * run it is measured from where reading begins; while that is not known, there is nothing to say, and nothing is said.
 *
 * Seconds are those that the next message has waited at most. It is younger than the last one that was read, and it was
 * not there yet when the partition was last seen caught up.
 */
import type { PartitionId } from '#/core/bus.ts'
import type { Ports } from '#/core/ports.ts'

export interface Lag {
  /** The log of the partition ends here (last stable offset). */
  onEnd(id: PartitionId, end_offset: number): void
  /** Reading begins here, unless something was read already. */
  onBegun(id: PartitionId, offset: number): void
  /** Read up to here; the last message had this Kafka timestamp (epoch ms). */
  onRead(id: PartitionId, next_offset: number, timestamp: number): void
  /** There is nothing to be read below this offset. */
  onSkipped(id: PartitionId, next_offset: number): void
  onRevoked(partitions: readonly PartitionId[]): void
  /** What is known to wait in a partition, and since when; `undefined` for nothing. */
  waiting(id: PartitionId): Waiting | undefined
  /** What is known of a partition; `undefined` while that is not enough to speak of lag. */
  of(id: PartitionId): PartitionLag | undefined
}

export interface PartitionLag {
  /** Messages that were not read yet. */
  readonly messages: number
  readonly seconds: number
  /** The log ends here. */
  readonly end: number
  /** When something was last read of the partition, or reading began (epoch ms). */
  readonly read_ms: number
}

export interface Waiting {
  readonly messages: number
  /** When the first of them was noticed (epoch ms). */
  readonly since_ms: number
}

interface State {
  readonly id: PartitionId
  end: number | undefined
  next: number | undefined
  /** The next message is not older than this, as far as is known (epoch ms). */
  not_before_ms: number
  /** Messages wait since then; undefined while none do. */
  behind_since_ms: number | undefined
  read_ms: number
  /** Kafka timestamp of the last message that was read. */
  timestamp_ms: number | undefined
}

export function createLag({ meter, clock }: Pick<Ports, 'meter' | 'clock'>): Lag {
  const states = new Map<string, State>()
  /** Partitions that were shown and are not ours any more: they are shown as 0 once, as theirs is the lag who read them now. */
  const gone = new Map<string, PartitionId>()
  const messages = meter.gauge('whosecall_consumer_lag_messages')
  const seconds = meter.gauge('whosecall_consumer_lag_seconds')
  const processed = meter.gauge('whosecall_last_processed_timestamp_seconds')

  function stateOf(id: PartitionId): State {
    const name = nameOf(id)
    let state = states.get(name)
    if (state === undefined) {
      const { topic, partition } = id
      state = {
        id: { topic, partition },
        end: undefined,
        next: undefined,
        not_before_ms: clock.now(),
        behind_since_ms: undefined,
        read_ms: clock.now(),
        timestamp_ms: undefined,
      }
      states.set(name, state)
    }
    return state
  }

  function behind({ end, next }: State): number {
    return end === undefined || next === undefined ? 0 : Math.max(0, end - next)
  }

  function secondsOf(state: State): number {
    if (behind(state) === 0) return 0
    return Math.max(0, clock.now() - state.not_before_ms) / 1000
  }

  function settle(state: State): void {
    if (behind(state) > 0) {
      state.behind_since_ms ??= clock.now()
      return
    }
    state.behind_since_ms = undefined
    // A position alone does not tell that there is nothing behind it.
    if (state.end !== undefined && state.next !== undefined)
      state.not_before_ms = Math.max(state.not_before_ms, clock.now())
  }

  meter.onScrape(() => {
    for (const [name, id] of gone) {
      if (states.has(name)) continue
      messages.set(0, labelsOf(id))
      seconds.set(0, labelsOf(id))
    }
    gone.clear()
    for (const state of states.values()) {
      if (state.end === undefined || state.next === undefined) continue
      messages.set(behind(state), labelsOf(state.id))
      seconds.set(secondsOf(state), labelsOf(state.id))
    }
    for (const [topic, timestamp_ms] of latestByTopic(states.values()))
      processed.set(timestamp_ms / 1000, { topic })
  })

  return {
    onEnd(id, end_offset) {
      const state = stateOf(id)
      state.end = end_offset
      settle(state)
    },
    onBegun(id, offset) {
      const state = stateOf(id)
      state.next ??= offset
      settle(state)
    },
    onRead(id, next_offset, timestamp) {
      const state = stateOf(id)
      state.next = next_offset
      state.not_before_ms = timestamp
      state.timestamp_ms = timestamp
      state.read_ms = clock.now()
      settle(state)
    },
    onSkipped(id, next_offset) {
      const state = stateOf(id)
      state.next = next_offset
      state.read_ms = clock.now()
      settle(state)
    },
    onRevoked(partitions) {
      for (const id of partitions) if (states.delete(nameOf(id))) gone.set(nameOf(id), id)
    },
    waiting(id) {
      const state = states.get(nameOf(id))
      if (state?.behind_since_ms === undefined) return undefined
      return { messages: behind(state), since_ms: state.behind_since_ms }
    },
    of(id) {
      const state = states.get(nameOf(id))
      if (state?.end === undefined || state.next === undefined) return undefined
      const { end, read_ms } = state
      return { messages: behind(state), seconds: secondsOf(state), end, read_ms }
    },
  }
}

function latestByTopic(states: Iterable<State>): ReadonlyMap<string, number> {
  const latest = new Map<string, number>()
  for (const { id, timestamp_ms } of states)
    if (timestamp_ms !== undefined)
      latest.set(id.topic, Math.max(latest.get(id.topic) ?? 0, timestamp_ms))
  return latest
}

function nameOf({ topic, partition }: PartitionId): string {
  return `${topic}/${partition}`
}

function labelsOf({ topic, partition }: PartitionId): Readonly<Record<string, string>> {
  return { topic, partition: String(partition) }
}
