/** Lag per partition, in messages and in seconds: the end of the log against what was handed to the pipeline. */
import type { PartitionId } from '#/core/bus.ts'
import type { Ports } from '#/core/ports.ts'

export interface Lag {
  /** The log of the partition ends here (last stable offset). */
  onEnd(id: PartitionId, end_offset: number): void
  /** Read up to here; the last message had this Kafka timestamp (epoch ms). */
  onRead(id: PartitionId, next_offset: number, timestamp: number): void
  onRevoked(partitions: readonly PartitionId[]): void
  /** Messages not read yet, over all partitions. */
  total(): number
}

interface State {
  readonly id: PartitionId
  end: number
  next: number
  timestamp: number
}

export function createLag({ meter, clock }: Pick<Ports, 'meter' | 'clock'>): Lag {
  const states = new Map<string, State>()
  const messages = meter.gauge('whosecall_consumer_lag_messages')
  const seconds = meter.gauge('whosecall_consumer_lag_seconds')

  function stateOf(id: PartitionId): State {
    const name = `${id.topic}/${id.partition}`
    let state = states.get(name)
    if (state === undefined) {
      state = { id, end: 0, next: 0, timestamp: clock.now() }
      states.set(name, state)
    }
    return state
  }
  const behind = (state: State) => Math.max(0, state.end - state.next)

  meter.onScrape(() => {
    for (const state of states.values()) {
      const labels = { topic: state.id.topic, partition: String(state.id.partition) }
      const count = behind(state)
      messages.set(count, labels)
      seconds.set(count === 0 ? 0 : Math.max(0, (clock.now() - state.timestamp) / 1000), labels)
    }
  })

  return {
    onEnd(id, end_offset) {
      stateOf(id).end = end_offset
    },
    onRead(id, next_offset, timestamp) {
      const state = stateOf(id)
      state.next = next_offset
      state.timestamp = timestamp
    },
    onRevoked(partitions) {
      for (const id of partitions) states.delete(`${id.topic}/${id.partition}`)
    },
    total() {
      let sum = 0
      for (const state of states.values()) sum += behind(state)
      return sum
    },
  }
}
