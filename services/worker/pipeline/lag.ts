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
}

export function createLag({ meter, clock }: Pick<Ports, 'meter' | 'clock'>): Lag {
  const states = new Map<string, State>()
  /** Partitions that were shown and are not ours any more: they are shown as 0 once, as theirs is the lag who read them now. */
  const gone = new Map<string, PartitionId>()
  const messages = meter.gauge('whosecall_consumer_lag_messages')
  const seconds = meter.gauge('whosecall_consumer_lag_seconds')

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
      }
      states.set(name, state)
    }
    return state
  }

  function behind({ end, next }: State): number {
    return end === undefined || next === undefined ? 0 : Math.max(0, end - next)
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
      const count = behind(state)
      messages.set(count, labelsOf(state.id))
      const waited_ms = count === 0 ? 0 : Math.max(0, clock.now() - state.not_before_ms)
      seconds.set(waited_ms / 1000, labelsOf(state.id))
    }
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
      settle(state)
    },
    onSkipped(id, next_offset) {
      const state = stateOf(id)
      state.next = next_offset
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
  }
}

function nameOf({ topic, partition }: PartitionId): string {
  return `${topic}/${partition}`
}

function labelsOf({ topic, partition }: PartitionId): Readonly<Record<string, string>> {
  return { topic, partition: String(partition) }
}
